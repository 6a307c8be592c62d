-- Whose a link is, while it is good.
SELECT user_id
FROM user_tokens
WHERE token_hash = $1 AND kind = $2 AND expires_at_us > $3
