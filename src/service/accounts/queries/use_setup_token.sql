-- Uses the first link up; of several at once one finds it.
DELETE FROM setup_token
WHERE token_hash = $1 AND expires_at_us > $2
RETURNING id
