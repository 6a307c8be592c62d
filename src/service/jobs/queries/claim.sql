-- The first ready job of a workspace, now the worker's $2 for $3 microseconds. One from the future
-- shows that the clock went back, and shall not wait until it has caught up.
UPDATE jobs SET state = 'running', worker = $2, fence = fence + 1,
    lease_until_us = now_us() + CAST($3 AS bigint),
    started_at_us = coalesce(started_at_us, now_us()), stage = '', fraction = 0
WHERE id = (SELECT id FROM jobs
            WHERE workspace_id = $1 AND state = 'queued'
                AND (ready_at_us <= now_us() OR created_at_us > now_us())
            ORDER BY priority DESC, ready_at_us, id LIMIT 1)
  AND state = 'queued'
RETURNING id, workspace_id, kind, subject_id, state, priority, payload, result, error_code, error_text,
    attempts, crashes, fence, cancel_requested, stage, fraction, created_at_us, started_at_us,
    ended_at_us
