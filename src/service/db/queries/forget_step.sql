-- Forgets a step, in the transaction that takes it back.
DELETE FROM schema_migrations
WHERE number = $1
