-- Who was forgotten while a period of theirs runs, or something set for them stands: forgetting is no fresh allowance.
-- `who` is a keyed digest of workspace and person; the row goes when the month is over and nothing is set any more.
CREATE TABLE forgotten (
  who TEXT PRIMARY KEY,
  workspace TEXT NOT NULL,
  pseudonym TEXT NOT NULL,
  month TEXT NOT NULL);

-- What somebody who came back had on their counters when they were forgotten. Its jobs and grants stay with the pseudonym.
CREATE TABLE carried (
  workspace TEXT NOT NULL,
  person TEXT NOT NULL,
  period TEXT NOT NULL,
  images BIGINT NOT NULL CHECK (images >= 0),
  micros BIGINT NOT NULL CHECK (micros >= 0),
  extra_images BIGINT NOT NULL CHECK (extra_images >= 0),
  extra_micros BIGINT NOT NULL CHECK (extra_micros >= 0),
  PRIMARY KEY (workspace, person, period));

-- The words of a job are kept as long as its pictures, whatever became of it.
DROP INDEX jobs_kept;
CREATE INDEX jobs_kept ON jobs (closed_at) WHERE closed_at IS NOT NULL AND emptied_at IS NULL;

-- Entries are added, never altered, but for a person's name: a pseudonym may take its place, or give it back.
DROP TRIGGER entries_keep_their_text;
CREATE TRIGGER entries_keep_their_text BEFORE UPDATE ON entries
WHEN NOT (
  NEW.id = OLD.id AND NEW.at = OLD.at AND NEW.workspace = OLD.workspace AND NEW.verb = OLD.verb
  AND NEW.kind = OLD.kind AND NEW.reverses IS OLD.reverses AND NEW.day IS OLD.day
  AND NEW.images = OLD.images AND NEW.micros = OLD.micros
  AND (NEW.author = OLD.author OR NEW.author GLOB '*:forgotten-*')
  AND (NEW.ref = OLD.ref OR NEW.ref GLOB '*:forgotten-*' OR OLD.ref GLOB '*:forgotten-*')
  AND (NEW.before IS OLD.before OR COALESCE(NEW.before, '') GLOB '*:forgotten-*')
  AND (NEW.after IS OLD.after OR COALESCE(NEW.after, '') GLOB '*:forgotten-*')
  AND (NEW.request_id = OLD.request_id OR NEW.request_id GLOB '*:forgotten-*')
  AND (NEW.reason = OLD.reason OR NEW.reason GLOB '*:forgotten-*'
    OR (NEW.reason = '' AND NEW.ref GLOB '*:forgotten-*')))
BEGIN
  SELECT RAISE(ABORT, 'an entry is never changed');
END;
