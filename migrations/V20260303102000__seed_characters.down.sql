-- Whom somebody talked to stays. A down must not delete what people wrote.

DELETE FROM chat.characters AS c
 WHERE c.owner_id IS NULL
   AND c.name IN ('Ines the Archivist', 'Captain Brandt', 'Milo')
   AND NOT EXISTS (SELECT FROM chat.participants AS p WHERE p.character_id = c.id)
   AND NOT EXISTS (SELECT FROM chat.memories AS m WHERE m.character_id = c.id);
