"""Verification: every derived figure is computed again from its sources and must be the same.

Each check is one query whose rows are (where, stored, recomputed). A healthy ledger gives no rows, after
every commit and so also after a power cut. Both directions are checked: counters without jobs, and jobs
without counters.
"""

from quotas.records import Difference
from quotas.settings import replay
from quotas.store.transaction import Transaction

# The amounts of people who were forgotten and came back.
_CARRIED = """
    UNION ALL SELECT workspace, 'person', person, period, {images}, {micros} FROM carried
    UNION ALL SELECT '*', 'person', link, period, {images}, {micros} FROM carried
      JOIN links ON links.workspace = carried.workspace AND links.person = carried.person)"""
# Open jobs count what they hold, closed ones what they were charged, on the days of their reservation. The
# workspace's and the bot's money count what closed ones cost, or may have cost, beyond their charge, too.
_MOVED = """WITH counted AS (
    SELECT workspace, person, channel, day, bot_day,
      COALESCE(charge_images, hold_images) AS images, COALESCE(charge_micros, hold_micros) AS micros,
      COALESCE(charge_micros, hold_micros) + uncertain_micros
        + CASE WHEN cost_micros > charge_micros THEN cost_micros - charge_micros ELSE 0 END AS billed
    FROM jobs),
  daily AS (
    SELECT workspace, 'person' AS kind, person AS ref, day, images, micros FROM counted
    UNION ALL SELECT '*', 'person', link, day, images, micros FROM counted
      JOIN links ON links.workspace = counted.workspace AND links.person = counted.person
    UNION ALL SELECT workspace, 'channel', channel, day, images, micros FROM counted
    UNION ALL SELECT workspace, 'workspace', '*', day, images, billed FROM counted
    UNION ALL SELECT '*', 'bot', '*', bot_day, images, billed FROM counted),
  moved AS (
    SELECT workspace, kind, ref, day AS period, images, micros FROM daily
    UNION ALL SELECT workspace, kind, ref, substr(day, 1, 7), images, micros FROM daily"""
# Grants that are not undone: images for each day, money for each day and its month.
_GRANTED = """WITH granted AS (
    SELECT workspace, kind, ref, grant_days.day, images, micros FROM grant_days
      JOIN entries ON entries.id = grant_days.entry
    WHERE NOT EXISTS (SELECT 1 FROM entries AS undoing WHERE undoing.reverses = entries.id)),
  daily AS (
    SELECT workspace, kind, ref, day, images, micros FROM granted
    UNION ALL SELECT '*', kind, link, day, images, micros FROM granted
      JOIN links ON links.workspace = granted.workspace AND links.person = ref),
  moved AS (
    SELECT workspace, kind, ref, day AS period, images, micros FROM daily
    UNION ALL SELECT workspace, kind, ref, substr(day, 1, 7), 0, micros FROM daily"""
# si, sm: images and micros as stored; ri, rm: as recomputed.
_COMPARED = """{moved}{carried}, lines AS (
    SELECT workspace, kind, ref, period, {images} AS si, {micros} AS sm, 0 AS ri, 0 AS rm FROM counters
    UNION ALL SELECT workspace, kind, ref, period, 0, 0, images, micros FROM moved)
  SELECT workspace || ' ' || kind || ' ' || ref || ' ' || period,
    SUM(si) || ' images, ' || SUM(sm) || ' micros', SUM(ri) || ' images, ' || SUM(rm) || ' micros'
  FROM lines GROUP BY workspace, kind, ref, period HAVING SUM(si) <> SUM(ri) OR SUM(sm) <> SUM(rm)"""
_FIGURES = {"images": "images", "micros": "micros"}
_EXTRA_FIGURES = {"images": "extra_images", "micros": "extra_micros"}
_COUNTERS = _COMPARED.format(moved=_MOVED, carried=_CARRIED.format(**_FIGURES), **_FIGURES)
_EXTRAS = _COMPARED.format(moved=_GRANTED, carried=_CARRIED.format(**_EXTRA_FIGURES), **_EXTRA_FIGURES)

# As above, with j: jobs, c: cost, u: uncertain cost, b: cost beyond the charge.
_ROLLUP = """WITH lines AS (
    SELECT workspace, day, person, channel, tier, model, jobs AS sj, images AS si, charge_micros AS sm,
      cost_micros AS sc, uncertain_micros AS su, beyond_micros AS sb,
      0 AS rj, 0 AS ri, 0 AS rm, 0 AS rc, 0 AS ru, 0 AS rb FROM rollup
    UNION ALL SELECT workspace, day, person, channel, tier, model, 0, 0, 0, 0, 0, 0,
      1, charge_images, charge_micros, cost_micros, uncertain_micros,
      CASE WHEN cost_micros > charge_micros THEN cost_micros - charge_micros ELSE 0 END
      FROM jobs WHERE closed_at IS NOT NULL)
  SELECT workspace || ' ' || day || ' ' || person || ' ' || channel || ' ' || tier || ' ' || model,
    SUM(sj) || ' jobs, ' || SUM(si) || ' images, micros ' || SUM(sm) || ' ' || SUM(sc) || ' ' || SUM(su)
      || ' ' || SUM(sb),
    SUM(rj) || ' jobs, ' || SUM(ri) || ' images, micros ' || SUM(rm) || ' ' || SUM(rc) || ' ' || SUM(ru)
      || ' ' || SUM(rb)
  FROM lines GROUP BY workspace, day, person, channel, tier, model
  HAVING SUM(sj) <> SUM(rj) OR SUM(si) <> SUM(ri) OR SUM(sm) <> SUM(rm)
    OR SUM(sc) <> SUM(rc) OR SUM(su) <> SUM(ru) OR SUM(sb) <> SUM(rb)"""

