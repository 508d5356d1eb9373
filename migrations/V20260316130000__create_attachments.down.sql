-- The files themselves stay in the object store. Its own clean-up finds orphans.

DROP TABLE chat.attachments;
DROP DOMAIN chat.sha256;
