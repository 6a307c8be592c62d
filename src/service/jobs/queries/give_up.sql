-- Ended without success, if the job is still that worker's; $3 is failed or cancelled.
UPDATE jobs SET state = $3, attempts = attempts + 1, error_code = $4, error_text = $5,
    lease_until_us = NULL, ended_at_us = now_us()
WHERE id = $1 AND fence = $2 AND state = 'running'
