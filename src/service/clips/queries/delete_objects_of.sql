-- All of a workspace that is to go; the sweep takes the bytes.
UPDATE objects SET state = 'deleting', changed_at_us = now_us()
WHERE workspace_id = $1 AND state <> 'deleting'
