-- migrator: lock-timeout 10s

DROP TRIGGER characters_set_slug ON chat.characters;
DROP FUNCTION chat.set_character_slug();
-- The index goes with its column.
ALTER TABLE chat.characters DROP COLUMN slug;
DROP FUNCTION chat.slugify(text);
