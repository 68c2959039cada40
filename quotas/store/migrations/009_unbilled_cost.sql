-- The money of a workspace and of the bot counts what the provider bills, too: cost beyond the charge, and cost that
-- nobody can know. A person's money, and a channel's, counts charges alone, as before.
UPDATE counters SET micros = counters.micros + found.excess
FROM (
  WITH closed AS (
    SELECT workspace, day, bot_day, uncertain_micros
      + CASE WHEN cost_micros > charge_micros THEN cost_micros - charge_micros ELSE 0 END AS excess
    FROM jobs WHERE closed_at IS NOT NULL),
  daily AS (
    SELECT workspace, 'workspace' AS kind, day, excess FROM closed
    UNION ALL SELECT '*', 'bot', bot_day, excess FROM closed)
  SELECT workspace, kind, period, SUM(excess) AS excess
  FROM (
    SELECT workspace, kind, day AS period, excess FROM daily
    UNION ALL SELECT workspace, kind, substr(day, 1, 7), excess FROM daily) AS lines
  GROUP BY workspace, kind, period) AS found
WHERE counters.workspace = found.workspace AND counters.kind = found.kind AND counters.period = found.period
  AND counters.ref = '*' AND found.excess > 0;
