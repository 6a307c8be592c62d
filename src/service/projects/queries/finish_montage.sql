-- Rendered: which files, and the report.
UPDATE montages SET state = 'ready', files = $3, report = $4
WHERE id = $1 AND workspace_id = $2 AND state = 'rendering'
