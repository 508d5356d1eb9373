-- The schema that the migrations of this folder make, written by `migrator-dev prove`.
-- For reading, for review, and for psql; a change belongs into a migration.

SET check_function_bodies = off;
SELECT pg_catalog.set_config('search_path', '', false);

-- table: public.notes (5)
CREATE TABLE public.notes (
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY (START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 CACHE 1),
    body text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

-- index: public.notes_created_at_idx (1)
CREATE INDEX notes_created_at_idx ON public.notes USING btree (created_at);

-- constraint: public.notes.notes_pkey (1)
ALTER TABLE public.notes ADD CONSTRAINT notes_pkey PRIMARY KEY (id);
