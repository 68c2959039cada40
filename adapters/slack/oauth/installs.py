"""The workspaces that installed the app by OAuth: their tokens, encrypted, renewed, and forgotten.

Installations for a whole organization at once are not taken: the manifest does not offer them.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import structlog
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.errors import NO_ANSWER, TURNED_AWAY, Refusal, reason, refusal
from adapters.slack.ids import named
from adapters.slack.oauth.encryption import TokenCipher
from bot.port.protocols import KeyValue

Authorize = Callable[..., Awaitable[AuthorizeResult]]  # what Bolt asks for the token of a request
Json = dict[str, Any]
log = structlog.get_logger()

MOST = 100_000  # installations that are sealed anew at a start
# Rotated tokens last 12 hours (docs.slack.dev/authentication/using-token-rotation); so long before their end
# they are renewed, which leaves two hours for an outage.
RENEW_BEFORE = 7_200.0
CALL_SECONDS = 10.0  # of one call
UNINSTALL_SECONDS = 2.0  # of the 3 within which Slack wants to hear that the news arrived
_PREFIX = "install:"
_LOST_KEY = (
    "IMAGINE_SECRET_KEY is not the one that sealed it: write that one behind the new one, with a comma "
    "between, or install the app there again"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The app in one team. `until`: unix seconds, 0 for a token that does not end by itself."""

    team: str
    bot: str  # the bot's user id
    bot_id: str
    token: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    until: int = 0


