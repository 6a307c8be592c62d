-- Whether a person was ever signed in (as far as sessions are kept).
SELECT id
FROM sessions
WHERE user_id = $1
LIMIT 1
