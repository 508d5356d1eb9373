-- What each answer costs.
-- It grows faster than anything else, and whole months go at once.
-- So it is partitioned by month: dropping a month is one short lock, deleting it is hours.

CREATE TABLE chat.models (
    id              text PRIMARY KEY,
    label           text NOT NULL,
    context_tokens  bigint NOT NULL,
    -- In US dollars for a million tokens.
    input_price     numeric(12, 6) NOT NULL,
    output_price    numeric(12, 6) NOT NULL,
    retired_at      timestamptz,
    CONSTRAINT models_id_shape CHECK (id ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    CONSTRAINT models_context_positive CHECK (context_tokens > 0),
    CONSTRAINT models_prices_not_negative CHECK (input_price >= 0 AND output_price >= 0)
);

COMMENT ON TABLE chat.models IS 'Language models that answer, and what they cost.';

INSERT INTO chat.models (id, label, context_tokens, input_price, output_price)
VALUES
    ('sparrow-1', 'Sparrow', 32768, 0.10, 0.40),
    ('heron-2', 'Heron', 131072, 0.80, 3.20),
    ('albatross-1', 'Albatross', 262144, 4.00, 16.00);

-- No identity column: before PostgreSQL 17 partitions cannot have one.
CREATE TABLE chat.usage_events (
    id              uuid NOT NULL DEFAULT gen_random_uuid(),
    -- A date, not a time: then no time zone decides into which month a row falls.
    billed_on       date NOT NULL,
    -- When an account goes, the cost stays. Whose it was does not.
    user_id         bigint REFERENCES chat.users (id) ON DELETE SET NULL,
    model_id        text NOT NULL REFERENCES chat.models (id) ON DELETE RESTRICT,
    input_tokens    bigint NOT NULL,
    output_tokens   bigint NOT NULL,
    cost            numeric(12, 6) NOT NULL,
    occurred_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT usage_events_pkey PRIMARY KEY (id, billed_on),
    CONSTRAINT usage_events_tokens_not_negative CHECK (input_tokens >= 0 AND output_tokens >= 0),
    CONSTRAINT usage_events_cost_not_negative CHECK (cost >= 0)
) PARTITION BY RANGE (billed_on);

COMMENT ON TABLE chat.usage_events IS 'What each answer cost. One partition a month.';

CREATE INDEX usage_events_user_idx ON chat.usage_events (user_id, billed_on);
CREATE INDEX usage_events_model_id_idx ON chat.usage_events (model_id);

-- The monthly job calls this too. It may run twice without harm.
CREATE FUNCTION chat.create_usage_partition(month date) RETURNS void
    LANGUAGE plpgsql
AS $func$
DECLARE
    first_day date := date_trunc('month', month::timestamp)::date;
    next_month date := (first_day + interval '1 month')::date;
BEGIN
    EXECUTE format(
        $sql$
            CREATE TABLE IF NOT EXISTS chat.%I
                PARTITION OF chat.usage_events
                FOR VALUES FROM (%L) TO (%L)
        $sql$,
        'usage_events_' || to_char(first_day, 'YYYY_MM'),
        first_day,
        next_month
    );
END;
$func$;

-- Fixed months, not now(): each database shall get the same schema, whenever it is made.
DO $do$
DECLARE
    month date;
BEGIN
    FOR month IN
        SELECT generate_series(
            timestamp '2026-05-01', timestamp '2026-12-01', interval '1 month'
        )::date
    LOOP
        PERFORM chat.create_usage_partition(month);
    END LOOP;
END;
$do$;

-- If the monthly job fails, rows land here. The alarm is a row in this table.
CREATE TABLE chat.usage_events_default PARTITION OF chat.usage_events DEFAULT;
