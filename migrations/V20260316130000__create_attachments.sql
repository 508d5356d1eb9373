-- migrator: allow(ban-create-domain-with-constraint) "the domain is new, no column holds its values yet"
--
-- Files that came with a message.
-- The bytes are in the object store. Here is what we need to find and to trust them.

CREATE DOMAIN chat.sha256 AS bytea
    CONSTRAINT sha256_length CHECK (octet_length(VALUE) = 32);

CREATE TABLE chat.attachments (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id bigint NOT NULL REFERENCES chat.messages (id) ON DELETE CASCADE,
    object_key uuid NOT NULL DEFAULT gen_random_uuid(),
    file_name  text NOT NULL,
    media_type text NOT NULL,
    byte_size  bigint NOT NULL,
    digest     chat.sha256 NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT attachments_object_key_key UNIQUE (object_key),
    -- A name is shown, never used as a path. No slash gets in to begin with.
    CONSTRAINT attachments_file_name_plain
        CHECK (char_length(file_name) BETWEEN 1 AND 255 AND file_name !~ '[/\\]'),
    CONSTRAINT attachments_media_type_shape CHECK (media_type ~ '^[a-z]+/[a-z0-9.+-]+$'),
    CONSTRAINT attachments_byte_size_range CHECK (byte_size BETWEEN 1 AND 50 * 1024 * 1024)
);

COMMENT ON TABLE chat.attachments IS 'Files that came with a message. The bytes are in the object store.';

CREATE INDEX attachments_message_id_idx ON chat.attachments (message_id);
