"""The people of each team as Slack describes them: name, guest or member, user groups, admin or not.

Slack sends none of this with a request, so the directory caches it for minutes. A request that changes
something fetches it again.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import structlog
from cachetools import TLRUCache

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
CACHE_SIZE = 10_000  # people, or teams
PATIENCE = 10.0  # seconds for one question to Slack, with any pause that Slack asks for
NO_GROUPS_CODES = ("missing_scope", "no_such_subteam", "plan_upgrade_required")  # the bot can see no groups


class _Entry(NamedTuple, Generic[V]):
    value: V
    expires: float


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

    async def fetch(self, key: K, fetch: Callable[[], Coroutine[Any, Any, V | None]]) -> V | None:
        """Fetch a value, or join the fetch that is under way. None is not cached, and drops an old value."""
        task = self._fetches.get(key)
        if task is None:
            task = self._fetches[key] = asyncio.create_task(self._fetch(key, fetch))
            task.add_done_callback(lambda _: self._fetches.pop(key))
        return await asyncio.shield(task)  # a cancelled caller must not end it for the others

    async def _fetch(self, key: K, fetch: Callable[[], Coroutine[Any, Any, V | None]]) -> V | None:
        expires = self._clock() + CACHE_SECONDS
        value = await fetch()
        self._entries.pop(key, None)
        if value is not None:
            self._entries[key] = _Entry(value, expires)
        return value


class Directory:
    """People by team and user id. `admins_group`: the id of a user group, "" for none."""

    def __init__(
        self, web_api: WebApi, admins_group: str = "", *, clock: Callable[[], float] = time.time
    ) -> None:
        self._web_api = web_api
        self._admins_group = admins_group
        self._people: _Cache[tuple[str, str], Person] = _Cache(clock)
        self._groups: _Cache[str, Groups] = _Cache(clock)

    def cached(self, team: str, user: str) -> Person | None:
        """Return somebody who was fetched within the last minutes."""
        return self._people.get((team, user))

    async def fetch(self, team: str, user: str) -> Person | None:
        """Return somebody as Slack describes them now; None if Slack does not tell."""
        return await self._people.fetch((team, user), lambda: self._fetch_person(team, user))

    async def look_up(self, team: str, users: Sequence[str]) -> dict[str, Person]:
        """Return people by Slack's user ids, from the cache or from Slack; leave out those it cannot tell."""
        people = await asyncio.gather(*(self._look_up(team, user) for user in users))
        return {user: person for user, person in zip(users, people, strict=True) if person}

    async def _look_up(self, team: str, user: str) -> Person | None:
        return self.cached(team, user) or await self.fetch(team, user)

    async def _fetch_person(self, team: str, user: str) -> Person | None:
        info, groups, in_admins_group = await asyncio.gather(
            self._call(team, "users.info", {"user": user}),
            self._look_up_groups(team),
            self._is_in_admins_group(team, user),
        )
        if not info:
            return None
        roles = tuple(sorted(group for group, members in groups.items() if user in members))
        return convert.person(info["user"], team, groups=roles, in_admins_group=in_admins_group)

    async def _is_in_admins_group(self, team: str, user: str) -> bool:
        if not self._admins_group:
            return False
        response = await self._call(team, "usergroups.users.list", {"usergroup": self._admins_group})
        return user in (response or {}).get("users", ())

    async def _look_up_groups(self, team: str) -> Groups:
        cached = self._groups.get(team)
        if cached is not None:
            return cached
        return await self._groups.fetch(team, lambda: self._fetch_groups(team)) or {}

    async def _fetch_groups(self, team: str) -> Groups | None:
        response = await self._call(team, "usergroups.list", {"include_users": True})
        if response is None:
            return None
        return {group["id"]: frozenset(group.get("users", ())) for group in response.get("usergroups", ())}

    async def _call(self, team: str, method: str, body: Json) -> Json | None:
        """Ask Slack; return {} if the bot may not see groups, None if Slack refuses or does not answer."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._web_api.call(team, method, body, patience=PATIENCE)
        except Refusal as error:
            if error.code in NO_GROUPS_CODES and method != "users.info":
                return {}
            log.warning("slack.not_told", doing=method, reason=reason(error))
        except (RateLimited, DeliveryError, *NO_ANSWER) as error:
            log.warning("slack.not_told", doing=method, reason=reason(error))
        return None
