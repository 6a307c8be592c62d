-- Takes back 0005.
DROP TABLE shares;
DROP TABLE montages;
DROP TABLE plans;
DROP TABLE project_clips;
DROP TABLE projects;
