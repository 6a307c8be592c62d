-- A staged object that is still too old when its turn has come becomes an unwanted one.
UPDATE objects SET state = 'deleting'
WHERE key = $1 AND state = 'staged' AND changed_at_us < now_us() - CAST($2 AS bigint)
RETURNING workspace_id, size
