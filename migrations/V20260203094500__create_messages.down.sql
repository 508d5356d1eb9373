DROP TABLE chat.messages;
DROP FUNCTION chat.bump_conversation();

-- There are no messages any more, so no conversation has a last one.
UPDATE chat.conversations
   SET last_message_at = NULL
 WHERE last_message_at IS NOT NULL;
