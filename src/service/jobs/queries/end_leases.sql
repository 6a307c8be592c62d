-- The jobs of a worker that is dead are abandoned at once; for its successor.
UPDATE jobs SET lease_until_us = 0 WHERE state = 'running' AND worker = $1
