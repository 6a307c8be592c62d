-- Name and wishes, if nobody changed the project since version $3.
UPDATE projects SET name = $4, wishes = $5, version = version + 1, changed_at_us = now_us()
WHERE id = $1 AND workspace_id = $2 AND version = CAST($3 AS bigint)
