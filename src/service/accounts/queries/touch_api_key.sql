-- When a key was last used; at most once a minute.
UPDATE api_keys SET last_used_at_us = $2
WHERE id = $1
