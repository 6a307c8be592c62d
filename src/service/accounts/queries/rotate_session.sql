-- The present token of a live session gives way to the next; of several at once only the first
-- finds its generation.
UPDATE sessions
SET generation = generation + 1, token_hash = $4, rotated_at_us = $5, idle_until_us = $6,
    address = $7
WHERE id = $1 AND generation = $2 AND token_hash = $3 AND revoked_at_us IS NULL
  AND expires_at_us > $5 AND idle_until_us > $5
RETURNING user_id
