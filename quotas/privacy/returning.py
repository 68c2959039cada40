"""Who was forgotten and may come back: forgetting is no fresh allowance, and lifts no block.

While the month runs in which somebody was forgotten, or something set for them stands, a keyed digest of who
it was leads to their pseudonym. Whoever comes back goes on with what was used of running days and months, and
with what was set; what is older stays nobody's. Then the digest goes, and in the end its key.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from quotas.limits.rules import live
from quotas.people import links
from quotas.records import ANY, Limits
from quotas.settings.limits import calendar, limits
from quotas.settings.log import SETTING_VERBS
from quotas.store import key_value
from quotas.store.transaction import Transaction

NAMESPACE, KEY = "privacy", "key"
KEY_BYTES = 32
WEST = 12 * 3_600  # seconds by which the last zone's midnight is behind UTC's

_EVERYONE = "SELECT who, workspace, pseudonym, month FROM forgotten"
_REMEMBER = "INSERT INTO forgotten (who, workspace, pseudonym, month) VALUES (?, ?, ?, ?)"
_REMEMBERED = "SELECT pseudonym FROM forgotten WHERE who = ?"
_UNREMEMBER = "DELETE FROM forgotten WHERE who = ?"
_LAST = "SELECT MAX(substr(period, 1, 7)) FROM counters WHERE workspace = ? AND kind = 'person' AND ref = ?"
_RUNNING = """SELECT period, images, micros, extra_images, extra_micros FROM counters
  WHERE workspace = ? AND kind = 'person' AND ref = ? AND (period >= ? OR period = ?)"""
_CARRY = """INSERT INTO carried (workspace, person, period, images, micros, extra_images, extra_micros)
  VALUES (?, ?, ?, ?, ?, ?, ?)"""
_COUNT = """INSERT INTO counters (workspace, kind, ref, period, images, micros, extra_images, extra_micros)
  VALUES (?, 'person', ?, ?, ?, ?, ?, ?)
  ON CONFLICT (workspace, kind, period, ref) DO UPDATE
  SET images = counters.images + excluded.images, micros = counters.micros + excluded.micros,
      extra_images = counters.extra_images + excluded.extra_images,
      extra_micros = counters.extra_micros + excluded.extra_micros"""
_SET = "UPDATE limits SET ref = ? WHERE workspace = ? AND kind = 'person' AND ref = ?"
_VERBS = tuple(sorted(SETTING_VERBS))
_OF_SETTINGS = f"kind = 'person' AND ref = ? AND verb IN ({', '.join('?' * len(_VERBS))})"
_TOLD = f"UPDATE entries SET ref = ? WHERE workspace = ? AND {_OF_SETTINGS}"
_CHANGED_SINCE = f"SELECT 1 FROM entries WHERE workspace = ? AND {_OF_SETTINGS} LIMIT 1"


@dataclass(frozen=True, slots=True)
class Away:
    """The digests, and the key that makes them; kept in memory, so that nobody else waits for it."""

    key: bytes = b""
    digests: frozenset[str] = frozenset()

    def has(self, workspace: str, person: str) -> bool:
        return bool(self.digests) and digest(self.key, workspace, person) in self.digests


def digest(key: bytes, workspace: str, person: str) -> str:
    return hashlib.blake2b(f"{workspace} {person}".encode(), key=key, digest_size=16).hexdigest()


def away(tx: Transaction) -> Away:
    digests = frozenset(who for who, *_ in tx.execute(_EVERYONE).fetchall())
    return Away(bytes.fromhex(key_value.get(tx, NAMESPACE, KEY) or ""), digests)


def remember(tx: Transaction, workspace: str, person: str, pseudonym: str, now: float) -> None:
    """Only while something of theirs runs that they must find again."""
    month = calendar(tx, workspace).day(now)[:7]
    (last,) = tx.execute(_LAST, (workspace, pseudonym)).fetchone()
    if (last or "") >= month or limits(tx, (workspace, "person", pseudonym)) is not None:
        who = digest(_key(tx), workspace, person)
        tx.execute(_REMEMBER, (who, workspace, pseudonym, max(last or month, month)))


def welcome(tx: Transaction, workspace: str, person: str, now: float) -> None:
    """Whoever is back goes on where they were; nothing happens for everybody else."""
    known = away(tx)
    if not known.has(workspace, person):
        return
    who = digest(known.key, workspace, person)
    (pseudonym,) = tx.execute(_REMEMBERED, (who,)).fetchone()
    tx.execute(_UNREMEMBER, (who,))
    day = calendar(tx, workspace).day(now)
    link = links.link_of(tx, workspace, person).ref
    for period, *amounts in tx.execute(_RUNNING, (workspace, pseudonym, day, day[:7])).fetchall():
        tx.execute(_CARRY, (workspace, person, period, *amounts))
        tx.execute(_COUNT, (workspace, person, period, *amounts))
        if link:
            tx.execute(_COUNT, (ANY, link, period, *amounts))
    if not tx.execute(_CHANGED_SINCE, (workspace, person, *_VERBS)).fetchone():
        tx.execute(_SET, (person, workspace, pseudonym))
        tx.execute(_TOLD, (person, workspace, pseudonym, *_VERBS))


def expire(tx: Transaction, now: float) -> None:
    """Drop the digests of those whose month is over, and for whom nothing is set any more."""
    month = datetime.fromtimestamp(now - WEST, UTC).strftime("%Y-%m")
    for who, workspace, pseudonym, last in tx.execute(_EVERYONE).fetchall():
        setting = limits(tx, (workspace, "person", pseudonym)) or Limits()
        if last < month and live(setting, now) == Limits():
            tx.execute(_UNREMEMBER, (who,))
    if not away(tx).digests:
        key_value.delete(tx, NAMESPACE, KEY)


def _key(tx: Transaction) -> bytes:
    found = key_value.get(tx, NAMESPACE, KEY)
    if found is None:
        found = secrets.token_hex(KEY_BYTES)
        key_value.put(tx, NAMESPACE, KEY, found)
    return bytes.fromhex(found)
