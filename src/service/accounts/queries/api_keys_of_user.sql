-- The keys of a person.
SELECT id, workspace_id, name, prefix, scopes, created_at_us, expires_at_us, last_used_at_us
FROM api_keys
WHERE user_id = $1
ORDER BY id
LIMIT 1000
