-- migrator: lock-timeout 10s
--
-- A value cannot be taken out of an enum. So the type is built anew without it.
-- What was a relationship becomes a fact: the text stays, only the kind is lost.
-- This rewrites the table and locks it meanwhile. Do it in a quiet hour.

ALTER TYPE chat.memory_kind RENAME TO memory_kind_old;

CREATE TYPE chat.memory_kind AS ENUM ('fact', 'preference', 'event');

ALTER TABLE chat.memories
    ALTER COLUMN kind DROP DEFAULT,
    ALTER COLUMN kind TYPE chat.memory_kind USING
        CASE kind::text
            WHEN 'relationship' THEN 'fact'::chat.memory_kind
            ELSE kind::text::chat.memory_kind
        END,
    ALTER COLUMN kind SET DEFAULT 'fact';

DROP TYPE chat.memory_kind_old;
