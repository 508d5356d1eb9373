-- A conversation, and who takes part in it.

CREATE TABLE chat.conversations (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id       uuid NOT NULL DEFAULT gen_random_uuid(),
    title           text,
    -- Kept by a trigger on messages, so that the list of conversations sorts without a join.
    last_message_at timestamptz,
    archived_at     timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT conversations_public_id_key UNIQUE (public_id),
    CONSTRAINT conversations_title_length CHECK (char_length(title) BETWEEN 1 AND 200)
);

COMMENT ON TABLE chat.conversations IS 'One thread of messages.';

CREATE TRIGGER conversations_touch
    BEFORE UPDATE ON chat.conversations
    FOR EACH ROW EXECUTE FUNCTION chat.touch_updated_at();

CREATE TABLE chat.participants (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation_id bigint NOT NULL REFERENCES chat.conversations (id) ON DELETE CASCADE,
    user_id         bigint REFERENCES chat.users (id) ON DELETE CASCADE,
    character_id    bigint REFERENCES chat.characters (id) ON DELETE RESTRICT,
    joined_at       timestamptz NOT NULL DEFAULT now(),
    left_at         timestamptz,
    -- Either a person or a character, never both.
    CONSTRAINT participants_one_identity CHECK (num_nonnulls(user_id, character_id) = 1),
    CONSTRAINT participants_left_after_joined CHECK (left_at >= joined_at),
    CONSTRAINT participants_user_once UNIQUE (conversation_id, user_id),
    CONSTRAINT participants_character_once UNIQUE (conversation_id, character_id),
    -- Messages refer to this pair. It keeps strangers out of a conversation.
    CONSTRAINT participants_conversation_and_id_key UNIQUE (conversation_id, id)
);

COMMENT ON TABLE chat.participants IS 'Who takes part in a conversation: a user or a character.';

CREATE INDEX participants_user_id_idx ON chat.participants (user_id)
    WHERE user_id IS NOT NULL;
CREATE INDEX participants_character_id_idx ON chat.participants (character_id)
    WHERE character_id IS NOT NULL;
