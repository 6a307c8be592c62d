-- Montages of a project, newest first, those before the cursor $2. Until one is ready it is what its job is.
SELECT m.id, m.project_id, m.plan_id, m.job_id, m.files, m.report, m.created_at_us, j.error_text AS problem,
    CASE WHEN m.state = 'ready' THEN 'ready'
         WHEN j.state IN ('failed', 'cancelled') THEN 'failed' ELSE 'rendering' END AS state
FROM montages m LEFT JOIN jobs j ON j.id = m.job_id
WHERE m.project_id = $1 AND m.id < $2 ORDER BY m.id DESC LIMIT CAST($3 AS bigint)
