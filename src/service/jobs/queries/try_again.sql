-- Back to the queue after an error, if the job is still that worker's.
UPDATE jobs SET state = 'queued', attempts = attempts + 1, error_code = $3, error_text = $4,
    lease_until_us = NULL, worker = NULL, ready_at_us = now_us() + CAST($5 AS bigint)
WHERE id = $1 AND fence = $2 AND state = 'running'
