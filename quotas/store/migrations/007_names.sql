-- What roles and channels are called, so that a log and a report can be read.
CREATE TABLE names (
  workspace TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (workspace, id));
