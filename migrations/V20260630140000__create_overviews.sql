-- migrator: allow(require-concurrent-index-creation) "the view is made in this file, nobody writes to it yet"
--
-- Two answers that the application asks for all the time.

-- The list of conversations. Always exact, so it is a plain view.
CREATE VIEW chat.conversation_overview AS
SELECT c.id,
       c.public_id,
       c.title,
       c.created_at,
       c.last_message_at,
       c.archived_at IS NOT NULL AS archived,
       latest.id AS latest_message_id,
       left(latest.body, 120) AS latest_preview
  FROM chat.conversations AS c
  -- LATERAL reads one row from messages_paging_idx for each conversation.
  LEFT JOIN LATERAL (
           SELECT m.id, m.body
             FROM chat.messages AS m
            WHERE m.conversation_id = c.id
              AND m.deleted_at IS NULL
            ORDER BY m.created_at DESC, m.id DESC
            LIMIT 1
       ) AS latest ON true;

COMMENT ON VIEW chat.conversation_overview IS 'The list of conversations with a preview of the latest message.';

-- The ranking of characters. An hour old is good enough, so it is stored.
CREATE MATERIALIZED VIEW chat.character_stats AS
SELECT ch.id AS character_id,
       ch.slug,
       ch.name,
       count(DISTINCT p.conversation_id) AS conversations,
       count(m.id) AS messages,
       max(m.created_at) AS last_active_at
  FROM chat.characters AS ch
  LEFT JOIN chat.participants AS p ON p.character_id = ch.id
  LEFT JOIN chat.messages AS m
         ON m.conversation_id = p.conversation_id
        AND m.participant_id = p.id
        AND m.deleted_at IS NULL
 WHERE ch.retired_at IS NULL
 GROUP BY ch.id, ch.slug, ch.name;

COMMENT ON MATERIALIZED VIEW chat.character_stats IS 'How much each character is talked to. Refreshed every hour.';

-- A refresh without locking readers needs a unique index.
CREATE UNIQUE INDEX character_stats_character_id_key ON chat.character_stats (character_id);
CREATE INDEX character_stats_ranking_idx ON chat.character_stats (messages DESC, character_id);

CREATE FUNCTION chat.refresh_character_stats() RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    REFRESH MATERIALIZED VIEW CONCURRENTLY chat.character_stats;
END;
$$;
