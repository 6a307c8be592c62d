-- An invitation is taken back.
DELETE FROM workspace_invitations
WHERE workspace_id = $1 AND id = $2
