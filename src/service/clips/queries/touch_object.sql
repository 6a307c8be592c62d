-- Somebody is still writing it; for the sweep, which waits.
UPDATE objects SET changed_at_us = now_us() WHERE key = $1 AND state = 'staged'
