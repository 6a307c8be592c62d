-- A new job, waiting; for whoever wants work done, in his transaction.
INSERT INTO jobs (id, workspace_id, kind, subject_id, state, priority, payload, attempts, crashes, fence,
                  ready_at_us, cancel_requested, stage, fraction, created_at_us)
VALUES ($1, $2, $3, $4, 'queued', CAST($5 AS bigint), $6, 0, 0, 0,
        now_us() + CAST($7 AS bigint), 0, '', 0, now_us())
