-- Characters mix up who is whose sister. They now remember that as a kind of its own.
-- The new value stands alone in its file:
-- PostgreSQL lets nobody use it before the transaction that added it is committed.

ALTER TYPE chat.memory_kind ADD VALUE 'relationship' AFTER 'preference';
