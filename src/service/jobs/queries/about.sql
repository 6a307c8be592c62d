-- Jobs about one thing that have not ended; for whoever takes the thing away.
SELECT id FROM jobs
WHERE subject_id = $1 AND workspace_id = $2 AND state IN ('queued', 'running') ORDER BY id
