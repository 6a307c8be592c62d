-- Back to the queue without blame: the worker is stopping.
UPDATE jobs SET state = 'queued', lease_until_us = NULL, worker = NULL, ready_at_us = now_us()
WHERE id = $1 AND fence = $2 AND state = 'running'
