-- Takes an abandoned job from its worker; another may have it.
UPDATE jobs SET state = 'queued', crashes = crashes + 1, lease_until_us = NULL, worker = NULL,
    ready_at_us = now_us()
WHERE id = $1 AND fence = $2 AND state = 'running' AND lease_until_us < now_us()
