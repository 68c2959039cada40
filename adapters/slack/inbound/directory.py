"""What Slack says of a person: name, guest or member, user groups, admin. Asked for, and kept for minutes.

Slack tells none of it with what somebody does. Who may change something is asked for anew.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Generic, TypeVar

import structlog

from adapters.slack.errors import NO_ANSWER, Refusal, TooOften, reason
from adapters.slack.inbound import convert
from adapters.slack.outbound.web_api import Calls, Json
from bot.port.protocols import DeliveryError
from bot.port.requests import Person

K = TypeVar("K")
V = TypeVar("V")
Groups = Mapping[str, frozenset[str]]  # user ids by user group
log = structlog.get_logger()

KEPT_SECONDS = 300.0  # how long a right that was taken away may still count
KEPT_MOST = 10_000  # people; the oldest go
PATIENCE = 10.0  # seconds for Slack to answer, and for the quiet that it asks for
NO_GROUPS = ("missing_scope", "no_such_subteam", "plan_upgrade_required")  # there is nothing to be seen


class _Shelf(Generic[K, V]):
    """Values that are asked for once for all who wait, and kept for some minutes."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: dict[K, tuple[V, float]] = {}
        self._asking: dict[K, asyncio.Task[V | None]] = {}

    def get(self, key: K) -> V | None:
        value, until = self._kept.get(key, (None, 0.0))
        return value if until > self._clock() else None

    async def ask(self, key: K, asked: Callable[[], Coroutine[Any, Any, V | None]]) -> V | None:
        """None is not kept."""
        task = self._asking.get(key)
        if task is None:
            task = self._asking[key] = asyncio.create_task(self._ask(key, asked))
            task.add_done_callback(lambda _: self._asking.pop(key))
        return await asyncio.shield(task)  # for the others, where one who waits goes away

    async def _ask(self, key: K, asked: Callable[[], Coroutine[Any, Any, V | None]]) -> V | None:
        until = self._clock() + KEPT_SECONDS
        value = await asked()
        self._kept.pop(key, None)
        if value is not None:
            self._kept[key] = (value, until)
        if len(self._kept) > KEPT_MOST:
            del self._kept[next(iter(self._kept))]
        return value


class Directory:
    """People by their workspace and id. `admins_group`: the id of a user group, "" for none."""

    def __init__(
        self, calls: Calls, admins_group: str = "", *, clock: Callable[[], float] = time.time
    ) -> None:
        self._calls = calls
        self._admins_group = admins_group
        self._people: _Shelf[tuple[str, str], Person] = _Shelf(clock)
        self._groups: _Shelf[str, Groups] = _Shelf(clock)

    def known(self, team: str, user: str) -> Person | None:
        """Somebody who was asked about within the last minutes."""
        return self._people.get((team, user))

    async def ask(self, team: str, user: str) -> Person | None:
        """As Slack says at this moment; None where it does not."""
        return await self._people.ask((team, user), lambda: self._person(team, user))

    async def people(self, team: str, users: Sequence[str]) -> dict[str, Person]:
        """By Slack's own ids, without those of whom it does not tell."""
        found = await asyncio.gather(*(self._find(team, user) for user in users))
        return {user: person for user, person in zip(users, found, strict=True) if person}

    async def _find(self, team: str, user: str) -> Person | None:
        return self.known(team, user) or await self.ask(team, user)

    async def _person(self, team: str, user: str) -> Person | None:
        told, groups, in_charge = await asyncio.gather(
            self._told(team, "users.info", {"user": user}),
            self._groups_in(team),
            self._in_charge(team, user),
        )
        if not told:
            return None
        roles = tuple(sorted(group for group, members in groups.items() if user in members))
        return convert.person(told["user"], team, groups=roles, in_charge=in_charge)

    async def _in_charge(self, team: str, user: str) -> bool:
        group = self._admins_group
        told = await self._told(team, "usergroups.users.list", {"usergroup": group}) if group else None
        return user in (told or {}).get("users", ())

    async def _groups_in(self, team: str) -> Groups:
        kept = self._groups.get(team)
        return kept if kept is not None else await self._groups.ask(team, lambda: self._listed(team)) or {}

    async def _listed(self, team: str) -> Groups | None:
        told = await self._told(team, "usergroups.list", {"include_users": True})
        if told is None:
            return None
        return {group["id"]: frozenset(group.get("users", ())) for group in told.get("usergroups", ())}

    async def _told(self, team: str, method: str, body: Json) -> Json | None:
        """What Slack answers; nothing where the bot may not know, None where it could not be asked."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._calls.ask(team, method, body, patience=PATIENCE)
        except Refusal as error:
            if error.code in NO_GROUPS and method != "users.info":
                return {}
            log.warning("slack.not_told", doing=method, reason=reason(error))
        except (TooOften, DeliveryError, *NO_ANSWER) as error:
            log.warning("slack.not_told", doing=method, reason=reason(error))
        return None
