-- What a key may do, while it holds and its person may work.
SELECT k.id, k.user_id, k.workspace_id, k.scopes, k.last_used_at_us
FROM api_keys k
JOIN users u ON u.id = k.user_id
WHERE k.key_hash = $1 AND (k.expires_at_us IS NULL OR k.expires_at_us > $2)
  AND u.suspended_at_us IS NULL
