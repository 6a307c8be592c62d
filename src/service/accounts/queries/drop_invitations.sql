-- Nobody is invited to a workspace any more.
DELETE FROM workspace_invitations
WHERE workspace_id = $1
