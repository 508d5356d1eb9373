-- What a character remembers of a person.

CREATE TYPE chat.memory_kind AS ENUM ('fact', 'preference', 'event');

CREATE TABLE chat.memories (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    character_id      bigint NOT NULL REFERENCES chat.characters (id) ON DELETE CASCADE,
    -- When an account goes, all that was remembered of it goes too.
    user_id           bigint NOT NULL REFERENCES chat.users (id) ON DELETE CASCADE,
    -- Where it comes from. A memory may outlive the message.
    source_message_id bigint REFERENCES chat.messages (id) ON DELETE SET NULL,
    kind              chat.memory_kind NOT NULL DEFAULT 'fact',
    content           text NOT NULL,
    salience          double precision NOT NULL DEFAULT 0.5,
    -- 'simple' does no stemming: people write in more than one language.
    search            tsvector GENERATED ALWAYS AS
                          (to_tsvector('simple'::regconfig, content)) STORED,
    recalled_at       timestamptz,
    expires_at        timestamptz,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT memories_content_length CHECK (char_length(content) BETWEEN 1 AND 4000),
    CONSTRAINT memories_salience_range CHECK (salience BETWEEN 0 AND 1),
    CONSTRAINT memories_expires_after_created CHECK (expires_at > created_at)
);

COMMENT ON TABLE chat.memories IS 'What a character remembers of a user.';
COMMENT ON COLUMN chat.memories.salience IS 'How much it matters, from 0 to 1. Recall sorts by it.';

-- Recall asks for the most salient memories of one pair.
CREATE INDEX memories_recall_idx
    ON chat.memories (character_id, user_id, salience DESC);
CREATE INDEX memories_user_id_idx ON chat.memories (user_id);
CREATE INDEX memories_source_message_id_idx ON chat.memories (source_message_id)
    WHERE source_message_id IS NOT NULL;
CREATE INDEX memories_expires_at_idx ON chat.memories (expires_at)
    WHERE expires_at IS NOT NULL;
CREATE INDEX memories_search_idx ON chat.memories USING gin (search);

CREATE TRIGGER memories_touch
    BEFORE UPDATE ON chat.memories
    FOR EACH ROW EXECUTE FUNCTION chat.touch_updated_at();
