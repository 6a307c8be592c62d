-- No more bytes will come than have come; for uploads that began with a guess.
UPDATE uploads SET length = received WHERE id = $1 AND state = 'open'
