"""The people of each team as Slack describes them: name, guest or member, user groups, admin or not.

Slack sends none of this with a request, so the directory caches it for minutes. A request that changes
something fetches it again.

A failure is no answer: it is not cached, and nobody gains or loses a group by it. The groups that Slack told
last stand in for a day; without any, nobody knows what the person may do.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import structlog
from cachetools import TLRUCache, TTLCache

from adapters.slack.errors import NO_ANSWER, RateLimited, Refusal, reason
from adapters.slack.inbound import convert
from adapters.slack.outbound.web_api import Json, WebApi
from bot.port.protocols import DeliveryError
from bot.port.requests import Person

K = TypeVar("K")
V = TypeVar("V")
Groups = Mapping[str, frozenset[str]]  # user ids by user group
log = structlog.get_logger()

CACHE_SECONDS = 300.0  # the longest that a right may still count after somebody lost it
LAST_GROUPS_SECONDS = 86_400.0  # for which the groups told last stand in: an outage is over by then
CACHE_SIZE = 10_000  # people, or teams
PATIENCE = 10.0  # seconds for one question to Slack, with any pause that Slack asks for
SHORT_PATIENCE = 2.0  # seconds for a question whose last answer would do, so that an outage delays no drawing
# The workspace has no user groups, or none that the bot may see (methods/usergroups.list and .users.list).
NO_GROUPS_CODES = ("missing_scope", "no_such_subteam", "plan_upgrade_required", "paid_teams_only")


class GroupsUnknown:
    """Slack does not tell a person's groups, and no earlier answer stands in."""


GROUPS_UNKNOWN = GroupsUnknown()


class _Entry(NamedTuple, Generic[V]):
    value: V
    expires: float


class _Answer(NamedTuple, Generic[V]):
    """A fetched value; it is cached only if it is `complete`."""

    value: V | None
    complete: bool


class _Described(NamedTuple):
    """A person, and what Slack did not tell about them: their groups, or if they are in the admins' group."""

    person: Person
    knows_groups: bool = True
    knows_rights: bool = True


