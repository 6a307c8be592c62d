-- Takes an abandoned job from its worker for good; $3 is failed or cancelled.
UPDATE jobs SET state = $3, crashes = crashes + 1, lease_until_us = NULL, error_code = $4, error_text = $5,
    ended_at_us = now_us()
WHERE id = $1 AND fence = $2 AND state = 'running' AND lease_until_us < now_us()
