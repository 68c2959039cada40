-- words: the prompt as a search compares it, without case; '' once it expired or its person was forgotten.
-- private: only its person sees the job, unless it was shared.
ALTER TABLE jobs ADD COLUMN words TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN private BIGINT NOT NULL DEFAULT 0 CHECK (private IN (0, 1));
CREATE INDEX jobs_found ON jobs (workspace, created_at)
  WHERE state = 'settled' AND deleted_at IS NULL AND emptied_at IS NULL;

-- Jobs that their person keeps beyond their time, in the collection of that name; '': the one without a name.
CREATE TABLE collected (
  job BIGINT PRIMARY KEY REFERENCES jobs (id),
  collection TEXT NOT NULL,
  collected_at DOUBLE PRECISION NOT NULL);
