-- The partitions go with their table. Export them first when they were billed.

DROP TABLE chat.usage_events;
DROP FUNCTION chat.create_usage_partition(date);
DROP TABLE chat.models;
