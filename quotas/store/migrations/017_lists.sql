-- The question behind a list of pictures waits for its page buttons: one kind more.
CREATE TABLE pending_with_lists (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('words', 'change', 'forget', 'request', 'list')),
  person TEXT NOT NULL,
  workspace TEXT,
  subject TEXT,
  payload TEXT NOT NULL,
  until DOUBLE PRECISION,
  created_at DOUBLE PRECISION NOT NULL);
INSERT INTO pending_with_lists (id, kind, person, workspace, subject, payload, until, created_at)
  SELECT id, kind, person, workspace, subject, payload, until, created_at FROM pending;
DROP TABLE pending;
ALTER TABLE pending_with_lists RENAME TO pending;
CREATE INDEX pending_person ON pending (person);
