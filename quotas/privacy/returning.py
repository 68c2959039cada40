"""People who were forgotten and may come back: forgetting gives no new allowance and lifts no block.

A keyed digest of workspace and person leads to the pseudonym, until the month of the forgetting is over and
no setting for the person is left. A person who comes back continues with what they used in the current day
and month, and with what was set for them; older amounts stay with the pseudonym. Then the digest is deleted,
and after the last digest also the key.

`welcome` runs inside the transaction that counts for the person. If it ran before, a forgetting could be
written between the two, and the person would be counted from zero, without their block.
"""

import hashlib
import secrets
from datetime import UTC, datetime

from quotas.limits.rules import drop_expired
from quotas.people import links
from quotas.records import ANY, Difference, Limits
from quotas.settings.limits import read_calendar, read_limits
from quotas.settings.log import SETTING_VERBS
from quotas.store import key_value
from quotas.store.transaction import Transaction

NAMESPACE, KEY = "privacy", "key"
KEY_BYTES = 32
WEST = 12 * 3_600  # seconds: midnight in the last time zone comes that long after midnight UTC

_EVERYONE = "SELECT who, workspace, pseudonym, month FROM forgotten"
_REMEMBER = "INSERT INTO forgotten (who, workspace, pseudonym, month) VALUES (?, ?, ?, ?)"
_REMEMBERED = "SELECT pseudonym FROM forgotten WHERE who = ?"
_DRAWERS = "SELECT DISTINCT workspace, person FROM jobs"
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
_RENAME_LIMITS = "UPDATE limits SET ref = ? WHERE workspace = ? AND kind = 'person' AND ref = ?"
_VERBS = tuple(sorted(SETTING_VERBS))
_OF_SETTINGS = f"kind = 'person' AND ref = ? AND verb IN ({', '.join('?' * len(_VERBS))})"
_RENAME_ENTRIES = f"UPDATE entries SET ref = ? WHERE workspace = ? AND {_OF_SETTINGS}"
_CHANGED_SINCE = f"SELECT 1 FROM entries WHERE workspace = ? AND {_OF_SETTINGS} LIMIT 1"


class Digests:
    """The digests and the key that makes them, kept in memory: most requests need no statement.

    Every digest of a committed transaction is among them: `remember` adds one within its transaction, and
    only `load`, which must run between two batches, removes any. Some may be of nobody any more, so the
    table decides.
    """

    def __init__(self) -> None:
        self._known: tuple[bytes, frozenset[str]] = b"", frozenset()  # replaced as one: many threads read it

    def include(self, workspace: str, person: str) -> bool:
        """Return True if the person may have been forgotten in the workspace, or everywhere."""
        key, digests = self._known
        return bool(digests) and any(digest(key, place, person) in digests for place in (workspace, ANY))

    def add(self, key: bytes, who: str) -> None:
        self._known = key, self._known[1] | {who}

    def load(self, tx: Transaction) -> None:
        """Take the digests from the table. Call it on the connection that writes, in no transaction."""
        digests = frozenset(who for who, *_ in tx.execute(_EVERYONE).fetchall())
        self._known = _stored_key(tx), digests

    def welcome(self, tx: Transaction, workspace: str, person: str, now: float) -> None:
        """Call `welcome` for a person who was forgotten in the workspace or everywhere."""
        if self.include(workspace, person):
            for place in (workspace, ANY):
                welcome(tx, place, person, now)


def digest(key: bytes, workspace: str, person: str) -> str:
    return hashlib.blake2b(f"{workspace} {person}".encode(), key=key, digest_size=16).hexdigest()


def remember(
    tx: Transaction, workspace: str, person: str, pseudonym: str, now: float, digests: Digests
) -> None:
    """Store a digest, if a running period or a setting is left that the person must find again."""
    month = read_calendar(tx, workspace).day(now)[:7]
    (last,) = tx.execute(_LAST, (workspace, pseudonym)).fetchone()
    if (last or "") >= month or read_limits(tx, (workspace, "person", pseudonym)) is not None:
        key = _key(tx)
        who = digest(key, workspace, person)
        tx.execute(_REMEMBER, (who, workspace, pseudonym, max(last or month, month)))
        digests.add(key, who)


def welcome(tx: Transaction, workspace: str, person: str, now: float) -> None:
    """Give a person who came back their amounts and settings again; do nothing for everybody else."""
    who = digest(_stored_key(tx), workspace, person)
    row = tx.execute(_REMEMBERED, (who,)).fetchone()
    if row is None:
        return
    (pseudonym,) = row
    tx.execute(_UNREMEMBER, (who,))
    day = read_calendar(tx, workspace).day(now)
    link = links.link_of(tx, workspace, person).ref
    for period, *amounts in tx.execute(_RUNNING, (workspace, pseudonym, day, day[:7])).fetchall():
        tx.execute(_CARRY, (workspace, person, period, *amounts))
        tx.execute(_COUNT, (workspace, person, period, *amounts))
        if link:
            tx.execute(_COUNT, (ANY, link, period, *amounts))
    if not tx.execute(_CHANGED_SINCE, (workspace, person, *_VERBS)).fetchone():
        tx.execute(_RENAME_LIMITS, (person, workspace, pseudonym))
        tx.execute(_RENAME_ENTRIES, (person, workspace, pseudonym, *_VERBS))


def expire(tx: Transaction, now: float) -> None:
    """Delete the digests of people whose month is over and who have no setting left."""
    month = datetime.fromtimestamp(now - WEST, UTC).strftime("%Y-%m")
    for who, workspace, pseudonym, last in tx.execute(_EVERYONE).fetchall():
        setting = read_limits(tx, (workspace, "person", pseudonym)) or Limits()
        if last < month and drop_expired(setting, now) == Limits():
            tx.execute(_UNREMEMBER, (who,))
    if not tx.execute(_EVERYONE).fetchone():
        key_value.delete(tx, NAMESPACE, KEY)


def differences(tx: Transaction) -> list[Difference]:
    """Return everyone who came back and was counted from zero: their digest is still there beside a job."""
    waiting = {who: pseudonym for who, _, pseudonym, _ in tx.execute(_EVERYONE).fetchall()}
    if not waiting:
        return []
    key = _stored_key(tx)
    found = [
        (workspace, person, waiting[who])
        for workspace, person in tx.execute(_DRAWERS).fetchall()
        for place in (workspace, ANY)
        if (who := digest(key, place, person)) in waiting
    ]
    name = "whoever comes back goes on with what they had"
    return [
        Difference(name, f"{workspace} {person}", "nothing carried", f"the amounts of {pseudonym}")
        for workspace, person, pseudonym in found
    ]


def _stored_key(tx: Transaction) -> bytes:
    return bytes.fromhex(key_value.get(tx, NAMESPACE, KEY) or "")


def _key(tx: Transaction) -> bytes:
    key = key_value.get(tx, NAMESPACE, KEY)
    if key is None:
        key = secrets.token_hex(KEY_BYTES)
        key_value.put(tx, NAMESPACE, KEY, key)
    return bytes.fromhex(key)