class _Cache(Generic[K, V]):
    """Values that are fetched once for all who wait, and expire CACHE_SECONDS after the question."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._entries: TLRUCache[K, _Entry[V]] = TLRUCache(
            CACHE_SIZE, ttu=lambda _key, entry, _now: entry.expires, timer=clock
        )
        self._fetches: dict[K, asyncio.Task[V | None]] = {}

    def get(self, key: K) -> V | None:
        entry = self._entries.get(key)
        return entry.value if entry else None

    async def fetch(self, key: K, fetch: Callable[[], Coroutine[Any, Any, _Answer[V]]]) -> V | None:
        """Fetch a value, or join the fetch that is under way. An incomplete answer drops the old value."""
        task = self._fetches.get(key)
        if task is None:
            task = self._fetches[key] = asyncio.create_task(self._fetch(key, fetch))
            task.add_done_callback(lambda _: self._fetches.pop(key))
        return await asyncio.shield(task)  # a cancelled caller must not end it for the others

    async def _fetch(self, key: K, fetch: Callable[[], Coroutine[Any, Any, _Answer[V]]]) -> V | None:
        expires = self._clock() + CACHE_SECONDS
        value, complete = await fetch()
        self._entries.pop(key, None)
        if value is not None and complete:
            self._entries[key] = _Entry(value, expires)
        return value


class Directory:
    """People by team and user id. `admins_group`: the id of a user group, "" for none."""

    def __init__(
        self, web_api: WebApi, admins_group: str = "", *, clock: Callable[[], float] = time.time
    ) -> None:
        self._web_api = web_api
        self._admins_group = admins_group
        self._people: _Cache[tuple[str, str], _Described] = _Cache(clock)
        self._groups: _Cache[str, Groups] = _Cache(clock)
        self._last_groups: TTLCache[str, Groups] = TTLCache(CACHE_SIZE, LAST_GROUPS_SECONDS, timer=clock)

    def cached(self, team: str, user: str) -> Person | None:
        """Return somebody who was fetched within the last minutes."""
        described = self._people.get((team, user))
        return described.person if described else None

    async def fetch(self, team: str, user: str, *, for_change: bool = False) -> Person | GroupsUnknown | None:
        """Return somebody as Slack describes them now; None if Slack does not tell.

        `for_change`: the person wants to change something, so it must be known if they are an admin.
        """
        described = await self._describe(team, user)
        if described is None:
            return None
        is_known = described.knows_rights or described.person.admin or not for_change
        return described.person if described.knows_groups and is_known else GROUPS_UNKNOWN

    async def _describe(self, team: str, user: str) -> _Described | None:
        return await self._people.fetch((team, user), lambda: self._fetch_person(team, user))

    async def look_up(self, team: str, users: Sequence[str]) -> dict[str, Person]:
        """Return people by Slack's user ids, from the cache or from Slack; leave out those it cannot tell."""
        people = await asyncio.gather(*(self._look_up(team, user) for user in users))
        return {user: person for user, person in zip(users, people, strict=True) if person}

    async def _look_up(self, team: str, user: str) -> Person | None:
        if cached := self.cached(team, user):
            return cached
        described = await self._describe(team, user)
        return described.person if described else None

    async def _fetch_person(self, team: str, user: str) -> _Answer[_Described]:
        info, (groups, is_current), in_admins_group = await asyncio.gather(
            self._call(team, "users.info", {"user": user}),
            self._look_up_groups(team),
            self._is_in_admins_group(team, user),
        )
        if not info:
            return _Answer(None, complete=False)
        roles = tuple(sorted(group for group, members in (groups or {}).items() if user in members))
        person = convert.person(info["user"], team, groups=roles, in_admins_group=bool(in_admins_group))
        knows_rights = in_admins_group is not None
        described = _Described(person, knows_groups=groups is not None, knows_rights=knows_rights)
        return _Answer(described, complete=is_current and knows_rights)

    async def _is_in_admins_group(self, team: str, user: str) -> bool | None:
        """Return whether the person is in the admins' group; None if Slack does not tell."""
        if not self._admins_group:
            return False
        response = await self._call(team, "usergroups.users.list", {"usergroup": self._admins_group})
        return None if response is None else user in response.get("users", ())

    async def _look_up_groups(self, team: str) -> tuple[Groups | None, bool]:
        """Return the team's groups, and whether they are current; else those that Slack told last, if any."""
        groups = self._groups.get(team)
        if groups is None:
            groups = await self._groups.fetch(team, lambda: self._fetch_groups(team))
        return (self._last_groups.get(team), False) if groups is None else (groups, True)

    async def _fetch_groups(self, team: str) -> _Answer[Groups]:
        patience = SHORT_PATIENCE if team in self._last_groups else PATIENCE
        response = await self._call(team, "usergroups.list", {"include_users": True}, patience)
        if response is None:
            return _Answer(None, complete=False)
        listed = response.get("usergroups", ())
        groups = {group["id"]: frozenset(group.get("users", ())) for group in listed}
        self._last_groups[team] = groups
        return _Answer(groups, complete=True)

    async def _call(self, team: str, method: str, body: Json, patience: float | None = None) -> Json | None:
        """Ask Slack; return {} if there are no groups to see, None if Slack refuses or does not answer.

        `patience`: the longest wait in seconds; PATIENCE if None.
        """
        seconds = PATIENCE if patience is None else patience
        try:
            async with asyncio.timeout(seconds):
                return await self._web_api.call(team, method, body, patience=seconds)
        except Refusal as error:
            if error.code in NO_GROUPS_CODES and method != "users.info":
                return {}
            log.warning("slack.not_told", doing=method, reason=reason(error))
        except (RateLimited, DeliveryError, *NO_ANSWER) as error:
            log.warning("slack.not_told", doing=method, reason=reason(error))
        return None
