-- What was said.

CREATE TABLE chat.messages (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation_id bigint NOT NULL REFERENCES chat.conversations (id) ON DELETE CASCADE,
    participant_id  bigint NOT NULL,
    reply_to_id     bigint REFERENCES chat.messages (id) ON DELETE SET NULL,
    body            text NOT NULL,
    metadata        jsonb NOT NULL DEFAULT '{}'::jsonb,
    created_at      timestamptz NOT NULL DEFAULT now(),
    edited_at       timestamptz,
    deleted_at      timestamptz,
    -- Both columns together: only who takes part in a conversation can speak in it.
    CONSTRAINT messages_sender_fkey
        FOREIGN KEY (conversation_id, participant_id)
        REFERENCES chat.participants (conversation_id, id) ON DELETE CASCADE,
    CONSTRAINT messages_body_length CHECK (char_length(body) <= 32000),
    CONSTRAINT messages_metadata_is_object CHECK (jsonb_typeof(metadata) = 'object')
);

COMMENT ON TABLE chat.messages IS 'What was said, by whom, and when.';
COMMENT ON COLUMN chat.messages.deleted_at IS 'Set when its author took it back. The nightly job erases the body.';

CREATE INDEX messages_sender_idx ON chat.messages (conversation_id, participant_id);
CREATE INDEX messages_reply_to_id_idx ON chat.messages (reply_to_id)
    WHERE reply_to_id IS NOT NULL;

-- Messages may arrive out of order from a phone that was offline.
-- So the later of both times wins, and not the last one to arrive.
CREATE FUNCTION chat.bump_conversation() RETURNS trigger
    LANGUAGE plpgsql
AS $bump$
BEGIN
    UPDATE chat.conversations
       SET last_message_at = greatest(last_message_at, NEW.created_at)
     WHERE id = NEW.conversation_id;
    RETURN NULL;
END;
$bump$;

CREATE TRIGGER messages_bump_conversation
    AFTER INSERT ON chat.messages
    FOR EACH ROW EXECUTE FUNCTION chat.bump_conversation();
