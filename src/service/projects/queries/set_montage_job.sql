-- Which job renders it.
UPDATE montages SET job_id = $3 WHERE id = $1 AND workspace_id = $2
