-- The steps that were taken, in order; for the migrations.
SELECT number, name, sha256, needs
FROM schema_migrations
ORDER BY number
