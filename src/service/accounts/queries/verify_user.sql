-- The address is known to be the person's.
UPDATE users SET verified_at_us = COALESCE(verified_at_us, $2)
WHERE id = $1
