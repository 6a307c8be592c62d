-- Ends one session of a person.
UPDATE sessions SET revoked_at_us = $3
WHERE id = $1 AND user_id = $2 AND revoked_at_us IS NULL
