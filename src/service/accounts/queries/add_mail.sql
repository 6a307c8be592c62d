-- A mail to be sent.
INSERT INTO outgoing_mails (id, sealed, attempts, due_at_us)
VALUES ($1, $2, 0, $3)
