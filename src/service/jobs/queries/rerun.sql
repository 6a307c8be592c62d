-- A job that ended without success waits again, with a clean record; for people.
UPDATE jobs SET state = 'queued', attempts = 0, crashes = 0, cancel_requested = 0, ready_at_us = now_us(),
    ended_at_us = NULL, stage = '', fraction = 0
WHERE id = $1 AND workspace_id = $2 AND state IN ('failed', 'cancelled')
