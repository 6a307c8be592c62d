-- An upload that is over and whose file is gone.
DELETE FROM uploads WHERE id = $1 AND state <> 'open'
