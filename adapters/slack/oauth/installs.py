"""The workspaces that installed the app by OAuth, and their encrypted tokens.

The app cannot be installed for a whole organization at once: the manifest does not offer it.
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

from adapters.slack.errors import NO_ANSWER, TOKEN_ERRORS, Refusal, reason, refusal
from adapters.slack.ids import qualified_id
from adapters.slack.oauth.encryption import TokenCipher
from bot.port.protocols import KeyValue

Authorize = Callable[..., Awaitable[AuthorizeResult]]  # Bolt asks it for the token of a request
OnJoin = Callable[[str], Awaitable[None]]  # called with a workspace's id, as the core writes it
Json = dict[str, Any]
log = structlog.get_logger()

MOST_INSTALLATIONS = 100_000  # that are read at a start
# Seconds before its end at which a token is renewed: this leaves two hours for an outage. Rotated tokens last
# 12 hours (docs.slack.dev/authentication/using-token-rotation).
RENEW_BEFORE = 7_200.0
CALL_SECONDS = 10.0  # the longest that one call may take
UNINSTALL_SECONDS = 2.0  # to check a removal, of the 3 within which Slack wants it acknowledged
_PREFIX = "install:"
_LOST_KEY = (
    "IMAGINE_SECRET_KEY is not the one that sealed it: write that one behind the new one, with a comma "
    "between, or install the app there again"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The app in one team. The store keeps it under these field names.

    `bot`: the bot's user id. `until`: the end of the token in unix seconds; 0 for a token without an end.
    """

    team: str
    bot: str
    bot_id: str
    token: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    until: int = 0


