"""`ledger.raise_requests`: refusals that a person may ask the admins about, the requests, and the answers."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from quotas.store.store import Store
from quotas.store.transaction import Transaction

MOST = 20  # refusals of a person that can be asked about: being refused costs nothing
TRIMMED_AT_ONCE = 100  # older ones, of a ledger from before there was a bound


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseRequest:
    """A refusal, the request for more that followed, and its answer.

    `id`: carried by the buttons; says nothing by itself.
    `name`: the person's display name at that time.
    `address`: where to tell the person (JSON, opaque here).
    `what`: "images" or "money"; `maximum`, `used` and `amount` are images or micro-dollars accordingly.
    `stopped_by`: the kind of the limit that refused, or "joined".
    `day`: the day on which the person asked, in the workspace's zone; "": did not ask yet.
    `card`: the message in which the admins see the request (JSON, opaque here); "": none yet.
    `answer`: in words, by the admin of the name `answered_by`; "": open.
    """

    id: str
    workspace: str
    person: str
    name: str
    address: str
    what: str
    stopped_by: str
    period: str
    maximum: int
    used: int
    amount: int
    day: str = ""
    card: str = ""
    answer: str = ""
    answered_by: str = ""
    granted: bool = False


_FIELDS = tuple(field.name for field in fields(RaiseRequest))
_COLUMNS = ", ".join(_FIELDS)
_GET = f"SELECT {_COLUMNS} FROM raise_requests WHERE id = ?"
_LATEST = f"""SELECT {_COLUMNS} FROM raise_requests
  WHERE person = ? AND workspace = ? AND asked_at IS NOT NULL ORDER BY asked_at DESC, id DESC LIMIT 1"""
_PUT = f"""INSERT INTO raise_requests ({_COLUMNS}, asked_at, changed_at)
  VALUES ({", ".join("?" * len(_FIELDS))}, NULL, ?)"""
_TRIM = """DELETE FROM raise_requests WHERE id IN (
  SELECT id FROM raise_requests WHERE person = ? AND asked_at IS NULL ORDER BY id DESC LIMIT ? OFFSET ?)"""
_ASK = "UPDATE raise_requests SET day = ?, card = '', asked_at = ?, changed_at = ? WHERE id = ?"
_SET_CARD = "UPDATE raise_requests SET card = ?, changed_at = ? WHERE id = ?"
_ANSWER = "UPDATE raise_requests SET answer = ?, answered_by = ?, granted = ?, changed_at = ? WHERE id = ?"
_DELETE_OLD = "DELETE FROM raise_requests WHERE changed_at < ?"


class RaiseRequests:
    """The requests for more of an open ledger. Methods raise LedgerError if the ledger cannot serve."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    async def put(self, refusal: RaiseRequest) -> None:
        """Store a refusal that the person has not asked about yet, instead of the oldest beyond MOST."""
        row = [getattr(refusal, field) for field in _FIELDS]
        row[_FIELDS.index("granted")] = int(refusal.granted)
        row.append(self._clock())

        def put(tx: Transaction) -> None:
            tx.execute(_PUT, row)
            tx.execute(_TRIM, (refusal.person, TRIMMED_AT_ONCE, MOST))

        await self._store.write(put)

    async def get(self, name: str) -> RaiseRequest | None:
        return await self._read(_GET, (name,))

    async def latest(self, workspace: str, person: str) -> RaiseRequest | None:
        """Return the newest request that a person made in a workspace."""
        return await self._read(_LATEST, (person, workspace))

    async def ask(self, name: str, day: str) -> None:
        """Turn a refusal into a request, made on `day`; one of an earlier day is made again, without card."""
        now = self._clock()
        await self._write(_ASK, (day, now, now, name))

    async def set_card(self, name: str, card: str) -> None:
        await self._write(_SET_CARD, (card, self._clock(), name))

    async def answer(self, name: str, answer: str, by: str, *, granted: bool) -> None:
        """Store the answer, in words, and the name of the admin who gave it."""
        await self._write(_ANSWER, (answer, by, int(granted), self._clock(), name))

    async def delete_old(self, before: float) -> None:
        """Delete what did not change since then (unix seconds)."""
        await self._write(_DELETE_OLD, (before,))

    async def _write(self, sql: str, values: tuple[Any, ...]) -> None:
        await self._store.write(lambda tx: tx.execute(sql, values).rowcount)

    async def _read(self, sql: str, values: tuple[Any, ...]) -> RaiseRequest | None:
        row = await self._store.read(lambda tx: tx.execute(sql, values).fetchone())
        if row is None:
            return None
        request = dict(zip(_FIELDS, row, strict=True))
        return RaiseRequest(**request | {"granted": bool(request["granted"])})
