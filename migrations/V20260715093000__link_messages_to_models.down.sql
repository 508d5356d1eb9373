-- migrator: lock-timeout 5s

ALTER TABLE chat.messages DROP COLUMN model_id;