class Installs:
    """The installations, in the adapter's store under the team's id.

    `client`: slack_sdk's client without a token, while the adapter runs; None before that.
    """

    def __init__(
        self,
        store: KeyValue,
        *,
        client_id: str,
        client_secret: str,
        cipher: TokenCipher,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.client: AsyncWebClient | None = None
        self._on_join: OnJoin | None = None
        self.client_id = client_id
        self._client_secret = client_secret
        self._store = store
        self._cipher = cipher
        self._clock = clock
        self._cache: dict[str, Installation] = {}
        self._renewals: dict[str, asyncio.Task[Installation]] = {}

    async def authorize(self, client: AsyncWebClient, on_join: OnJoin | None = None) -> Authorize:
        """Return the function by which Bolt asks for the bot's identity and token in a workspace.

        `client`: it has no token, and lends its session to all later calls.
        `on_join`: called from then on with each workspace that installs the app.
        """
        self.client = client
        self._on_join = on_join
        await self._encrypt_again()

        # No bound method: Bolt takes `self` for one of its own arguments. Any: Bolt's types leave out None.
        async def authorize(team_id: str | None) -> Any:
            return await self._authorize(team_id or "")

        return authorize

    async def _authorize(self, team: str) -> AuthorizeResult | None:
        """Return the bot's identity in a team; None if no token works. Raises the errors of NO_ANSWER."""
        try:
            token = await self.token(team)
        except Refusal:
            return None
        if token is None:
            return None
        installation = self._cache[team]
        return AuthorizeResult(
            enterprise_id=None,
            team_id=team,
            bot_id=installation.bot_id,
            bot_user_id=installation.bot,
            bot_token=token,
        )

    async def save(self, installation: Installation) -> None:
        """Store an installation in place of the team's old one. It is durable when this returns."""
        text = self._cipher.encrypt(asdict(installation))
        await self._store.put(_PREFIX + installation.team, text)
        self._cache[installation.team] = installation

    async def install(self, installation: Installation) -> None:
        """Store a new installation, and tell the core of its workspace."""
        await self.save(installation)
        if self._on_join is not None:
            await self._on_join(qualified_id(installation.team))

    async def teams(self) -> list[str]:
        """List the teams that have the app."""
        entries = await self._store.items(_PREFIX, MOST_INSTALLATIONS)
        return [key.removeprefix(_PREFIX) for key, _ in entries]

    async def token(self, team: str) -> str | None:
        """Return the bot's token in a team, renewed if it ends soon; None if the app is not installed.

        Raises Refusal and the errors of NO_ANSWER if the token has ended and cannot be renewed now.
        """
        installation = await self._get(team)
        if installation is None:
            return None
        if not installation.until or installation.until - self._clock() > RENEW_BEFORE:
            return installation.token
        try:
            return (await self._renew(installation)).token
        except (Refusal, *NO_ANSWER) as error:
            log.warning("slack.not_renewed", team=team, reason=reason(error))
            if installation.until <= self._clock():
                raise
            return installation.token

    async def purge(self, team: str, enterprise: str) -> bool:
        """Forget a removed installation; return False, and keep it, if its token still works.

        Slack repeats the news of a removal for minutes: meanwhile somebody may have installed the app again.

        `enterprise`: not used; it matters only for whole organizations.
        """
        del enterprise
        installation = await self._get(team)
        if installation is None:
            return True
        if await self._works(installation):
            return False
        self._cache.pop(team, None)
        await self._store.delete(_PREFIX + team)
        log.info("slack.forgotten", team=team)
        return True

    async def exchange(self, code: str) -> Installation | None:
        """Exchange the code of a browser that came back for an installation.

        Returns None if the code is for a whole organization. Raises Refusal, and the errors of NO_ANSWER.
        """
        grant = await self._access(code=code)
        if not grant.get("team"):
            return None
        identity = await self._call(str(grant["access_token"]), "auth.test")
        return Installation(
            team=str(grant["team"]["id"]),
            bot=str(grant["bot_user_id"]),
            bot_id=str(identity["bot_id"]),
            **_token_fields(grant, self._clock()),
        )

    async def _encrypt_again(self) -> None:
        """Encrypt with the newest key what an older key encrypted; log entries that no key decrypts."""
        for key, text in await self._store.items(_PREFIX, MOST_INSTALLATIONS):
            if not self._cipher.is_outdated(text):
                continue
            if (payload := self._cipher.decrypt(text)) is not None:
                await self._store.put(key, self._cipher.encrypt(payload))
            else:
                log.error("slack.not_opened", team=key.removeprefix(_PREFIX), fix=_LOST_KEY)

    async def _get(self, team: str) -> Installation | None:
        return self._cache.get(team) or await self._load(team)

    async def _load(self, team: str) -> Installation | None:
        text = await self._store.get(_PREFIX + team) if team else None
        payload = self._cipher.decrypt(text) if text else None
        # The team differs if somebody moved a row by hand.
        if payload is None or payload["team"] != team:
            return None
        return self._cache.setdefault(team, Installation(**payload))

    async def _renew(self, old: Installation) -> Installation:
        """Renew a token, or join the renewal that is under way: a refresh token works only once.

        A caller that is cancelled does not stop the renewal for the others.
        """
        task = self._renewals.get(old.team)
        if task is None:
            task = self._renewals[old.team] = asyncio.create_task(self._fetch_renewed(old))
            task.add_done_callback(lambda _: self._renewals.pop(old.team, None))
        return await asyncio.shield(task)

    async def _fetch_renewed(self, old: Installation) -> Installation:
        grant = await self._access(grant_type="refresh_token", refresh_token=old.refresh)
        renewed = replace(old, **_token_fields(grant, self._clock()))
        # The entry differs if the app was installed again, or removed, meanwhile.
        if self._cache.get(old.team) is old:
            await self.save(renewed)
            log.info("slack.renewed", team=old.team)
        return renewed

    async def _works(self, installation: Installation) -> bool:
        """Return whether Slack takes the token. Return False if Slack does not answer."""
        try:
            async with asyncio.timeout(UNINSTALL_SECONDS):
                await self._call(installation.token, "auth.test")
        except Refusal as error:
            return error.code not in TOKEN_ERRORS
        except NO_ANSWER:
            return False
        return True

    async def _access(self, **grant: str) -> Json:
        app = {"client_id": self.client_id, "client_secret": self._client_secret}
        return await self._call(None, "oauth.v2.access", app | grant)

    async def _call(self, token: str | None, method: str, form: dict[str, str] | None = None) -> Json:
        """Call a method without any retry: a code and a refresh token work only once.

        The arguments go as a form: OAuth takes no JSON. Raises Refusal, and the errors of NO_ANSWER.
        """
        if self.client is None:
            raise ConnectionError("Slack is not being served")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            async with asyncio.timeout(CALL_SECONDS):
                response = await self.client.api_call(method, data=form or {}, headers=headers)
        except SlackApiError as error:
            raise refusal(error) from error
        return response.data if isinstance(response.data, dict) else {}


def _token_fields(grant: Json, now: float) -> Json:
    """Return an installation's token fields from Slack's answer to oauth.v2.access."""
    seconds = int(grant.get("expires_in") or 0)
    return {
        "token": str(grant["access_token"]),
        "refresh": str(grant.get("refresh_token") or ""),
        "until": int(now) + seconds if seconds else 0,
    }
