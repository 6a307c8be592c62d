-- Takes back 0004.
DROP TABLE clips;
DROP TABLE uploads;
DROP TABLE workspace_usage;
DROP TABLE objects;
