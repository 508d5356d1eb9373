-- The schema that the migrations of this folder make, written by `migrator-dev prove`.
-- For reading, for review, and for psql; a change belongs into a migration.

SET check_function_bodies = off;
SELECT pg_catalog.set_config('search_path', '', false);

-- table: public.visits (4)
CREATE TABLE public.visits (
    day date NOT NULL,
    count bigint DEFAULT 0 NOT NULL
);

-- constraint: public.visits.visits_pkey (1)
ALTER TABLE public.visits ADD CONSTRAINT visits_pkey PRIMARY KEY (day);
