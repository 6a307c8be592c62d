-- A new key of a person for one workspace.
INSERT INTO api_keys (id, user_id, workspace_id, name, prefix, key_hash, scopes, created_at_us,
                      expires_at_us, last_used_at_us)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL)
