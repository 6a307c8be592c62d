-- A running job's worker shall stop; for people.
UPDATE jobs SET cancel_requested = 1
WHERE id = $1 AND workspace_id = $2 AND state = 'running'
