-- A waiting job is cancelled at once; for people.
UPDATE jobs SET state = 'cancelled', ended_at_us = now_us()
WHERE id = $1 AND workspace_id = $2 AND state = 'queued'
