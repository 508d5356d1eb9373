-- migrator: allow(ban-create-domain-with-constraint) "both domains are new, no column holds their values yet"
--
-- The schema of the product, and the people in it.
-- All that is ours lives in the schema chat and is named with it.
-- No file relies on search_path, so none can hit another schema by accident.

CREATE SCHEMA chat;

COMMENT ON SCHEMA chat IS 'Characters, conversations and memories.';

-- A rough check on purpose: only a mail that arrives proves an address.
CREATE DOMAIN chat.email_address AS text
    CONSTRAINT email_address_shape CHECK (VALUE ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$')
    CONSTRAINT email_address_length CHECK (char_length(VALUE) <= 254);

-- Handles appear in links. What is allowed here needs no escaping there.
CREATE DOMAIN chat.handle AS text
    CONSTRAINT handle_shape CHECK (VALUE ~ '^[a-z][a-z0-9_]{2,29}$');

-- Every table with updated_at uses this one function.
CREATE FUNCTION chat.touch_updated_at() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END;
$$;

CREATE TABLE chat.users (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- The id that others may see. The other one tells how many users we have.
    public_id     uuid NOT NULL DEFAULT gen_random_uuid(),
    handle        chat.handle NOT NULL,
    email         chat.email_address NOT NULL,
    display_name  text NOT NULL,
    password_hash text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT users_public_id_key UNIQUE (public_id),
    CONSTRAINT users_handle_key UNIQUE (handle),
    CONSTRAINT users_display_name_length CHECK (char_length(display_name) BETWEEN 1 AND 80)
);

COMMENT ON TABLE chat.users IS 'People with an account.';
COMMENT ON COLUMN chat.users.public_id IS 'The only id that leaves our servers.';

-- Ada@example.org and ada@example.org are one mailbox, so they are one account.
CREATE UNIQUE INDEX users_email_key ON chat.users (lower(email));

CREATE TRIGGER users_touch
    BEFORE UPDATE ON chat.users
    FOR EACH ROW EXECUTE FUNCTION chat.touch_updated_at();
