-- Notes that a step was taken, in the transaction that takes it.
INSERT INTO schema_migrations (number, name, sha256, needs, at_us)
VALUES ($1, $2, $3, $4, now_us())
