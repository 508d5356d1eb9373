-- migrator: statement-timeout 15min
--
-- Reads all messages once. Nobody waits for it, but it takes a while.

ALTER TABLE chat.messages VALIDATE CONSTRAINT messages_model_id_fkey;
