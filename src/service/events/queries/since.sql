-- Events of a workspace after a number, oldest first; for streams.
SELECT seq, at_us, kind, subject_id, data FROM events
WHERE workspace_id = $1 AND seq > CAST($2 AS bigint) ORDER BY seq LIMIT CAST($3 AS bigint)
