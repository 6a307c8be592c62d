-- Objects in the making below a folder $2; for whoever knows that nobody makes them any more.
SELECT key FROM objects
WHERE state <> 'committed' AND state = 'staged' AND workspace_id = $1
    AND substr(key, 1, length($2)) = $2
ORDER BY changed_at_us LIMIT 500
