-- What somebody did.
INSERT INTO audit_log (id, at_us, actor_id, action, object_id, address, details)
VALUES ($1, $2, $3, $4, $5, $6, $7)
