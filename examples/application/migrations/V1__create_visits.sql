CREATE TABLE visits (
    day date PRIMARY KEY,
    count bigint NOT NULL DEFAULT 0
);
