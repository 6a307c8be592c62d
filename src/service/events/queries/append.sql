-- One event.
INSERT INTO events (workspace_id, seq, at_us, kind, subject_id, data)
VALUES ($1, CAST($2 AS bigint), now_us(), $3, $4, $5)
