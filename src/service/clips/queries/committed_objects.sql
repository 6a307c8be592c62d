-- What is kept, in the order of the keys, at most $2 after the key $1; for back-ups.
SELECT key, size, coalesce(sha256, '') AS sha256 FROM objects
WHERE state = 'committed' AND key > $1
ORDER BY key LIMIT CAST($2 AS bigint)
