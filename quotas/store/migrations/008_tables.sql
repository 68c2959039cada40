-- What waits for one person's button, which carries the id: words to draw, a change to confirm, or being forgotten.
-- payload is opaque here; subject is the person that a change is about. Nobody can press after `until`.
CREATE TABLE pending (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('words', 'change', 'forget')),
  person TEXT NOT NULL,
  workspace TEXT,
  subject TEXT,
  payload TEXT NOT NULL,
  until DOUBLE PRECISION,
  created_at DOUBLE PRECISION NOT NULL);
CREATE INDEX pending_person ON pending (person);

-- A refusal that a person may ask the admins about, the request for more, and its answer; '': not yet.
-- address and card are JSON, opaque here: where to tell the person, and where the admins see the request.
CREATE TABLE raise_requests (
  id TEXT PRIMARY KEY,
  workspace TEXT NOT NULL,
  person TEXT NOT NULL,
  name TEXT NOT NULL,
  address TEXT NOT NULL,
  what TEXT NOT NULL CHECK (what IN ('images', 'money')),
  stopped_by TEXT NOT NULL,
  period TEXT NOT NULL,
  maximum BIGINT NOT NULL,
  used BIGINT NOT NULL,
  amount BIGINT NOT NULL,
  day TEXT NOT NULL,
  card TEXT NOT NULL,
  answer TEXT NOT NULL,
  answered_by TEXT NOT NULL,
  granted BIGINT NOT NULL CHECK (granted IN (0, 1)),
  asked_at DOUBLE PRECISION,
  changed_at DOUBLE PRECISION NOT NULL,
  CHECK ((day = '') = (asked_at IS NULL)));
CREATE INDEX raise_requests_person ON raise_requests (person, workspace, asked_at);

-- The message (JSON, opaque here) in which a job's private pictures were made public.
CREATE TABLE shares (
  job BIGINT PRIMARY KEY REFERENCES jobs (id),
  message TEXT NOT NULL,
  shared_at DOUBLE PRECISION NOT NULL);

-- Workspaces that took the bot out.
CREATE TABLE departures (
  workspace TEXT PRIMARY KEY,
  left_at DOUBLE PRECISION NOT NULL);

-- The people that a kept value speaks of: it goes when one of them is forgotten.
CREATE TABLE kept_people (
  drawer TEXT NOT NULL,
  key TEXT NOT NULL,
  person TEXT NOT NULL,
  PRIMARY KEY (drawer, key, person),
  FOREIGN KEY (drawer, key) REFERENCES kept (drawer, key) ON DELETE CASCADE);
CREATE INDEX kept_people_person ON kept_people (person);
