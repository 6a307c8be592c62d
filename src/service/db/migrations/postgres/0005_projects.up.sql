-- Projects: which clips, which edit plans, which montages, and who may see them by a link.
CREATE TABLE projects (
    id text PRIMARY KEY,
    workspace_id text NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name text NOT NULL,
    version bigint NOT NULL,
    wishes text NOT NULL,
    created_at_us bigint NOT NULL,
    changed_at_us bigint NOT NULL
);
CREATE INDEX projects_of_workspace ON projects (workspace_id, id);

CREATE TABLE project_clips (
    project_id text NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    clip_id text NOT NULL REFERENCES clips (id) ON DELETE CASCADE,
    place bigint NOT NULL,
    PRIMARY KEY (project_id, clip_id)
);
CREATE INDEX project_clips_of_clip ON project_clips (clip_id);

CREATE TABLE plans (
    id text PRIMARY KEY,
    workspace_id text NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    project_id text NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    number bigint NOT NULL,
    plan text NOT NULL,
    made_by text NOT NULL,
    created_at_us bigint NOT NULL
);
CREATE UNIQUE INDEX plans_number ON plans (project_id, number);
CREATE INDEX plans_of_workspace ON plans (workspace_id, id);

CREATE TABLE montages (
    id text PRIMARY KEY,
    workspace_id text NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    project_id text NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    plan_id text NOT NULL REFERENCES plans (id) ON DELETE CASCADE,
    job_id text NOT NULL,
    state text NOT NULL CHECK (state IN ('rendering', 'ready')),
    files text NOT NULL,
    report text,
    created_at_us bigint NOT NULL
);
CREATE INDEX montages_of_project ON montages (project_id, id);
CREATE INDEX montages_of_workspace ON montages (workspace_id, id);
CREATE INDEX montages_of_plan ON montages (plan_id);

CREATE TABLE shares (
    id text PRIMARY KEY,
    workspace_id text NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    montage_id text NOT NULL REFERENCES montages (id) ON DELETE CASCADE,
    token_hash text NOT NULL,
    made_by text NOT NULL,
    created_at_us bigint NOT NULL,
    expires_at_us bigint,
    revoked_at_us bigint
);
CREATE UNIQUE INDEX shares_token ON shares (token_hash);
CREATE INDEX shares_of_montage ON shares (montage_id, id);
CREATE INDEX shares_of_workspace ON shares (workspace_id, id);
