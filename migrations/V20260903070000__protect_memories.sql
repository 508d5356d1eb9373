-- migrator: lock-timeout 10s
--
-- A memory is the most private thing we keep. One forgotten WHERE must not show it to others.
-- So the database checks too: a session sees the memories of the user that it acts for.
-- The application sets chat.user_id at the start of each request. Without it, there is nothing to see.
-- Roles belong to the server and not to this database: grants are made where roles are made.

CREATE FUNCTION chat.current_user_id() RETURNS bigint
    LANGUAGE sql
    STABLE PARALLEL SAFE
AS $$
    -- A setting that was once set and then reset is '' and not NULL.
    SELECT nullif(current_setting('chat.user_id', true), '')::bigint;
$$;

COMMENT ON FUNCTION chat.current_user_id() IS 'The user that this session acts for, or NULL.';

-- Not FORCE: jobs that expire memories run as the owner and see all.
ALTER TABLE chat.memories ENABLE ROW LEVEL SECURITY;

-- The sub-select makes the planner ask once for a query and not once for a row.
CREATE POLICY memories_of_current_user ON chat.memories
    USING (user_id = (SELECT chat.current_user_id()))
    WITH CHECK (user_id = (SELECT chat.current_user_id()));

-- Tags of a memory tell about it. They are as private as the memory.
ALTER TABLE chat.memory_tags ENABLE ROW LEVEL SECURITY;

CREATE POLICY memory_tags_of_visible_memories ON chat.memory_tags
    USING (EXISTS (SELECT FROM chat.memories AS m WHERE m.id = memory_id));
