-- People, their sessions, workspaces and keys, and what was done.
CREATE TABLE users (
    id TEXT PRIMARY KEY NOT NULL,
    email TEXT NOT NULL,
    password_hash TEXT,
    verified_at_us INTEGER,
    is_operator INTEGER NOT NULL CHECK (is_operator IN (0, 1)),
    suspended_at_us INTEGER,
    deletion_due_at_us INTEGER,
    totp_sealed TEXT,
    totp_active_at_us INTEGER,
    totp_last_step INTEGER NOT NULL,
    created_at_us INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX users_email ON users (email);
CREATE INDEX users_operators ON users (is_operator) WHERE is_operator = 1;
CREATE INDEX users_deletion ON users (deletion_due_at_us) WHERE deletion_due_at_us IS NOT NULL;

CREATE TABLE recovery_codes (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash TEXT NOT NULL,
    PRIMARY KEY (user_id, code_hash)
) STRICT;

CREATE TABLE user_tokens (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('verify', 'reset')),
    token_hash TEXT NOT NULL,
    expires_at_us INTEGER NOT NULL,
    PRIMARY KEY (user_id, kind)
) STRICT;
CREATE UNIQUE INDEX user_tokens_hash ON user_tokens (token_hash);

CREATE TABLE setup_token (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    token_hash TEXT NOT NULL,
    expires_at_us INTEGER NOT NULL
) STRICT;

CREATE TABLE registration_invites (
    id TEXT PRIMARY KEY NOT NULL,
    token_hash TEXT NOT NULL,
    made_by TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at_us INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX registration_invites_hash ON registration_invites (token_hash);
CREATE INDEX registration_invites_made_by ON registration_invites (made_by);

CREATE TABLE sessions (
    id TEXT PRIMARY KEY NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    generation INTEGER NOT NULL,
    token_hash TEXT NOT NULL,
    second_factor INTEGER NOT NULL CHECK (second_factor IN (0, 1)),
    address TEXT NOT NULL,
    client TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    rotated_at_us INTEGER NOT NULL,
    idle_until_us INTEGER NOT NULL,
    expires_at_us INTEGER NOT NULL,
    revoked_at_us INTEGER
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id, id);
CREATE INDEX sessions_expiry ON sessions (expires_at_us);

CREATE TABLE workspaces (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    personal_of TEXT REFERENCES users (id) ON DELETE CASCADE,
    created_at_us INTEGER NOT NULL,
    members_changed_at_us INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX workspaces_personal_of ON workspaces (personal_of);

CREATE TABLE memberships (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role INTEGER NOT NULL CHECK (role BETWEEN 1 AND 4),
    created_at_us INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, user_id)
) STRICT;
CREATE INDEX memberships_user ON memberships (user_id, workspace_id);

CREATE TABLE workspace_invitations (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    role INTEGER NOT NULL CHECK (role BETWEEN 1 AND 4),
    token_hash TEXT NOT NULL,
    invited_by TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at_us INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX workspace_invitations_hash ON workspace_invitations (token_hash);
CREATE UNIQUE INDEX workspace_invitations_email ON workspace_invitations (workspace_id, email);
CREATE INDEX workspace_invitations_by ON workspace_invitations (invited_by);

CREATE TABLE api_keys (
    id TEXT PRIMARY KEY NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    key_hash TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    expires_at_us INTEGER,
    last_used_at_us INTEGER
) STRICT;
CREATE UNIQUE INDEX api_keys_hash ON api_keys (key_hash);
CREATE INDEX api_keys_user ON api_keys (user_id, id);
CREATE INDEX api_keys_workspace ON api_keys (workspace_id, id);

CREATE TABLE audit_log (
    id TEXT PRIMARY KEY NOT NULL,
    at_us INTEGER NOT NULL,
    actor_id TEXT NOT NULL,
    action TEXT NOT NULL,
    object_id TEXT NOT NULL,
    address TEXT NOT NULL,
    details TEXT NOT NULL
) STRICT;
CREATE INDEX audit_log_actor ON audit_log (actor_id, id);
CREATE INDEX audit_log_object ON audit_log (object_id, id);

CREATE TABLE outgoing_mails (
    id TEXT PRIMARY KEY NOT NULL,
    sealed TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX outgoing_mails_due ON outgoing_mails (due_at_us);
