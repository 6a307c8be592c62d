-- Whether a file of this name is still needed; for the sweep.
SELECT id FROM uploads WHERE id = $1 AND state = 'open'
