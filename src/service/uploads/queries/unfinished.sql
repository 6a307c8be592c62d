-- Uploads that have all bytes and no clip yet: something broke at the end. For the sweep.
SELECT id, workspace_id FROM uploads WHERE state = 'open' AND received = length LIMIT 500
