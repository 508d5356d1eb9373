-- The schema that the migrations of this folder make, written by `migrator-dev prove`.
-- For reading, for review, and for psql; a change belongs into a migration.

SET check_function_bodies = off;
SELECT pg_catalog.set_config('search_path', '', false);

-- schema: chat (1)
CREATE SCHEMA chat;

-- type: chat.memory_kind (6)
CREATE TYPE chat.memory_kind AS ENUM (
    'fact',
    'preference',
    'relationship',
    'event'
);

-- type: chat.visibility (5)
CREATE TYPE chat.visibility AS ENUM (
    'private',
    'unlisted',
    'public'
);

-- domain: chat.email_address (3)
CREATE DOMAIN chat.email_address AS text
    CONSTRAINT email_address_length CHECK ((char_length(VALUE) <= 254))
    CONSTRAINT email_address_shape CHECK ((VALUE ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$'::text));

-- domain: chat.handle (2)
CREATE DOMAIN chat.handle AS text
    CONSTRAINT handle_shape CHECK ((VALUE ~ '^[a-z][a-z0-9_]{2,29}$'::text));

-- domain: chat.sha256 (2)
CREATE DOMAIN chat.sha256 AS bytea
    CONSTRAINT sha256_length CHECK ((octet_length(VALUE) = 32));

-- table: chat.attachments (10)
CREATE TABLE chat.attachments (
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY (START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 CACHE 1),
    message_id bigint NOT NULL,
    object_key uuid DEFAULT gen_random_uuid() NOT NULL,
    file_name text NOT NULL,
    media_type text NOT NULL,
    byte_size bigint NOT NULL,
    digest chat.sha256 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

-- table: chat.audit_log (10)
CREATE TABLE chat.audit_log (
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY (START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 CACHE 1),
    table_name text NOT NULL,
    row_id bigint NOT NULL,
    action text NOT NULL,
    changed_columns text[] DEFAULT '{}'::text[] NOT NULL,
    actor_id bigint,
    actor_role text DEFAULT SESSION_USER NOT NULL,
    happened_at timestamp with time zone DEFAULT now() NOT NULL
);

-- table: chat.character_tags (4)
CREATE TABLE chat.character_tags (
    character_id bigint NOT NULL,
    tag_id bigint NOT NULL
);

-- table: chat.characters (13)
CREATE TABLE chat.characters (
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY (START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 CACHE 1),
    owner_id bigint,
    name text NOT NULL,
    tagline text DEFAULT ''::text NOT NULL,
    persona text NOT NULL,
    greeting text NOT NULL,
    visibility chat.visibility DEFAULT 'private'::chat.visibility NOT NULL,
    retired_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    slug text NOT NULL
);

-- table: chat.conversations (9)
CREATE TABLE chat.conversations (
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY (START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 CACHE 1),
    public_id uuid DEFAULT gen_random_uuid() NOT NULL,
    title text,
    last_message_at timestamp with time zone,
    archived_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

-- table: chat.memories (14)
CREATE TABLE chat.memories (
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY (START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 CACHE 1),
    character_id bigint NOT NULL,
    user_id bigint NOT NULL,
    source_message_id bigint,
    kind chat.memory_kind DEFAULT 'fact'::chat.memory_kind NOT NULL,
    content text NOT NULL,
    salience double precision DEFAULT 0.5 NOT NULL,
    search tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, content)) STORED,
    recalled_at timestamp with time zone,
    expires_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

-- table: chat.memory_tags (4)
CREATE TABLE chat.memory_tags (
    memory_id bigint NOT NULL,
    tag_id bigint NOT NULL
);

-- table: chat.messages (12)
CREATE TABLE chat.messages (
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY (START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 CACHE 1),
    conversation_id bigint NOT NULL,
    participant_id bigint NOT NULL,
    reply_to_id bigint,
    body text NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    edited_at timestamp with time zone,
    deleted_at timestamp with time zone,
    model_id text
);

-- table: chat.models (8)
CREATE TABLE chat.models (
    id text NOT NULL,
    label text NOT NULL,
    context_tokens bigint NOT NULL,
    input_price numeric(12,6) NOT NULL,
    output_price numeric(12,6) NOT NULL,
    retired_at timestamp with time zone
);

-- table: chat.participants (8)
CREATE TABLE chat.participants (
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY (START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 CACHE 1),
    conversation_id bigint NOT NULL,
    user_id bigint,
    character_id bigint,
    joined_at timestamp with time zone DEFAULT now() NOT NULL,
    left_at timestamp with time zone
);

-- table: chat.tags (6)
CREATE TABLE chat.tags (
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY (START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 CACHE 1),
    slug text NOT NULL,
    label text NOT NULL,
    description text
);

-- table: chat.usage_events (10)
CREATE TABLE chat.usage_events (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    billed_on date NOT NULL,
    user_id bigint,
    model_id text NOT NULL,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    cost numeric(12,6) NOT NULL,
    occurred_at timestamp with time zone DEFAULT now() NOT NULL
) PARTITION BY RANGE (billed_on);

-- table: chat.usage_events_2026_05 (1)
CREATE TABLE chat.usage_events_2026_05 PARTITION OF chat.usage_events FOR VALUES FROM ('2026-05-01') TO ('2026-06-01');

-- table: chat.usage_events_2026_06 (1)
CREATE TABLE chat.usage_events_2026_06 PARTITION OF chat.usage_events FOR VALUES FROM ('2026-06-01') TO ('2026-07-01');

-- table: chat.usage_events_2026_07 (1)
CREATE TABLE chat.usage_events_2026_07 PARTITION OF chat.usage_events FOR VALUES FROM ('2026-07-01') TO ('2026-08-01');

-- table: chat.usage_events_2026_08 (1)
CREATE TABLE chat.usage_events_2026_08 PARTITION OF chat.usage_events FOR VALUES FROM ('2026-08-01') TO ('2026-09-01');

-- table: chat.usage_events_2026_09 (1)
CREATE TABLE chat.usage_events_2026_09 PARTITION OF chat.usage_events FOR VALUES FROM ('2026-09-01') TO ('2026-10-01');

-- table: chat.usage_events_2026_10 (1)
CREATE TABLE chat.usage_events_2026_10 PARTITION OF chat.usage_events FOR VALUES FROM ('2026-10-01') TO ('2026-11-01');

-- table: chat.usage_events_2026_11 (1)
CREATE TABLE chat.usage_events_2026_11 PARTITION OF chat.usage_events FOR VALUES FROM ('2026-11-01') TO ('2026-12-01');

-- table: chat.usage_events_2026_12 (1)
CREATE TABLE chat.usage_events_2026_12 PARTITION OF chat.usage_events FOR VALUES FROM ('2026-12-01') TO ('2027-01-01');

-- table: chat.usage_events_default (1)
CREATE TABLE chat.usage_events_default PARTITION OF chat.usage_events DEFAULT;

-- table: chat.users (9)
CREATE TABLE chat.users (
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY (START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 CACHE 1),
    public_id uuid DEFAULT gen_random_uuid() NOT NULL,
    handle chat.handle NOT NULL,
    email chat.email_address NOT NULL,
    display_name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

-- function: chat.bump_conversation() (12)
CREATE OR REPLACE FUNCTION chat.bump_conversation()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    UPDATE chat.conversations
       SET last_message_at = greatest(last_message_at, NEW.created_at)
     WHERE id = NEW.conversation_id;
    RETURN NULL;
END;
$function$
;

-- function: chat.create_usage_partition(month date) (21)
CREATE OR REPLACE FUNCTION chat.create_usage_partition(month date)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
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
$function$
;

-- function: chat.current_user_id() (9)
CREATE OR REPLACE FUNCTION chat.current_user_id()
 RETURNS bigint
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    -- A setting that was once set and then reset is '' and not NULL.
    SELECT nullif(current_setting('chat.user_id', true), '')::bigint;
$function$
;

-- function: chat.record_change() (37)
CREATE OR REPLACE FUNCTION chat.record_change()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$
;

-- function: chat.refresh_character_stats() (9)
CREATE OR REPLACE FUNCTION chat.refresh_character_stats()
 RETURNS void
 LANGUAGE plpgsql
AS $function$
BEGIN
    REFRESH MATERIALIZED VIEW CONCURRENTLY chat.character_stats;
END;
$function$
;

-- function: chat.refuse_audit_change() (11)
CREATE OR REPLACE FUNCTION chat.refuse_audit_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    RAISE EXCEPTION 'chat.audit_log is append-only; % is not allowed', TG_OP
        USING ERRCODE = 'insufficient_privilege',
              HINT = 'Write a new row that corrects the old one.';
END;
$function$
;

-- function: chat.set_character_slug() (13)
CREATE OR REPLACE FUNCTION chat.set_character_slug()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    NEW.slug := coalesce(
        NEW.slug,
        concat_ws('-', nullif(chat.slugify(NEW.name), ''), NEW.id)
    );
    RETURN NEW;
END;
$function$
;

-- function: chat.slugify(source text) (8)
CREATE OR REPLACE FUNCTION chat.slugify(source text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
    SELECT trim(BOTH '-' FROM regexp_replace(lower(source), '[^a-z0-9]+', '-', 'g'));
$function$
;

-- function: chat.touch_updated_at() (10)
CREATE OR REPLACE FUNCTION chat.touch_updated_at()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END;
$function$
;

-- view: chat.character_stats (13)
CREATE MATERIALIZED VIEW chat.character_stats AS
 SELECT ch.id AS character_id,
    ch.slug,
    ch.name,
    count(DISTINCT p.conversation_id) AS conversations,
    count(m.id) AS messages,
    max(m.created_at) AS last_active_at
   FROM ((chat.characters ch
     LEFT JOIN chat.participants p ON ((p.character_id = ch.id)))
     LEFT JOIN chat.messages m ON (((m.conversation_id = p.conversation_id) AND (m.participant_id = p.id) AND (m.deleted_at IS NULL))))
  WHERE (ch.retired_at IS NULL)
  GROUP BY ch.id, ch.slug, ch.name
/* reads chat.characters.id, chat.characters.name, chat.characters.retired_at, chat.characters.slug, chat.messages.conversation_id, chat.messages.created_at, chat.messages.deleted_at, chat.messages.id, chat.messages.participant_id, chat.participants.character_id, chat.participants.conversation_id, chat.participants.id */;

-- view: chat.conversation_overview (17)
CREATE VIEW chat.conversation_overview AS
 SELECT c.id,
    c.public_id,
    c.title,
    c.created_at,
    c.last_message_at,
    (c.archived_at IS NOT NULL) AS archived,
    latest.id AS latest_message_id,
    "left"(latest.body, 120) AS latest_preview
   FROM (chat.conversations c
     LEFT JOIN LATERAL ( SELECT m.id,
            m.body
           FROM chat.messages m
          WHERE ((m.conversation_id = c.id) AND (m.deleted_at IS NULL))
          ORDER BY m.created_at DESC, m.id DESC
         LIMIT 1) latest ON (true))
/* reads chat.conversations.archived_at, chat.conversations.created_at, chat.conversations.id, chat.conversations.last_message_at, chat.conversations.public_id, chat.conversations.title, chat.messages.body, chat.messages.conversation_id, chat.messages.created_at, chat.messages.deleted_at, chat.messages.id */;

-- index: chat.attachments_message_id_idx (1)
CREATE INDEX attachments_message_id_idx ON chat.attachments USING btree (message_id);

-- index: chat.audit_log_row_idx (1)
CREATE INDEX audit_log_row_idx ON chat.audit_log USING btree (table_name, row_id, happened_at);

-- index: chat.character_stats_character_id_key (1)
CREATE UNIQUE INDEX character_stats_character_id_key ON chat.character_stats USING btree (character_id);

-- index: chat.character_stats_ranking_idx (1)
CREATE INDEX character_stats_ranking_idx ON chat.character_stats USING btree (messages DESC, character_id);

-- index: chat.character_tags_tag_id_idx (1)
CREATE INDEX character_tags_tag_id_idx ON chat.character_tags USING btree (tag_id);

-- index: chat.characters_built_in_name_key (1)
CREATE UNIQUE INDEX characters_built_in_name_key ON chat.characters USING btree (name) WHERE (owner_id IS NULL);

-- index: chat.characters_owner_id_idx (1)
CREATE INDEX characters_owner_id_idx ON chat.characters USING btree (owner_id);

-- index: chat.characters_slug_key (1)
CREATE UNIQUE INDEX characters_slug_key ON chat.characters USING btree (slug);

-- index: chat.memories_expires_at_idx (1)
CREATE INDEX memories_expires_at_idx ON chat.memories USING btree (expires_at) WHERE (expires_at IS NOT NULL);

-- index: chat.memories_recall_idx (1)
CREATE INDEX memories_recall_idx ON chat.memories USING btree (character_id, user_id, salience DESC);

-- index: chat.memories_search_idx (1)
CREATE INDEX memories_search_idx ON chat.memories USING gin (search);

-- index: chat.memories_source_message_id_idx (1)
CREATE INDEX memories_source_message_id_idx ON chat.memories USING btree (source_message_id) WHERE (source_message_id IS NOT NULL);

-- index: chat.memories_user_id_idx (1)
CREATE INDEX memories_user_id_idx ON chat.memories USING btree (user_id);

-- index: chat.memory_tags_tag_id_idx (1)
CREATE INDEX memory_tags_tag_id_idx ON chat.memory_tags USING btree (tag_id);

-- index: chat.messages_paging_idx (1)
CREATE INDEX messages_paging_idx ON chat.messages USING btree (conversation_id, created_at DESC, id DESC);

-- index: chat.messages_reply_to_id_idx (1)
CREATE INDEX messages_reply_to_id_idx ON chat.messages USING btree (reply_to_id) WHERE (reply_to_id IS NOT NULL);

-- index: chat.messages_sender_idx (1)
CREATE INDEX messages_sender_idx ON chat.messages USING btree (conversation_id, participant_id);

-- index: chat.participants_character_id_idx (1)
CREATE INDEX participants_character_id_idx ON chat.participants USING btree (character_id) WHERE (character_id IS NOT NULL);

-- index: chat.participants_user_id_idx (1)
CREATE INDEX participants_user_id_idx ON chat.participants USING btree (user_id) WHERE (user_id IS NOT NULL);

-- index: chat.usage_events_model_id_idx (1)
CREATE INDEX usage_events_model_id_idx ON chat.usage_events USING btree (model_id);

-- index: chat.usage_events_user_idx (1)
CREATE INDEX usage_events_user_idx ON chat.usage_events USING btree (user_id, billed_on);

-- index: chat.users_email_key (1)
CREATE UNIQUE INDEX users_email_key ON chat.users USING btree (lower((email)::text));

-- constraint: chat.attachments.attachments_byte_size_range (1)
ALTER TABLE chat.attachments ADD CONSTRAINT attachments_byte_size_range CHECK (((byte_size >= 1) AND (byte_size <= ((50 * 1024) * 1024))));

-- constraint: chat.attachments.attachments_file_name_plain (1)
ALTER TABLE chat.attachments ADD CONSTRAINT attachments_file_name_plain CHECK ((((char_length(file_name) >= 1) AND (char_length(file_name) <= 255)) AND (file_name !~ '[/\\]'::text)));

-- constraint: chat.attachments.attachments_media_type_shape (1)
ALTER TABLE chat.attachments ADD CONSTRAINT attachments_media_type_shape CHECK ((media_type ~ '^[a-z]+/[a-z0-9.+-]+$'::text));

-- constraint: chat.messages.messages_pkey (1)
ALTER TABLE chat.messages ADD CONSTRAINT messages_pkey PRIMARY KEY (id);

-- constraint: chat.attachments.attachments_message_id_fkey (1)
ALTER TABLE chat.attachments ADD CONSTRAINT attachments_message_id_fkey FOREIGN KEY (message_id) REFERENCES chat.messages(id) ON DELETE CASCADE;

-- constraint: chat.attachments.attachments_object_key_key (1)
ALTER TABLE chat.attachments ADD CONSTRAINT attachments_object_key_key UNIQUE (object_key);

-- constraint: chat.attachments.attachments_pkey (1)
ALTER TABLE chat.attachments ADD CONSTRAINT attachments_pkey PRIMARY KEY (id);

-- constraint: chat.audit_log.audit_log_action_known (1)
ALTER TABLE chat.audit_log ADD CONSTRAINT audit_log_action_known CHECK ((action = ANY (ARRAY['INSERT'::text, 'UPDATE'::text, 'DELETE'::text])));

-- constraint: chat.audit_log.audit_log_pkey (1)
ALTER TABLE chat.audit_log ADD CONSTRAINT audit_log_pkey PRIMARY KEY (id);

-- constraint: chat.characters.characters_pkey (1)
ALTER TABLE chat.characters ADD CONSTRAINT characters_pkey PRIMARY KEY (id);

-- constraint: chat.character_tags.character_tags_character_id_fkey (1)
ALTER TABLE chat.character_tags ADD CONSTRAINT character_tags_character_id_fkey FOREIGN KEY (character_id) REFERENCES chat.characters(id) ON DELETE CASCADE;

-- constraint: chat.character_tags.character_tags_pkey (1)
ALTER TABLE chat.character_tags ADD CONSTRAINT character_tags_pkey PRIMARY KEY (character_id, tag_id);

-- constraint: chat.tags.tags_pkey (1)
ALTER TABLE chat.tags ADD CONSTRAINT tags_pkey PRIMARY KEY (id);

-- constraint: chat.character_tags.character_tags_tag_id_fkey (1)
ALTER TABLE chat.character_tags ADD CONSTRAINT character_tags_tag_id_fkey FOREIGN KEY (tag_id) REFERENCES chat.tags(id) ON DELETE CASCADE;

-- constraint: chat.characters.characters_name_length (1)
ALTER TABLE chat.characters ADD CONSTRAINT characters_name_length CHECK (((char_length(name) >= 1) AND (char_length(name) <= 60)));

-- constraint: chat.users.users_pkey (1)
ALTER TABLE chat.users ADD CONSTRAINT users_pkey PRIMARY KEY (id);

-- constraint: chat.characters.characters_owner_id_fkey (1)
ALTER TABLE chat.characters ADD CONSTRAINT characters_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES chat.users(id) ON DELETE RESTRICT;

-- constraint: chat.characters.characters_persona_length (1)
ALTER TABLE chat.characters ADD CONSTRAINT characters_persona_length CHECK ((char_length(persona) <= 20000));

-- constraint: chat.characters.characters_retired_after_created (1)
ALTER TABLE chat.characters ADD CONSTRAINT characters_retired_after_created CHECK ((retired_at >= created_at));

-- constraint: chat.characters.characters_tagline_length (1)
ALTER TABLE chat.characters ADD CONSTRAINT characters_tagline_length CHECK ((char_length(tagline) <= 140));

-- constraint: chat.conversations.conversations_pkey (1)
ALTER TABLE chat.conversations ADD CONSTRAINT conversations_pkey PRIMARY KEY (id);

-- constraint: chat.conversations.conversations_public_id_key (1)
ALTER TABLE chat.conversations ADD CONSTRAINT conversations_public_id_key UNIQUE (public_id);

-- constraint: chat.conversations.conversations_title_length (1)
ALTER TABLE chat.conversations ADD CONSTRAINT conversations_title_length CHECK (((char_length(title) >= 1) AND (char_length(title) <= 200)));

-- constraint: chat.memories.memories_character_id_fkey (1)
ALTER TABLE chat.memories ADD CONSTRAINT memories_character_id_fkey FOREIGN KEY (character_id) REFERENCES chat.characters(id) ON DELETE CASCADE;

-- constraint: chat.memories.memories_content_length (1)
ALTER TABLE chat.memories ADD CONSTRAINT memories_content_length CHECK (((char_length(content) >= 1) AND (char_length(content) <= 4000)));

-- constraint: chat.memories.memories_expires_after_created (1)
ALTER TABLE chat.memories ADD CONSTRAINT memories_expires_after_created CHECK ((expires_at > created_at));

-- constraint: chat.memories.memories_pkey (1)
ALTER TABLE chat.memories ADD CONSTRAINT memories_pkey PRIMARY KEY (id);

-- constraint: chat.memories.memories_salience_range (1)
ALTER TABLE chat.memories ADD CONSTRAINT memories_salience_range CHECK (((salience >= (0)::double precision) AND (salience <= (1)::double precision)));

-- constraint: chat.memories.memories_source_message_id_fkey (1)
ALTER TABLE chat.memories ADD CONSTRAINT memories_source_message_id_fkey FOREIGN KEY (source_message_id) REFERENCES chat.messages(id) ON DELETE SET NULL;

-- constraint: chat.memories.memories_user_id_fkey (1)
ALTER TABLE chat.memories ADD CONSTRAINT memories_user_id_fkey FOREIGN KEY (user_id) REFERENCES chat.users(id) ON DELETE CASCADE;

-- constraint: chat.memory_tags.memory_tags_memory_id_fkey (1)
ALTER TABLE chat.memory_tags ADD CONSTRAINT memory_tags_memory_id_fkey FOREIGN KEY (memory_id) REFERENCES chat.memories(id) ON DELETE CASCADE;

-- constraint: chat.memory_tags.memory_tags_pkey (1)
ALTER TABLE chat.memory_tags ADD CONSTRAINT memory_tags_pkey PRIMARY KEY (memory_id, tag_id);

-- constraint: chat.memory_tags.memory_tags_tag_id_fkey (1)
ALTER TABLE chat.memory_tags ADD CONSTRAINT memory_tags_tag_id_fkey FOREIGN KEY (tag_id) REFERENCES chat.tags(id) ON DELETE CASCADE;

-- constraint: chat.messages.messages_body_length (1)
ALTER TABLE chat.messages ADD CONSTRAINT messages_body_length CHECK ((char_length(body) <= 32000));

-- constraint: chat.messages.messages_conversation_id_fkey (1)
ALTER TABLE chat.messages ADD CONSTRAINT messages_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES chat.conversations(id) ON DELETE CASCADE;

-- constraint: chat.messages.messages_metadata_is_object (1)
ALTER TABLE chat.messages ADD CONSTRAINT messages_metadata_is_object CHECK ((jsonb_typeof(metadata) = 'object'::text));

-- constraint: chat.models.models_pkey (1)
ALTER TABLE chat.models ADD CONSTRAINT models_pkey PRIMARY KEY (id);

-- constraint: chat.messages.messages_model_id_fkey (1)
ALTER TABLE chat.messages ADD CONSTRAINT messages_model_id_fkey FOREIGN KEY (model_id) REFERENCES chat.models(id) ON DELETE RESTRICT;

-- constraint: chat.messages.messages_reply_to_id_fkey (1)
ALTER TABLE chat.messages ADD CONSTRAINT messages_reply_to_id_fkey FOREIGN KEY (reply_to_id) REFERENCES chat.messages(id) ON DELETE SET NULL;

-- constraint: chat.participants.participants_conversation_and_id_key (1)
ALTER TABLE chat.participants ADD CONSTRAINT participants_conversation_and_id_key UNIQUE (conversation_id, id);

-- constraint: chat.messages.messages_sender_fkey (1)
ALTER TABLE chat.messages ADD CONSTRAINT messages_sender_fkey FOREIGN KEY (conversation_id, participant_id) REFERENCES chat.participants(conversation_id, id) ON DELETE CASCADE;

-- constraint: chat.models.models_context_positive (1)
ALTER TABLE chat.models ADD CONSTRAINT models_context_positive CHECK ((context_tokens > 0));

-- constraint: chat.models.models_id_shape (1)
ALTER TABLE chat.models ADD CONSTRAINT models_id_shape CHECK ((id ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text));

-- constraint: chat.models.models_prices_not_negative (1)
ALTER TABLE chat.models ADD CONSTRAINT models_prices_not_negative CHECK (((input_price >= (0)::numeric) AND (output_price >= (0)::numeric)));

-- constraint: chat.participants.participants_character_id_fkey (1)
ALTER TABLE chat.participants ADD CONSTRAINT participants_character_id_fkey FOREIGN KEY (character_id) REFERENCES chat.characters(id) ON DELETE RESTRICT;

-- constraint: chat.participants.participants_character_once (1)
ALTER TABLE chat.participants ADD CONSTRAINT participants_character_once UNIQUE (conversation_id, character_id);

-- constraint: chat.participants.participants_conversation_id_fkey (1)
ALTER TABLE chat.participants ADD CONSTRAINT participants_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES chat.conversations(id) ON DELETE CASCADE;

-- constraint: chat.participants.participants_left_after_joined (1)
ALTER TABLE chat.participants ADD CONSTRAINT participants_left_after_joined CHECK ((left_at >= joined_at));

-- constraint: chat.participants.participants_one_identity (1)
ALTER TABLE chat.participants ADD CONSTRAINT participants_one_identity CHECK ((num_nonnulls(user_id, character_id) = 1));

-- constraint: chat.participants.participants_pkey (1)
ALTER TABLE chat.participants ADD CONSTRAINT participants_pkey PRIMARY KEY (id);

-- constraint: chat.participants.participants_user_id_fkey (1)
ALTER TABLE chat.participants ADD CONSTRAINT participants_user_id_fkey FOREIGN KEY (user_id) REFERENCES chat.users(id) ON DELETE CASCADE;

-- constraint: chat.participants.participants_user_once (1)
ALTER TABLE chat.participants ADD CONSTRAINT participants_user_once UNIQUE (conversation_id, user_id);

-- constraint: chat.tags.tags_label_length (1)
ALTER TABLE chat.tags ADD CONSTRAINT tags_label_length CHECK (((char_length(label) >= 1) AND (char_length(label) <= 40)));

-- constraint: chat.tags.tags_slug_key (1)
ALTER TABLE chat.tags ADD CONSTRAINT tags_slug_key UNIQUE (slug);

-- constraint: chat.tags.tags_slug_shape (1)
ALTER TABLE chat.tags ADD CONSTRAINT tags_slug_shape CHECK ((slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text));

-- constraint: chat.usage_events.usage_events_cost_not_negative (1)
ALTER TABLE chat.usage_events ADD CONSTRAINT usage_events_cost_not_negative CHECK ((cost >= (0)::numeric));

-- constraint: chat.usage_events.usage_events_model_id_fkey (1)
ALTER TABLE chat.usage_events ADD CONSTRAINT usage_events_model_id_fkey FOREIGN KEY (model_id) REFERENCES chat.models(id) ON DELETE RESTRICT;

-- constraint: chat.usage_events.usage_events_pkey (1)
ALTER TABLE chat.usage_events ADD CONSTRAINT usage_events_pkey PRIMARY KEY (id, billed_on);

-- constraint: chat.usage_events.usage_events_tokens_not_negative (1)
ALTER TABLE chat.usage_events ADD CONSTRAINT usage_events_tokens_not_negative CHECK (((input_tokens >= 0) AND (output_tokens >= 0)));

-- constraint: chat.usage_events.usage_events_user_id_fkey (1)
ALTER TABLE chat.usage_events ADD CONSTRAINT usage_events_user_id_fkey FOREIGN KEY (user_id) REFERENCES chat.users(id) ON DELETE SET NULL;

-- constraint: chat.users.users_display_name_length (1)
ALTER TABLE chat.users ADD CONSTRAINT users_display_name_length CHECK (((char_length(display_name) >= 1) AND (char_length(display_name) <= 80)));

-- constraint: chat.users.users_handle_key (1)
ALTER TABLE chat.users ADD CONSTRAINT users_handle_key UNIQUE (handle);

-- constraint: chat.users.users_public_id_key (1)
ALTER TABLE chat.users ADD CONSTRAINT users_public_id_key UNIQUE (public_id);

-- trigger: chat.audit_log.audit_log_append_only (1)
CREATE TRIGGER audit_log_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON chat.audit_log FOR EACH STATEMENT EXECUTE FUNCTION chat.refuse_audit_change();

-- trigger: chat.characters.characters_audit (1)
CREATE TRIGGER characters_audit AFTER INSERT OR DELETE OR UPDATE ON chat.characters FOR EACH ROW EXECUTE FUNCTION chat.record_change();

-- trigger: chat.characters.characters_set_slug (1)
CREATE TRIGGER characters_set_slug BEFORE INSERT ON chat.characters FOR EACH ROW EXECUTE FUNCTION chat.set_character_slug();

-- trigger: chat.characters.characters_touch (1)
CREATE TRIGGER characters_touch BEFORE UPDATE ON chat.characters FOR EACH ROW EXECUTE FUNCTION chat.touch_updated_at();

-- trigger: chat.conversations.conversations_touch (1)
CREATE TRIGGER conversations_touch BEFORE UPDATE ON chat.conversations FOR EACH ROW EXECUTE FUNCTION chat.touch_updated_at();

-- trigger: chat.memories.memories_audit (1)
CREATE TRIGGER memories_audit AFTER INSERT OR DELETE OR UPDATE ON chat.memories FOR EACH ROW EXECUTE FUNCTION chat.record_change();

-- trigger: chat.memories.memories_touch (1)
CREATE TRIGGER memories_touch BEFORE UPDATE ON chat.memories FOR EACH ROW EXECUTE FUNCTION chat.touch_updated_at();

-- trigger: chat.messages.messages_bump_conversation (1)
CREATE TRIGGER messages_bump_conversation AFTER INSERT ON chat.messages FOR EACH ROW EXECUTE FUNCTION chat.bump_conversation();

-- trigger: chat.users.users_touch (1)
CREATE TRIGGER users_touch BEFORE UPDATE ON chat.users FOR EACH ROW EXECUTE FUNCTION chat.touch_updated_at();

-- row security: chat.memories (1)
ALTER TABLE chat.memories ENABLE ROW LEVEL SECURITY;

-- row security: chat.memory_tags (1)
ALTER TABLE chat.memory_tags ENABLE ROW LEVEL SECURITY;

-- policy: chat.memories.memories_of_current_user (3)
CREATE POLICY memories_of_current_user ON chat.memories AS PERMISSIVE FOR ALL TO PUBLIC
    USING ((user_id = ( SELECT chat.current_user_id() AS current_user_id)))
    WITH CHECK ((user_id = ( SELECT chat.current_user_id() AS current_user_id)));

-- policy: chat.memory_tags.memory_tags_of_visible_memories (4)
CREATE POLICY memory_tags_of_visible_memories ON chat.memory_tags AS PERMISSIVE FOR ALL TO PUBLIC
    USING ((EXISTS ( SELECT
   FROM chat.memories m
  WHERE (m.id = memory_tags.memory_id))));
