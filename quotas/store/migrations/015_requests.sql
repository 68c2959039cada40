-- A request that was refused may wait, too, for the button that draws it otherwise; its files are under its id. So
-- may the question behind a list of pictures, for its page buttons.
CREATE TABLE pending_new (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('words', 'change', 'forget', 'request', 'list')),
  person TEXT NOT NULL,
  workspace TEXT,
  subject TEXT,
  payload TEXT NOT NULL,
  until DOUBLE PRECISION,
  created_at DOUBLE PRECISION NOT NULL);
INSERT INTO pending_new (id, kind, person, workspace, subject, payload, until, created_at)
  SELECT id, kind, person, workspace, subject, payload, until, created_at FROM pending;
DROP TABLE pending;
ALTER TABLE pending_new RENAME TO pending;
CREATE INDEX pending_person ON pending (person);
