-- Who was forgotten while rows that nobody is shown still name them. Their amounts have the pseudonym already. A process
-- that is killed meanwhile goes on by this at its next start. channels: JSON of the old name of each to its new one.
CREATE TABLE forgetting (
  pseudonym TEXT NOT NULL,
  workspace TEXT NOT NULL,
  person TEXT NOT NULL,
  name TEXT NOT NULL,
  everywhere BIGINT NOT NULL CHECK (everywhere IN (0, 1)),
  channels TEXT NOT NULL,
  last_job BIGINT NOT NULL,
  last_entry BIGINT NOT NULL,
  PRIMARY KEY (pseudonym, workspace));

-- The messages of a job go with it.
CREATE INDEX messages_job ON messages (job);
