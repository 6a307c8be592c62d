-- Objects of which the bytes must go: unwanted ones, and those that nobody has finished for $1 us.
SELECT key, state FROM objects
WHERE state <> 'committed'
    AND (state = 'deleting' OR changed_at_us < now_us() - CAST($1 AS bigint))
ORDER BY changed_at_us LIMIT 500
