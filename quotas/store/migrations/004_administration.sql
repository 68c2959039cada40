-- A grant holds on each of its days: images and micros of its entry are what it adds to each of them.
CREATE TABLE grant_days (
  entry BIGINT NOT NULL REFERENCES entries (id),
  day TEXT NOT NULL,
  PRIMARY KEY (entry, day));
INSERT INTO grant_days (entry, day) SELECT id, day FROM entries WHERE verb = 'grant';

-- An entry is undone once.
CREATE UNIQUE INDEX entries_reverses ON entries (reverses) WHERE reverses IS NOT NULL;
CREATE INDEX entries_subject ON entries (ref, workspace, kind, id);

-- What a workspace prefers: one row for each that is set.
CREATE TABLE preferences (
  workspace TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (workspace, name));

-- So much of a month's budget was spent. Each is noticed once, and told once; another amount is another budget.
CREATE TABLE alerts (
  workspace TEXT NOT NULL,
  month TEXT NOT NULL,
  percent BIGINT NOT NULL CHECK (percent > 0),
  amount BIGINT NOT NULL CHECK (amount >= 0),
  spent BIGINT NOT NULL CHECK (spent >= 0),
  noticed_at DOUBLE PRECISION NOT NULL,
  told_at DOUBLE PRECISION,
  PRIMARY KEY (workspace, month, amount, percent));
CREATE INDEX alerts_due ON alerts (noticed_at) WHERE told_at IS NULL;

-- What open jobs hold is asked for a workspace, and for one person in it.
DROP INDEX jobs_open;
CREATE INDEX jobs_open ON jobs (workspace, person, day, hold_images, hold_micros) WHERE closed_at IS NULL;
