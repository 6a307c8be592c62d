-- Jobs of all workspaces that ended without success, newest first; for the operator.
SELECT id, workspace_id, kind, subject_id, state, priority, payload, result, error_code, error_text,
    attempts, crashes, fence, cancel_requested, stage, fraction, created_at_us, started_at_us,
    ended_at_us
FROM jobs WHERE state = 'failed' AND id < $1 ORDER BY id DESC LIMIT CAST($2 AS bigint)
