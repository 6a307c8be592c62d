-- What a person did, newest first, before an entry.
SELECT id, at_us, actor_id, action, object_id, address, details
FROM audit_log
WHERE actor_id = $1 AND id < $2
ORDER BY id DESC
LIMIT $3
