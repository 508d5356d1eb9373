-- Who changed what, and when.
-- Only names of columns, never their values: else erasing a memory would leave a copy here.

CREATE TABLE chat.audit_log (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    table_name      text NOT NULL,
    row_id          bigint NOT NULL,
    action          text NOT NULL,
    changed_columns text[] NOT NULL DEFAULT '{}',
    -- The user on whose behalf. NULL for jobs and for people with a console.
    actor_id        bigint,
    -- The role that did it.
    actor_role      text NOT NULL DEFAULT session_user,
    happened_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT audit_log_action_known CHECK (action IN ('INSERT', 'UPDATE', 'DELETE'))
);

COMMENT ON TABLE chat.audit_log IS 'Who changed what. Rows are added, never changed. No foreign key: it outlives what it tells of.';

CREATE INDEX audit_log_row_idx ON chat.audit_log (table_name, row_id, happened_at);

-- SECURITY DEFINER: who may change a memory need not be able to write its audit trail by hand.
-- With it comes a fixed search_path, so that nobody slips us a function of their own.
CREATE FUNCTION chat.record_change() RETURNS trigger
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $audit$
DECLARE
    changed text[] := '{}';
    actor bigint := nullif(current_setting('chat.user_id', true), '')::bigint;
    row_id bigint;
BEGIN
    IF TG_OP = 'DELETE' THEN
        row_id := OLD.id;
    ELSE
        row_id := NEW.id;
    END IF;

    IF TG_OP = 'UPDATE' THEN
        SELECT coalesce(array_agg(n.key ORDER BY n.key), '{}')
          INTO changed
          FROM jsonb_each(to_jsonb(NEW)) AS n
          JOIN jsonb_each(to_jsonb(OLD)) AS o ON o.key = n.key
         WHERE n.value IS DISTINCT FROM o.value
           -- It changes with every update and so tells nothing.
           AND n.key <> 'updated_at';

        IF changed = '{}' THEN
            RETURN NULL;
        END IF;
    END IF;

    INSERT INTO chat.audit_log (table_name, row_id, action, changed_columns, actor_id)
    VALUES (TG_TABLE_NAME, row_id, TG_OP, changed, actor);
    RETURN NULL;
END;
$audit$;

CREATE FUNCTION chat.refuse_audit_change() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'chat.audit_log is append-only; % is not allowed', TG_OP
        USING ERRCODE = 'insufficient_privilege',
              HINT = 'Write a new row that corrects the old one.';
END;
$$;

CREATE TRIGGER audit_log_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON chat.audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION chat.refuse_audit_change();

-- The same trigger for each table that matters.
DO $do$
DECLARE
    audited text;
BEGIN
    FOREACH audited IN ARRAY ARRAY['characters', 'memories'] LOOP
        EXECUTE format(
            $sql$
                CREATE TRIGGER %I
                    AFTER INSERT OR UPDATE OR DELETE ON chat.%I
                    FOR EACH ROW EXECUTE FUNCTION chat.record_change()
            $sql$,
            audited || '_audit',
            audited
        );
    END LOOP;
END;
$do$;
