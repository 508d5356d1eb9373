-- migrator: lock-timeout 5s
--
-- A constraint cannot be made unproven again. It is replaced by one that is.

ALTER TABLE chat.messages DROP CONSTRAINT messages_model_id_fkey;

ALTER TABLE chat.messages
    ADD CONSTRAINT messages_model_id_fkey
    FOREIGN KEY (model_id) REFERENCES chat.models (id) ON DELETE RESTRICT
    NOT VALID;
