-- Help with a prompt is a job without images: a language model is asked, and its tokens are held, charged and billed.
-- A CHECK cannot be changed, so the table is made anew. What refers to it is checked when the transaction ends.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE jobs_before AS SELECT * FROM jobs;
DROP TABLE jobs;
CREATE TABLE jobs (
  id BIGINT PRIMARY KEY,
  request_id TEXT NOT NULL UNIQUE,
  workspace TEXT NOT NULL,
  channel TEXT NOT NULL,
  person TEXT NOT NULL,
  name TEXT NOT NULL,
  tier TEXT NOT NULL,
  model TEXT NOT NULL,
  quality TEXT NOT NULL,
  ratio TEXT NOT NULL,
  images BIGINT NOT NULL CHECK (images >= 0),
  official_micros BIGINT NOT NULL CHECK (official_micros >= 0),
  unit_micros BIGINT NOT NULL CHECK (unit_micros >= 0),
  inputs_micros BIGINT NOT NULL DEFAULT 0 CHECK (inputs_micros >= 0),
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
  hold_images BIGINT NOT NULL CHECK (hold_images >= 0),
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
  comparison BIGINT,
  CHECK ((state IN ('settled', 'released')) = (closed_at IS NOT NULL)),
  CHECK ((closed_at IS NULL) = (charge_images IS NULL)),
  CHECK ((closed_at IS NULL) = (charge_micros IS NULL)),
  CHECK (state <> 'released' OR (charge_images = 0 AND charge_micros = 0)),
  CHECK (delivered_at IS NULL OR closed_at IS NOT NULL),
  CHECK (images > 0 OR (unit_micros = 0 AND comparison IS NULL)));
INSERT INTO jobs (id, request_id, workspace, channel, person, name, tier, model, quality, ratio, images,
    official_micros, unit_micros, inputs_micros, multiplier, price_since, origin, parent, request, platform, address,
    reply_token, reply_until, card, day, bot_day, state, hold_images, hold_micros, charge_images, charge_micros,
    cost_micros, uncertain_micros, outcome, created_at, started_at, closed_at, delivered_at, deleted_at, emptied_at,
    comparison)
  SELECT id, request_id, workspace, channel, person, name, tier, model, quality, ratio, images,
    official_micros, unit_micros, inputs_micros, multiplier, price_since, origin, parent, request, platform, address,
    reply_token, reply_until, card, day, bot_day, state, hold_images, hold_micros, charge_images, charge_micros,
    cost_micros, uncertain_micros, outcome, created_at, started_at, closed_at, delivered_at, deleted_at, emptied_at,
    comparison
  FROM jobs_before;
DROP TABLE jobs_before;
CREATE INDEX jobs_undelivered ON jobs (closed_at) WHERE closed_at IS NOT NULL AND delivered_at IS NULL;
CREATE INDEX jobs_kept ON jobs (closed_at) WHERE closed_at IS NOT NULL AND emptied_at IS NULL;
CREATE INDEX jobs_lent ON jobs (reply_until) WHERE reply_token IS NOT NULL;
CREATE INDEX jobs_person ON jobs (workspace, person, created_at);
CREATE INDEX jobs_comparison ON jobs (comparison) WHERE comparison IS NOT NULL;
CREATE INDEX jobs_unproven ON jobs (workspace, day) WHERE state = 'settled' AND uncertain_micros > 0;
CREATE INDEX jobs_open ON jobs (workspace, person, day, hold_images, hold_micros) WHERE closed_at IS NULL;
