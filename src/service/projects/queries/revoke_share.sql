-- A link no longer works.
UPDATE shares SET revoked_at_us = now_us()
WHERE id = $1 AND workspace_id = $2 AND revoked_at_us IS NULL
