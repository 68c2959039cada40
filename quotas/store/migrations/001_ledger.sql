-- One text for SQLite >= 3.35 and PostgreSQL. Money: micro-dollars. Times: unix seconds, UTC.
-- Days: YYYY-MM-DD in a zone, worked out once, when the job is reserved; a month is a day's first seven letters.

-- A change of zone waits in next_zone until switch_at. The row '*' is the operator's zone, for all without their own.
CREATE TABLE workspaces (
  id TEXT PRIMARY KEY,
  zone TEXT NOT NULL,
  next_zone TEXT,
  switch_at BIGINT,
  CHECK ((next_zone IS NULL) = (switch_at IS NULL)));

-- Settings. NULL: not set at this level; -1: expressly unlimited. A block has an end of its own.
CREATE TABLE limits (
  workspace TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('everyone', 'role', 'person', 'channel', 'workspace', 'bot')),
  ref TEXT NOT NULL,
  images_per_day BIGINT CHECK (images_per_day >= -1),
  money_per_day BIGINT CHECK (money_per_day >= -1),
  money_per_month BIGINT CHECK (money_per_month >= -1),
  tiers TEXT,
  until BIGINT,
  blocked BIGINT NOT NULL CHECK (blocked IN (0, 1)),
  blocked_until BIGINT,
  PRIMARY KEY (workspace, kind, ref));

-- Counted for every job, limit or not, so that a new limit needs no backfill. images and micros are holds and charges;
-- extra_* is what was granted for this very period, kept here so that a guard reads one row.
CREATE TABLE counters (
  workspace TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('person', 'channel', 'workspace', 'bot')),
  ref TEXT NOT NULL,
  period TEXT NOT NULL,
  images BIGINT NOT NULL CHECK (images >= 0),
  micros BIGINT NOT NULL CHECK (micros >= 0),
  extra_images BIGINT NOT NULL CHECK (extra_images >= 0),
  extra_micros BIGINT NOT NULL CHECK (extra_micros >= 0),
  PRIMARY KEY (workspace, kind, period, ref));

-- The job row is the reservation. The account is whose counter pays; bot_day is the day in the operator's zone.
-- deleted_at: somebody took the pictures away; emptied_at: their time was over.
CREATE TABLE jobs (
  id BIGINT PRIMARY KEY,
  request_id TEXT NOT NULL UNIQUE,
  workspace TEXT NOT NULL,
  channel TEXT NOT NULL,
  person TEXT NOT NULL,
  name TEXT NOT NULL,
  account_workspace TEXT NOT NULL,
  account TEXT NOT NULL,
  tier TEXT NOT NULL,
  model TEXT NOT NULL,
  quality TEXT NOT NULL,
  ratio TEXT NOT NULL,
  images BIGINT NOT NULL CHECK (images > 0),
  official_micros BIGINT NOT NULL CHECK (official_micros >= 0),
  unit_micros BIGINT NOT NULL CHECK (unit_micros >= 0),
  multiplier TEXT NOT NULL,
  price_since TEXT NOT NULL,
  origin TEXT NOT NULL,
  parent BIGINT,
  request TEXT NOT NULL,
  platform TEXT NOT NULL,
  address TEXT NOT NULL,
  reply_token TEXT,
  reply_until BIGINT,
  card TEXT,
  day TEXT NOT NULL,
  bot_day TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('reserved', 'running', 'settled', 'released')),
  hold_images BIGINT NOT NULL CHECK (hold_images > 0),
  hold_micros BIGINT NOT NULL CHECK (hold_micros >= 0),
  charge_images BIGINT CHECK (charge_images BETWEEN 0 AND hold_images),
  charge_micros BIGINT CHECK (charge_micros BETWEEN 0 AND hold_micros),
  cost_micros BIGINT NOT NULL CHECK (cost_micros >= 0),
  uncertain_micros BIGINT NOT NULL CHECK (uncertain_micros >= 0),
  outcome TEXT,
  created_at DOUBLE PRECISION NOT NULL,
  started_at DOUBLE PRECISION,
  closed_at DOUBLE PRECISION,
  delivered_at DOUBLE PRECISION,
  deleted_at DOUBLE PRECISION,
  emptied_at DOUBLE PRECISION,
  CHECK ((state IN ('settled', 'released')) = (closed_at IS NOT NULL)),
  CHECK ((closed_at IS NULL) = (charge_images IS NULL)),
  CHECK ((closed_at IS NULL) = (charge_micros IS NULL)),
  CHECK (state <> 'released' OR (charge_images = 0 AND charge_micros = 0)),
  CHECK (delivered_at IS NULL OR closed_at IS NOT NULL));
CREATE INDEX jobs_open ON jobs (created_at) WHERE closed_at IS NULL;
CREATE INDEX jobs_undelivered ON jobs (closed_at) WHERE closed_at IS NOT NULL AND delivered_at IS NULL;
CREATE INDEX jobs_kept ON jobs (closed_at) WHERE state = 'settled' AND deleted_at IS NULL AND emptied_at IS NULL;
CREATE INDEX jobs_lent ON jobs (reply_until) WHERE reply_token IS NOT NULL;
CREATE INDEX jobs_person ON jobs (workspace, person, created_at);

-- Written with the close of each job, so that no report reads jobs.
CREATE TABLE rollup (
  workspace TEXT NOT NULL,
  day TEXT NOT NULL,
  person TEXT NOT NULL,
  channel TEXT NOT NULL,
  tier TEXT NOT NULL,
  model TEXT NOT NULL,
  jobs BIGINT NOT NULL CHECK (jobs >= 0),
  images BIGINT NOT NULL CHECK (images >= 0),
  charge_micros BIGINT NOT NULL CHECK (charge_micros >= 0),
  cost_micros BIGINT NOT NULL CHECK (cost_micros >= 0),
  uncertain_micros BIGINT NOT NULL CHECK (uncertain_micros >= 0),
  PRIMARY KEY (workspace, day, person, channel, tier, model));

-- The log. A grant carries its day and amounts, from which the extras are recomputed.
CREATE TABLE entries (
  id BIGINT PRIMARY KEY,
  request_id TEXT NOT NULL UNIQUE,
  at DOUBLE PRECISION NOT NULL,
  workspace TEXT NOT NULL,
  author TEXT NOT NULL,
  verb TEXT NOT NULL,
  kind TEXT NOT NULL,
  ref TEXT NOT NULL,
  before TEXT,
  after TEXT,
  reason TEXT NOT NULL,
  reverses BIGINT REFERENCES entries (id),
  day TEXT,
  images BIGINT NOT NULL CHECK (images >= 0),
  micros BIGINT NOT NULL CHECK (micros >= 0),
  CHECK ((verb = 'grant') = (day IS NOT NULL)));
CREATE INDEX entries_workspace ON entries (workspace, id);

CREATE TABLE people (
  workspace TEXT NOT NULL,
  person TEXT NOT NULL,
  name TEXT NOT NULL,
  seen_at DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (workspace, person));

-- A reaction on a message finds its job.
CREATE TABLE messages (
  platform TEXT NOT NULL,
  channel TEXT NOT NULL,
  message TEXT NOT NULL,
  job BIGINT NOT NULL REFERENCES jobs (id),
  PRIMARY KEY (platform, channel, message));

-- What an adapter must remember. position orders a drawer by when each value was put there.
CREATE TABLE kept (
  drawer TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  position BIGINT NOT NULL,
  PRIMARY KEY (drawer, key));
