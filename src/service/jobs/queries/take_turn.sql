-- The workspace that waited longest among those with work that is ready; it goes to the end of the queue.
UPDATE job_lanes SET served_at_us = now_us()
WHERE workspace_id = (
    SELECT l.workspace_id FROM job_lanes l
    WHERE l.waiting > 0
      AND EXISTS (SELECT 1 FROM jobs j WHERE j.workspace_id = l.workspace_id AND j.state = 'queued'
                  AND (j.ready_at_us <= now_us() OR j.created_at_us > now_us()))
    ORDER BY l.served_at_us, l.workspace_id LIMIT 1)
RETURNING workspace_id
