DROP FUNCTION chat.refresh_character_stats();
DROP MATERIALIZED VIEW chat.character_stats;
DROP VIEW chat.conversation_overview;
