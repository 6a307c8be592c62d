-- Work to be done, and what happened: the queue, and the log of events of each workspace.
CREATE TABLE jobs (
    id text PRIMARY KEY,
    workspace_id text NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    kind text NOT NULL,
    subject_id text NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    priority bigint NOT NULL,
    payload text NOT NULL,
    result text,
    error_code text,
    error_text text,
    attempts bigint NOT NULL,
    crashes bigint NOT NULL,
    fence bigint NOT NULL,
    ready_at_us bigint NOT NULL,
    lease_until_us bigint,
    worker text,
    cancel_requested bigint NOT NULL CHECK (cancel_requested IN (0, 1)),
    stage text NOT NULL,
    fraction double precision NOT NULL,
    created_at_us bigint NOT NULL,
    started_at_us bigint,
    ended_at_us bigint
);
CREATE INDEX jobs_waiting ON jobs (workspace_id, priority DESC, ready_at_us, id) WHERE state = 'queued';
CREATE INDEX jobs_leases ON jobs (lease_until_us) WHERE state = 'running';
CREATE INDEX jobs_running ON jobs (workspace_id, id) WHERE state = 'running';
CREATE INDEX jobs_of_workspace ON jobs (workspace_id, id);
CREATE INDEX jobs_of_subject ON jobs (subject_id, id);
CREATE INDEX jobs_failed ON jobs (id) WHERE state = 'failed';

-- Whose turn it is: workspaces are served in the order in which they were last served.
CREATE TABLE job_lanes (
    workspace_id text PRIMARY KEY REFERENCES workspaces (id) ON DELETE CASCADE,
    waiting bigint NOT NULL CHECK (waiting >= 0),
    served_at_us bigint NOT NULL
);
CREATE INDEX job_lanes_turn ON job_lanes (served_at_us, workspace_id) WHERE waiting > 0;

CREATE TABLE event_counters (
    workspace_id text PRIMARY KEY REFERENCES workspaces (id) ON DELETE CASCADE,
    seq bigint NOT NULL
);
CREATE TABLE events (
    workspace_id text NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    seq bigint NOT NULL,
    at_us bigint NOT NULL,
    kind text NOT NULL,
    subject_id text NOT NULL,
    data text NOT NULL,
    PRIMARY KEY (workspace_id, seq)
);
CREATE INDEX events_age ON events (at_us);
