-- People, their sessions, workspaces and keys, and what was done.
CREATE TABLE users (
    id text PRIMARY KEY,
    email text NOT NULL,
    password_hash text,
    verified_at_us bigint,
    is_operator bigint NOT NULL CHECK (is_operator IN (0, 1)),
    suspended_at_us bigint,
    deletion_due_at_us bigint,
    totp_sealed text,
    totp_active_at_us bigint,
    totp_last_step bigint NOT NULL,
    created_at_us bigint NOT NULL
);
CREATE UNIQUE INDEX users_email ON users (email);
CREATE INDEX users_operators ON users (is_operator) WHERE is_operator = 1;
CREATE INDEX users_deletion ON users (deletion_due_at_us) WHERE deletion_due_at_us IS NOT NULL;

CREATE TABLE recovery_codes (
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash text NOT NULL,
    PRIMARY KEY (user_id, code_hash)
);

CREATE TABLE user_tokens (
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('verify', 'reset')),
    token_hash text NOT NULL,
    expires_at_us bigint NOT NULL,
    PRIMARY KEY (user_id, kind)
);
CREATE UNIQUE INDEX user_tokens_hash ON user_tokens (token_hash);

CREATE TABLE setup_token (
    id bigint PRIMARY KEY CHECK (id = 1),
    token_hash text NOT NULL,
    expires_at_us bigint NOT NULL
);

CREATE TABLE registration_invites (
    id text PRIMARY KEY,
    token_hash text NOT NULL,
    made_by text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at_us bigint NOT NULL
);
CREATE UNIQUE INDEX registration_invites_hash ON registration_invites (token_hash);
CREATE INDEX registration_invites_made_by ON registration_invites (made_by);

CREATE TABLE sessions (
    id text PRIMARY KEY,
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    generation bigint NOT NULL,
    token_hash text NOT NULL,
    second_factor bigint NOT NULL CHECK (second_factor IN (0, 1)),
    address text NOT NULL,
    client text NOT NULL,
    created_at_us bigint NOT NULL,
    rotated_at_us bigint NOT NULL,
    idle_until_us bigint NOT NULL,
    expires_at_us bigint NOT NULL,
    revoked_at_us bigint
);
CREATE INDEX sessions_user ON sessions (user_id, id);
CREATE INDEX sessions_expiry ON sessions (expires_at_us);

CREATE TABLE workspaces (
    id text PRIMARY KEY,
    name text NOT NULL,
    personal_of text REFERENCES users (id) ON DELETE CASCADE,
    created_at_us bigint NOT NULL,
    members_changed_at_us bigint NOT NULL
);
CREATE UNIQUE INDEX workspaces_personal_of ON workspaces (personal_of);

CREATE TABLE memberships (
    workspace_id text NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role bigint NOT NULL CHECK (role BETWEEN 1 AND 4),
    created_at_us bigint NOT NULL,
    PRIMARY KEY (workspace_id, user_id)
);
CREATE INDEX memberships_user ON memberships (user_id, workspace_id);

CREATE TABLE workspace_invitations (
    id text PRIMARY KEY,
    workspace_id text NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    email text NOT NULL,
    role bigint NOT NULL CHECK (role BETWEEN 1 AND 4),
    token_hash text NOT NULL,
    invited_by text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at_us bigint NOT NULL
);
CREATE UNIQUE INDEX workspace_invitations_hash ON workspace_invitations (token_hash);
CREATE UNIQUE INDEX workspace_invitations_email ON workspace_invitations (workspace_id, email);
CREATE INDEX workspace_invitations_by ON workspace_invitations (invited_by);

CREATE TABLE api_keys (
    id text PRIMARY KEY,
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    workspace_id text NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name text NOT NULL,
    prefix text NOT NULL,
    key_hash text NOT NULL,
    scopes text NOT NULL,
    created_at_us bigint NOT NULL,
    expires_at_us bigint,
    last_used_at_us bigint
);
CREATE UNIQUE INDEX api_keys_hash ON api_keys (key_hash);
CREATE INDEX api_keys_user ON api_keys (user_id, id);
CREATE INDEX api_keys_workspace ON api_keys (workspace_id, id);

CREATE TABLE audit_log (
    id text PRIMARY KEY,
    at_us bigint NOT NULL,
    actor_id text NOT NULL,
    action text NOT NULL,
    object_id text NOT NULL,
    address text NOT NULL,
    details text NOT NULL
);
CREATE INDEX audit_log_actor ON audit_log (actor_id, id);
CREATE INDEX audit_log_object ON audit_log (object_id, id);

CREATE TABLE outgoing_mails (
    id text PRIMARY KEY,
    sealed text NOT NULL,
    attempts bigint NOT NULL,
    due_at_us bigint NOT NULL
);
CREATE INDEX outgoing_mails_due ON outgoing_mails (due_at_us);
