-- Projects: which clips, which edit plans, which montages, and who may see them by a link.
CREATE TABLE projects (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    wishes TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    changed_at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX projects_of_workspace ON projects (workspace_id, id);

CREATE TABLE project_clips (
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    clip_id TEXT NOT NULL REFERENCES clips (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    PRIMARY KEY (project_id, clip_id)
) STRICT;
CREATE INDEX project_clips_of_clip ON project_clips (clip_id);

CREATE TABLE plans (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    plan TEXT NOT NULL,
    made_by TEXT NOT NULL,
    created_at_us INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX plans_number ON plans (project_id, number);
CREATE INDEX plans_of_workspace ON plans (workspace_id, id);

CREATE TABLE montages (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    plan_id TEXT NOT NULL REFERENCES plans (id) ON DELETE CASCADE,
    job_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('rendering', 'ready')),
    files TEXT NOT NULL,
    report TEXT,
    created_at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX montages_of_project ON montages (project_id, id);
CREATE INDEX montages_of_workspace ON montages (workspace_id, id);
CREATE INDEX montages_of_plan ON montages (plan_id);

CREATE TABLE shares (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    montage_id TEXT NOT NULL REFERENCES montages (id) ON DELETE CASCADE,
    token_hash TEXT NOT NULL,
    made_by TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    expires_at_us INTEGER,
    revoked_at_us INTEGER
) STRICT;
CREATE UNIQUE INDEX shares_token ON shares (token_hash);
CREATE INDEX shares_of_montage ON shares (montage_id, id);
CREATE INDEX shares_of_workspace ON shares (workspace_id, id);
