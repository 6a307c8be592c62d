-- Work to be done, and what happened: the queue, and the log of events of each workspace.
CREATE TABLE jobs (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    priority INTEGER NOT NULL,
    payload TEXT NOT NULL,
    result TEXT,
    error_code TEXT,
    error_text TEXT,
    attempts INTEGER NOT NULL,
    crashes INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    ready_at_us INTEGER NOT NULL,
    lease_until_us INTEGER,
    worker TEXT,
    cancel_requested INTEGER NOT NULL CHECK (cancel_requested IN (0, 1)),
    stage TEXT NOT NULL,
    fraction REAL NOT NULL,
    created_at_us INTEGER NOT NULL,
    started_at_us INTEGER,
    ended_at_us INTEGER
) STRICT;
CREATE INDEX jobs_waiting ON jobs (workspace_id, priority DESC, ready_at_us, id) WHERE state = 'queued';
CREATE INDEX jobs_leases ON jobs (lease_until_us) WHERE state = 'running';
CREATE INDEX jobs_running ON jobs (workspace_id, id) WHERE state = 'running';
CREATE INDEX jobs_of_workspace ON jobs (workspace_id, id);
CREATE INDEX jobs_of_subject ON jobs (subject_id, id);
CREATE INDEX jobs_failed ON jobs (id) WHERE state = 'failed';

-- Whose turn it is: workspaces are served in the order in which they were last served.
CREATE TABLE job_lanes (
    workspace_id TEXT PRIMARY KEY NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    waiting INTEGER NOT NULL CHECK (waiting >= 0),
    served_at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX job_lanes_turn ON job_lanes (served_at_us, workspace_id) WHERE waiting > 0;

CREATE TABLE event_counters (
    workspace_id TEXT PRIMARY KEY NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL
) STRICT;
CREATE TABLE events (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (workspace_id, seq)
) STRICT;
CREATE INDEX events_age ON events (at_us);
