-- The roles of docs/production.md, made once, while the database is: the superuser is nobody's but the image's own.
\set migrator `cat /run/secrets/migrator_password`
\set app `cat /run/secrets/app_password`
CREATE ROLE migrator LOGIN PASSWORD :'migrator';
CREATE ROLE app LOGIN PASSWORD :'app';
GRANT CONNECT, CREATE, TEMPORARY ON DATABASE app TO migrator;
GRANT USAGE, CREATE ON SCHEMA public TO migrator;
GRANT CONNECT ON DATABASE app TO app;
CREATE SCHEMA migrator AUTHORIZATION migrator;
-- To read the history. What the application needs of its own tables is granted by the migrations.
GRANT USAGE ON SCHEMA migrator TO app;
ALTER DEFAULT PRIVILEGES FOR ROLE migrator IN SCHEMA migrator GRANT SELECT ON TABLES TO app;
