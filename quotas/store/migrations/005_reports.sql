-- What was billed beyond what was charged: fewer pictures delivered than came, or none. Summed job by job, since what
-- one job cost less than its charge pays for no other.
ALTER TABLE rollup ADD COLUMN beyond_micros BIGINT NOT NULL DEFAULT 0 CHECK (beyond_micros >= 0);
UPDATE rollup SET beyond_micros = found.beyond
FROM (
  SELECT workspace, day, person, channel, tier, model, SUM(cost_micros - charge_micros) AS beyond
  FROM jobs WHERE closed_at IS NOT NULL AND cost_micros > charge_micros
  GROUP BY workspace, day, person, channel, tier, model) AS found
WHERE rollup.workspace = found.workspace AND rollup.day = found.day AND rollup.person = found.person
  AND rollup.channel = found.channel AND rollup.tier = found.tier AND rollup.model = found.model;
CREATE INDEX rollup_person ON rollup (workspace, person, day);  -- one of many people: a month of theirs is a few rows
