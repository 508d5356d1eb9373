-- In reverse, and without CASCADE.
-- What somebody else put into the schema makes this fail, as it should.

DROP TABLE chat.users;
DROP FUNCTION chat.touch_updated_at();
DROP DOMAIN chat.handle;
DROP DOMAIN chat.email_address;
DROP SCHEMA chat;