class Installs:
    """In the adapter's KeyValue, under the team's id. `client`: while the adapter runs; it has no token."""

    def __init__(
        self,
        store: KeyValue,
        *,
        client_id: str,
        client_secret: str,
        seal: TokenCipher,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.client: AsyncWebClient | None = None
        self._joined: Callable[[str], Awaitable[None]] | None = None
        self.client_id = client_id
        self._client_secret = client_secret
        self._store = store
        self._seal = seal
        self._clock = clock
        self._known: dict[str, Installation] = {}
        self._renewing: dict[str, asyncio.Task[Installation]] = {}

    async def authorize(
        self, client: AsyncWebClient, joined: Callable[[str], Awaitable[None]] | None = None
    ) -> Authorize:
        """Who the bot is in a workspace, for Bolt. `client` has no token, and the session to use.

        `joined` is told of every workspace that installs the app from then on.
        """
        self.client = client
        self._joined = joined
        await self._seal_anew()

        # No bound method, since Bolt takes `self` for an argument; Any, since its types leave out None.
        async def authorized(team_id: str | None) -> Any:
            return await self._authorized(team_id or "")

        return authorized

    async def _authorized(self, team: str) -> AuthorizeResult | None:
        """Raises NO_ANSWER."""
        try:
            token = await self.token(team)
        except Refusal:
            return None
        if token is None:
            return None
        who = self._known[team]
        return AuthorizeResult(
            enterprise_id=None, team_id=team, bot_id=who.bot_id, bot_user_id=who.bot, bot_token=token
        )

    async def save(self, installation: Installation) -> None:
        """Durable when this returns; the token before it is forgotten."""
        await self._store.put(_PREFIX + installation.team, self._seal.close(asdict(installation)))
        self._known[installation.team] = installation

    async def install(self, installation: Installation) -> None:
        """Save what is new, and tell of it."""
        await self.save(installation)
        if self._joined is not None:
            await self._joined(named(installation.team))

    async def teams(self) -> list[str]:
        """Where the app is installed."""
        return [key.removeprefix(_PREFIX) for key, _ in await self._store.items(_PREFIX, MOST)]

    async def token(self, team: str) -> str | None:
        """The bot's token in a team, renewed where it ends; None where the app is not installed.

        Raises Refusal and NO_ANSWER where it has ended, and cannot be renewed now.
        """
        found = self._known.get(team) or await self._load(team)
        if found is None or not found.until or found.until - self._clock() > RENEW_BEFORE:
            return found.token if found else None
        try:
            return (await self._renewed(found)).token
        except (Refusal, *NO_ANSWER) as error:
            log.warning("slack.not_renewed", team=team, reason=reason(error))
            if found.until <= self._clock():
                raise
            return found.token

    async def purge(self, team: str, enterprise: str) -> bool:
        """Forget an installation that was taken out. False: it was not.

        Slack repeats such news for minutes, in which the app may have been installed again: what still
        works is kept.
        """
        del enterprise  # only whole organizations go by it
        found = self._known.get(team) or await self._load(team)
        if found is None:
            return True
        if await self._works(found):
            return False
        self._known.pop(team, None)
        await self._store.delete(_PREFIX + team)
        log.info("slack.forgotten", team=team)
        return True

    async def exchange(self, code: str) -> Installation | None:
        """What the code of an installer is good for; None where that is a whole organization.

        Raises Refusal and NO_ANSWER.
        """
        told = await self._access(code=code)
        if not told.get("team"):
            return None
        who = await self._call(str(told["access_token"]), "auth.test")
        return Installation(
            team=str(told["team"]["id"]),
            bot=str(told["bot_user_id"]),
            bot_id=str(who["bot_id"]),
            **_tokens(told, self._clock()),
        )

    async def _seal_anew(self) -> None:
        """What an older key sealed, with the newest. What no key opens is of no use, and said."""
        for key, sealed in await self._store.items(_PREFIX, MOST):
            if not self._seal.is_old(sealed):
                continue
            if (told := self._seal.open(sealed)) is not None:
                await self._store.put(key, self._seal.close(told))
            else:
                log.error("slack.not_opened", team=key.removeprefix(_PREFIX), fix=_LOST_KEY)

    async def _load(self, team: str) -> Installation | None:
        sealed = await self._store.get(_PREFIX + team) if team else None
        told = self._seal.open(sealed) if sealed else None
        if told is None or told["team"] != team:  # a row may have been moved by hand
            return None
        return self._known.setdefault(team, Installation(**told))

    async def _renewed(self, old: Installation) -> Installation:
        """A refresh token is good for one use: all who wait share it, and nobody who goes away undoes it."""
        task = self._renewing.get(old.team)
        if task is None:
            task = self._renewing[old.team] = asyncio.create_task(self._renew(old))
            task.add_done_callback(lambda _: self._renewing.pop(old.team, None))
        return await asyncio.shield(task)

    async def _renew(self, old: Installation) -> Installation:
        told = await self._access(grant_type="refresh_token", refresh_token=old.refresh)
        renewed = replace(old, **_tokens(told, self._clock()))
        if self._known.get(old.team) is old:  # not installed anew, or taken out, meanwhile
            await self.save(renewed)
            log.info("slack.renewed", team=old.team)
        return renewed

    async def _works(self, installation: Installation) -> bool:
        try:
            async with asyncio.timeout(UNINSTALL_SECONDS):
                await self._call(installation.token, "auth.test")
        except Refusal as error:
            return error.code not in TURNED_AWAY
        except NO_ANSWER:
            return False  # nobody says that it works
        return True

    async def _access(self, **grant: str) -> Json:
        app = {"client_id": self.client_id, "client_secret": self._client_secret}
        return await self._call(None, "oauth.v2.access", app | grant)

    async def _call(self, token: str | None, method: str, form: dict[str, str] | None = None) -> Json:
        """Once: a code and a refresh token are good for one use. As a form, since OAuth takes no JSON."""
        if self.client is None:
            raise ConnectionError("Slack is not being served")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            async with asyncio.timeout(CALL_SECONDS):
                response = await self.client.api_call(method, data=form or {}, headers=headers)
        except SlackApiError as error:
            raise refusal(error) from error
        return response.data if isinstance(response.data, dict) else {}


def _tokens(told: Json, now: float) -> Json:
    lasts = int(told.get("expires_in") or 0)
    return {
        "token": str(told["access_token"]),
        "refresh": str(told.get("refresh_token") or ""),
        "until": int(now) + lasts if lasts else 0,
    }
