DROP TABLE chat.participants;
DROP TABLE chat.conversations;
