-- Running jobs of a workspace; for streams.
SELECT id, workspace_id, kind, subject_id, state, priority, payload, result, error_code, error_text,
    attempts, crashes, fence, cancel_requested, stage, fraction, created_at_us, started_at_us, ended_at_us
FROM jobs WHERE workspace_id = $1 AND state = 'running' ORDER BY id LIMIT 100
