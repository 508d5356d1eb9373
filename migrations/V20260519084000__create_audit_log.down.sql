-- Keep a copy of the table first if the law asks for it.

DROP TRIGGER memories_audit ON chat.memories;
DROP TRIGGER characters_audit ON chat.characters;
DROP FUNCTION chat.record_change();
DROP TABLE chat.audit_log;
DROP FUNCTION chat.refuse_audit_change();