# The newest entry about an identity names its link, or none.
_LINKS = """WITH newest AS (
    SELECT workspace, ref AS person, MAX(id) AS id FROM entries
    WHERE verb IN ('link', 'unlink') GROUP BY workspace, ref),
  logged AS (
    SELECT newest.workspace, person, after FROM newest JOIN entries ON entries.id = newest.id),
  lines AS (
    SELECT workspace, person FROM links UNION SELECT workspace, person FROM logged WHERE after IS NOT NULL)
  SELECT lines.workspace || ' ' || lines.person, COALESCE(link, 'alone'), COALESCE(after, 'alone')
  FROM lines LEFT JOIN links ON links.workspace = lines.workspace AND links.person = lines.person
    LEFT JOIN logged ON logged.workspace = lines.workspace AND logged.person = lines.person
  WHERE link IS NULL OR after IS NULL OR after NOT LIKE '%"' || link || '"%'"""

_CHARGES = """SELECT 'job ' || id, charge_images || ' images, ' || charge_micros || ' micros charged',
    hold_images || ' images, ' || hold_micros || ' micros held'
  FROM jobs WHERE charge_micros > hold_micros OR charge_images > hold_images
    OR hold_micros <> images * unit_micros + inputs_micros OR hold_images <> images"""

_DELIVERED = """SELECT 'job ' || id, 'delivered, ' || state, 'not closed'
  FROM jobs WHERE delivered_at IS NOT NULL AND closed_at IS NULL"""

# Of a comparison, the job that carries it is found. `request`: that of a forgotten person's job is empty.
_FOUND = """WITH shown AS (
    SELECT id, workspace, person, channel, tier, day FROM jobs
    WHERE state = 'settled' AND delivered_at IS NOT NULL AND deleted_at IS NULL AND emptied_at IS NULL
      AND request <> '' AND images > 0 AND (comparison IS NULL OR comparison = id)),
  found AS (SELECT job, workspace, person, channel, tier, day FROM prompts WHERE found = 1)
  SELECT 'job ' || job, 'found', 'not shown' FROM (SELECT * FROM found EXCEPT SELECT * FROM shown)
  UNION ALL
  SELECT 'job ' || id, 'not found', 'shown' FROM (SELECT * FROM shown EXCEPT SELECT * FROM found)"""

_COLLECTED = """SELECT 'job ' || job, 'kept', 'not found' FROM collected
  WHERE NOT EXISTS (SELECT 1 FROM prompts WHERE prompts.job = collected.job AND found = 1)"""

# Settled amounts never become less. At a budget's end, a rest that is too small for a request may be left.
_ALERTS = """WITH noticed AS (
    SELECT alerts.workspace, month, percent, amount, spent, (
      SELECT COALESCE(SUM(charge_micros + beyond_micros + uncertain_micros), 0)
      FROM rollup WHERE rollup.workspace = alerts.workspace
        AND day BETWEEN month || '-01' AND month || '-31') AS settled
    FROM alerts)
  SELECT workspace || ' ' || month || ' ' || percent || ' % of ' || amount,
    spent || ' micros spent', settled || ' micros spent'
  FROM noticed WHERE spent > settled OR (percent < 100 AND spent * 100 < percent * amount)"""

CHECKS = {
    "counters are what jobs hold and were charged": _COUNTERS,
    "extras are what was granted": _EXTRAS,
    "the rollup is the closed jobs": _ROLLUP,
    "who is joined is what the log says": _LINKS,
    "alerts tell what was spent": _ALERTS,
    "no charge is above its hold, and a hold is its price": _CHARGES,
    "what is delivered is closed": _DELIVERED,
    "a search finds what was delivered and still has pictures": _FOUND,
    "what is kept is found": _COLLECTED,
}


def verify(tx: Transaction) -> list[Difference]:
    """Return every difference between what is stored and what is recomputed; none in a healthy ledger."""
    result = [
        Difference(name, str(where), str(stored), str(recomputed))
        for name, sql in CHECKS.items()
        for where, stored, recomputed in tx.execute(sql).fetchall()
    ]
    result += [Difference("what is set is what the log says", *where) for where in replay.differences(tx)]
    result += [
        Difference("the file is sound", "imagine.db", str(problem), "ok")
        for (problem,) in tx.execute("PRAGMA integrity_check").fetchall()
        if problem != "ok"
    ]
    result += [
        Difference(
            "every reference leads somewhere", f"{table} row {row}", f"refers to {parent}", "no such row"
        )
        for table, row, parent, _ in tx.execute("PRAGMA foreign_key_check").fetchall()
    ]
    return result
