-- The mail that waits longest; put off, so that nobody else sends it meanwhile.
UPDATE outgoing_mails
SET attempts = attempts + 1, due_at_us = $2
WHERE id = (SELECT id FROM outgoing_mails WHERE due_at_us <= $1 ORDER BY due_at_us LIMIT 1)
  AND due_at_us <= $1
RETURNING id, sealed, attempts
