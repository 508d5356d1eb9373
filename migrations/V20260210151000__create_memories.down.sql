DROP TABLE chat.memories;
DROP TYPE chat.memory_kind;
