-- The workspace has one waiting job less.
UPDATE job_lanes SET waiting = waiting - 1 WHERE workspace_id = $1
