-- Done, if the job is still that worker's.
UPDATE jobs SET state = 'done', result = $3, error_code = NULL, error_text = NULL, lease_until_us = NULL,
    fraction = 1, ended_at_us = now_us()
WHERE id = $1 AND fence = $2 AND state = 'running'
