-- What the look into a clip has found; the row was locked.
UPDATE clips SET state = $2, media = $3, analysis_key = $4, proxy_key = $5, poster_key = $6,
    strip_key = $7, problem = $8
WHERE id = $1
