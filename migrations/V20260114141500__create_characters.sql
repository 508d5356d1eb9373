-- Characters are whom people talk to.

CREATE TYPE chat.visibility AS ENUM ('private', 'unlisted', 'public');

CREATE TABLE chat.characters (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- No owner means that the character is ours.
    -- RESTRICT: whoever leaves hands their characters on first, since others talk to them.
    owner_id   bigint REFERENCES chat.users (id) ON DELETE RESTRICT,
    name       text NOT NULL,
    tagline    text NOT NULL DEFAULT '',
    persona    text NOT NULL,
    greeting   text NOT NULL,
    visibility chat.visibility NOT NULL DEFAULT 'private',
    -- A character is retired, not deleted: its conversations stay readable.
    retired_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT characters_name_length CHECK (char_length(name) BETWEEN 1 AND 60),
    CONSTRAINT characters_tagline_length CHECK (char_length(tagline) <= 140),
    CONSTRAINT characters_persona_length CHECK (char_length(persona) <= 20000),
    CONSTRAINT characters_retired_after_created CHECK (retired_at >= created_at)
);

COMMENT ON TABLE chat.characters IS 'Whom people talk to. Without an owner: built in.';
COMMENT ON COLUMN chat.characters.persona IS 'What the model is told about the character.';

-- Deleting a user looks for characters by owner.
CREATE INDEX characters_owner_id_idx ON chat.characters (owner_id);

-- People may have five characters called Max. Of ours, each name is there once.
CREATE UNIQUE INDEX characters_built_in_name_key ON chat.characters (name)
    WHERE owner_id IS NULL;

CREATE TRIGGER characters_touch
    BEFORE UPDATE ON chat.characters
    FOR EACH ROW EXECUTE FUNCTION chat.touch_updated_at();
