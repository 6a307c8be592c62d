-- Uses a link up.
DELETE FROM user_tokens
WHERE token_hash = $1 AND kind = $2 AND expires_at_us > $3
RETURNING user_id
