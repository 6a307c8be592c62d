-- The bytes are gone.
DELETE FROM objects WHERE key = $1 AND state = 'deleting'
