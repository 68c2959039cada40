-- What a search finds a job by, in rows so short that all of a workspace are read in no time.
-- words: the prompt without case. private: only its person sees the job, unless it was shared.
-- found: it was delivered, and its pictures are neither deleted nor expired.
CREATE TABLE prompts (
  job BIGINT PRIMARY KEY REFERENCES jobs (id),
  workspace TEXT NOT NULL,
  person TEXT NOT NULL,
  channel TEXT NOT NULL,
  tier TEXT NOT NULL,
  day TEXT NOT NULL,
  private BIGINT NOT NULL CHECK (private IN (0, 1)),
  found BIGINT NOT NULL CHECK (found IN (0, 1)),
  words TEXT NOT NULL);
CREATE INDEX prompts_person ON prompts (workspace, person, job);
CREATE INDEX prompts_workspace ON prompts (workspace, job);

-- Jobs that their person keeps beyond their time, in the collection of that name; '': the one without a name.
CREATE TABLE collected (
  job BIGINT PRIMARY KEY REFERENCES jobs (id),
  collection TEXT NOT NULL,
  collected_at DOUBLE PRECISION NOT NULL);
