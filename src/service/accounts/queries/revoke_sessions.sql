-- Ends all sessions of a person but one.
UPDATE sessions SET revoked_at_us = $3
WHERE user_id = $1 AND id <> $2 AND revoked_at_us IS NULL
