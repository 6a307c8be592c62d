-- It will not go on: terminated, or its bytes are lost.
UPDATE uploads SET state = 'ended' WHERE id = $1 AND state = 'open'
