-- migrator: lock-timeout 10s
-- migrator: allow(adding-not-nullable-field) "a few thousand rows: the check takes milliseconds"
-- migrator: allow(require-concurrent-index-creation) "a few thousand rows: the index takes milliseconds"
--
-- Links name a character: /c/captain-brandt-2 instead of /c/2.
-- Add the column, fill it from the name, then demand it.

CREATE FUNCTION chat.slugify(source text) RETURNS text
    LANGUAGE sql
    IMMUTABLE STRICT PARALLEL SAFE
AS $$
    SELECT trim(BOTH '-' FROM regexp_replace(lower(source), '[^a-z0-9]+', '-', 'g'));
$$;

ALTER TABLE chat.characters ADD COLUMN slug text;

-- A back-fill is no edit. Without this, each character would look as if it changed today.
ALTER TABLE chat.characters DISABLE TRIGGER characters_touch;

-- The id makes it unique. A name without any Latin letter leaves only the id, and that is fine.
UPDATE chat.characters
   SET slug = concat_ws('-', nullif(chat.slugify(name), ''), id)
 WHERE slug IS NULL;

ALTER TABLE chat.characters ENABLE TRIGGER characters_touch;

ALTER TABLE chat.characters ALTER COLUMN slug SET NOT NULL;

CREATE UNIQUE INDEX characters_slug_key ON chat.characters (slug);

COMMENT ON COLUMN chat.characters.slug IS 'The name in links. Stays when the name changes, so that links stay good.';

-- The release before this one inserts without a slug, and runs until the roll-out is done.
CREATE FUNCTION chat.set_character_slug() RETURNS trigger
    LANGUAGE plpgsql
AS $slug$
BEGIN
    NEW.slug := coalesce(
        NEW.slug,
        concat_ws('-', nullif(chat.slugify(NEW.name), ''), NEW.id)
    );
    RETURN NEW;
END;
$slug$;

CREATE TRIGGER characters_set_slug
    BEFORE INSERT ON chat.characters
    FOR EACH ROW EXECUTE FUNCTION chat.set_character_slug();
