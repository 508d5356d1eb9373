DROP TABLE chat.memory_tags;
DROP TABLE chat.character_tags;
DROP TABLE chat.tags;
