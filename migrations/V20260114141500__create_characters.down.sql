DROP TABLE chat.characters;
DROP TYPE chat.visibility;
