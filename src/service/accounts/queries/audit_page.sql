-- What was done, newest first, before an entry; for the operator.
SELECT id, at_us, actor_id, action, object_id, address, details
FROM audit_log
WHERE id < $1
ORDER BY id DESC
LIMIT $2
