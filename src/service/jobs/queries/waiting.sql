-- How many wait in all; for metrics.
SELECT CAST(coalesce(sum(waiting), 0) AS bigint) AS waiting FROM job_lanes WHERE waiting > 0
