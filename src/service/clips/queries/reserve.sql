-- More bytes for a workspace if its quota $3 (0: none) allows them; the row stays locked.
UPDATE workspace_usage SET reserved_bytes = reserved_bytes + CAST($2 AS bigint)
WHERE workspace_id = $1 AND (CAST($3 AS bigint) = 0
    OR committed_bytes + reserved_bytes + CAST($2 AS bigint) <= CAST($3 AS bigint))
