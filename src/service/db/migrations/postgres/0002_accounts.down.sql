-- Takes accounts away, with everything in them.
DROP TABLE outgoing_mails;
DROP TABLE audit_log;
DROP TABLE api_keys;
DROP TABLE workspace_invitations;
DROP TABLE memberships;
DROP TABLE workspaces;
DROP TABLE sessions;
DROP TABLE registration_invites;
DROP TABLE setup_token;
DROP TABLE user_tokens;
DROP TABLE recovery_codes;
DROP TABLE users;
