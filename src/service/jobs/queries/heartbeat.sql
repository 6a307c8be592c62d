-- The worker lives and this is how far it is; no row when the job is no longer its own.
UPDATE jobs SET lease_until_us = now_us() + CAST($3 AS bigint), stage = $4,
    fraction = CASE WHEN stage = $4 AND fraction > CAST($5 AS double precision) THEN fraction
                    ELSE CAST($5 AS double precision) END
WHERE id = $1 AND fence = $2 AND state = 'running'
RETURNING cancel_requested
