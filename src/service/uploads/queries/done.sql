-- All bytes are a clip now.
UPDATE uploads SET state = 'done', clip_id = $2 WHERE id = $1 AND state = 'open'
