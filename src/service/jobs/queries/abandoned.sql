-- Running jobs whose worker was not heard of in time.
SELECT id, workspace_id, subject_id, kind, fence, crashes, cancel_requested FROM jobs
WHERE state = 'running' AND lease_until_us < now_us()
ORDER BY lease_until_us LIMIT 100
