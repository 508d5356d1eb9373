-- Tags for characters and memories, and the tags to start with.

CREATE TABLE chat.tags (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug        text NOT NULL,
    label       text NOT NULL,
    description text,
    CONSTRAINT tags_slug_key UNIQUE (slug),
    CONSTRAINT tags_slug_shape CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    CONSTRAINT tags_label_length CHECK (char_length(label) BETWEEN 1 AND 40)
);

COMMENT ON TABLE chat.tags IS 'Words to find characters and memories by.';

CREATE TABLE chat.character_tags (
    character_id bigint NOT NULL REFERENCES chat.characters (id) ON DELETE CASCADE,
    tag_id       bigint NOT NULL REFERENCES chat.tags (id) ON DELETE CASCADE,
    CONSTRAINT character_tags_pkey PRIMARY KEY (character_id, tag_id)
);

CREATE INDEX character_tags_tag_id_idx ON chat.character_tags (tag_id);

CREATE TABLE chat.memory_tags (
    memory_id bigint NOT NULL REFERENCES chat.memories (id) ON DELETE CASCADE,
    tag_id    bigint NOT NULL REFERENCES chat.tags (id) ON DELETE CASCADE,
    CONSTRAINT memory_tags_pkey PRIMARY KEY (memory_id, tag_id)
);

CREATE INDEX memory_tags_tag_id_idx ON chat.memory_tags (tag_id);

-- Columns are separated by tabs. \N is NULL.
COPY chat.tags (slug, label, description) FROM stdin;
adventure	Adventure	Journeys; narrow escapes; maps with one corner missing
comfort	Comfort	For the end of a long day
education	Education	Explains, asks back, and doesn't give the answer away
fantasy	Fantasy	\N
history	History	Speaks of its own time -- and knows no other
language	Language	Practice in "another" language
mystery	Mystery	\N
science-fiction	Science fiction	\N
slice-of-life	Slice of life	Small things, told well
writing	Writing	Helps with drafts: outline, first version, second version
\.

-- One that we only know of since the review: it is for our own characters.
INSERT INTO chat.tags (slug, label, description)
VALUES ('built-in', 'Built in', 'Written by the team; here from the first day');
