-- migrator: lock-timeout 5s
--
-- Which model wrote an answer. NULL for what people write, and for all before today.
-- messages is the table that everybody uses: so a nullable column without a default,
-- and a foreign key that does not look at old rows yet. Both take a moment.
-- No index: models are retired and never deleted, so nobody looks for messages by model.
-- The next migration looks at the old rows, with a lock that lets people go on writing.

ALTER TABLE chat.messages ADD COLUMN model_id text;

ALTER TABLE chat.messages
    ADD CONSTRAINT messages_model_id_fkey
    FOREIGN KEY (model_id) REFERENCES chat.models (id) ON DELETE RESTRICT
    NOT VALID;

COMMENT ON COLUMN chat.messages.model_id IS 'Which model wrote it. NULL when a person did.';
