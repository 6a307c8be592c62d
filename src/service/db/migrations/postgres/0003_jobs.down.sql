-- Takes back 0003.
DROP TABLE events;
DROP TABLE event_counters;
DROP TABLE job_lanes;
DROP TABLE jobs;
