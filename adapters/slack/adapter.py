"""Slack as a platform: how it is heard, through outages, and what is posted there."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Protocol

import aiohttp
import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import messages
from adapters.slack.errors import cannot_run, delivery_error, refusal
from adapters.slack.ids import named
from adapters.slack.inbound.dedupe import Dedupe
from adapters.slack.inbound.directory import Directory
from adapters.slack.inbound.journal import Journal
from adapters.slack.inbound.listener import Listener
from adapters.slack.oauth.installs import Authorize
from adapters.slack.outbound.galleries import Galleries, Way
from adapters.slack.outbound.posting import Posting
from adapters.slack.outbound.rate_limit import RateLimit
from adapters.slack.outbound.response_url import ByUrl, Uses
from adapters.slack.outbound.uploads import CARDS_AT_ONCE, Uploads
from adapters.slack.outbound.web_api import Calls
from adapters.slack.transport import bolt
from adapters.slack.transport.socket_mode import SocketMode
from bot.port.cards import Card
from bot.port.protocols import CannotRun, ChatCore, DeliveryError, KeyValue
from bot.port.requests import Address, MessageRef

log = structlog.get_logger()

LOGIN_PATIENCE = 10.0  # seconds: the core delivers what an earlier process left as soon as it starts
REST_SECONDS = 5.0  # at the end, for what is being answered; the core has had its own time before
PAUSES = (1.0, 5.0, 15.0, 60.0)  # seconds between tries to begin; the last repeats: an outage may take hours
BOT = "imagine"  # what the app's bot is called, until Slack says

Joined = Callable[[str], Awaitable[None]]  # of a workspace, as the core names it


class Installs(Protocol):
    """The workspaces that installed the app, where it serves more than one."""

    async def authorize(self, client: AsyncWebClient, joined: Joined) -> Authorize:
        """Who the bot is in a workspace, for Bolt. `client` has no token, and the session to use.

        `joined` is told of every workspace that installs the app from then on.
        """
        ...

    async def teams(self) -> list[str]:
        """Where the app is installed."""
        ...

    async def token(self, team: str) -> str | None:
        """The bot's token in a team, renewed where it ends; None where the app is not installed."""
        ...

    async def purge(self, team: str, enterprise: str) -> bool:
        """Forget an installation that was taken out. `enterprise`: "" for none. False: it was not."""
        ...


class SlackAdapter:
    """The Adapter of Slack, for one workspace by `bot_token`, or for all of `installs`.

    It hears by Socket Mode where there is an `app_token`, else over HTTP, proven by `signing_secret`.
    `gallery`: which of the two ways pictures go by first; `admins_group`: the user group whose members are
    admins, too. `ready` is set while it hears; `account`, the bot's own name, before that.
    """

    name = "slack"
    card_becomes_gallery = False

    def __init__(
        self,
        store: KeyValue,
        *,
        bot_token: str = "",
        installs: Installs | None = None,
        app_token: str = "",
        signing_secret: str = "",
        gallery: Way = "blocks",
        admins_group: str = "",
        base_url: str = AsyncWebClient.BASE_URL,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.ready = asyncio.Event()
        self.account = BOT
        self.app: AsyncApp | None = None  # while it serves: what hears over HTTP
        self._store = store
        self._bot_token = bot_token
        self._installs = installs
        self._app_token = app_token
        self._signing_secret = signing_secret
        self._gallery = gallery
        self._admins_group = admins_group
        self._base_url = base_url
        self._clock = clock
        self._pace = RateLimit()
        self._uses = Uses()
        self._uploading = asyncio.Semaphore(CARDS_AT_ONCE)
        self._posting: Posting | None = None
        self._begun = asyncio.Event()

    async def run(self, core: ChatCore) -> None:
        """Serve until cancelled. Raises CannotRun where only the operator can help."""
        tries = 0
        while True:
            try:
                await self._serve(core)
            except Exception as error:
                if (fatal := cannot_run(error)) is not None:
                    raise fatal from error
                lost = str(delivery_error(error, "let the bot in"))
                again_in = PAUSES[min(tries, len(PAUSES) - 1)]
                log.warning("slack.lost", reason=lost, again_in=again_in)
                await asyncio.sleep(again_in)
                tries += 1

    async def post(self, address: Address, card: Card, *, key: str) -> MessageRef:
        return await (await self._poster()).post(address, card, key=key)

    async def revise(self, message: MessageRef, card: Card) -> MessageRef:
        return await (await self._poster()).revise(message, card)

    async def delete(self, message: MessageRef) -> None:
        await (await self._poster()).delete(message)

    async def forget(self, person: str) -> None:
        """What is held here of people is asked for anew within minutes."""

    async def _poster(self) -> Posting:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOGIN_PATIENCE):
                await self._begun.wait()
        if self._posting is None:
            raise DeliveryError(messages.not_yet(LOGIN_PATIENCE), retryable=True)
        return self._posting

    async def _serve(self, core: ChatCore) -> None:
        """From the first call to the end. Raises what ended it."""
        async with aiohttp.ClientSession() as session:
            calls = Calls(session, self._pace, self._token, self._base_url)
            authorize = await self._authorize(calls, core)
            posting = self._make_posting(calls, core)
            directory = Directory(calls, self._admins_group, clock=self._clock)
            notes = Journal(self._store, self._clock)
            listener = Listener(core, posting, calls, directory, Dedupe(self._store), notes)
            app = bolt.make(
                listener,
                client=calls.client(),
                authorize=authorize,
                removed=partial(self._removed, core),
                signing_secret=self._signing_secret,
                clock=self._clock,
            )
            self._posting = posting
            self._begun.set()
            try:
                await listener.resume()
                await self._hear(calls, app)
            finally:
                self.ready.clear()
                await listener.rest(REST_SECONDS)
                self._begun.clear()
                self._posting = None

    def _make_posting(self, calls: Calls, core: ChatCore) -> Posting:
        uploads = Uploads(calls, core.picture, self._uploading)
        galleries = Galleries(calls, uploads, self._store, self._gallery)
        return Posting(calls, ByUrl(calls, self._uses, self._clock), galleries, self.account)

    async def _hear(self, calls: Calls, app: AsyncApp) -> None:
        """Until it can hear no more. Raises CannotRun."""
        hearing = asyncio.create_task(self._by_socket(calls, app) if self._app_token else self._by_http(app))
        turned_away = asyncio.create_task(calls.turned_away.wait())
        waiting = {hearing} if self._installs else {hearing, turned_away}
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if not hearing.done():
                raise CannotRun(messages.BAD_TOKEN.format(code=calls.turned_away_by))
            await hearing
        finally:
            hearing.cancel()
            turned_away.cancel()
            await asyncio.gather(hearing, turned_away, return_exceptions=True)

    async def _by_socket(self, calls: Calls, app: AsyncApp) -> None:
        async def address() -> str:
            answer = await calls.once(calls.client(self._app_token), "apps.connections.open", {})
            return str(answer["url"])

        proxy = calls.client().proxy
        await SocketMode(calls.session, address, app.async_dispatch, self.ready, proxy).run()

    async def _by_http(self, app: AsyncApp) -> None:
        self.app = app
        self.ready.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.app = None

    # --- who the bot is

    async def _token(self, team: str) -> str | None:
        return await self._installs.token(team) if self._installs else self._bot_token

    async def _removed(self, core: ChatCore, team: str, enterprise: str) -> None:
        log.warning("slack.removed", team=team)
        if self._installs is None or await self._installs.purge(team, enterprise):
            await core.left(named(team))

    async def _authorize(self, calls: Calls, core: ChatCore) -> Authorize:
        if self._installs is not None:
            authorize = await self._installs.authorize(calls.client(), core.joined)
            await core.serving(self.name, [named(team) for team in await self._installs.teams()])
            return authorize
        told = await meet(calls.client(self._bot_token))
        self.account = str(told["user"])
        await core.serving(self.name, [named(str(told["team_id"]))])
        return bolt.one_workspace(self._bot_token, told)


async def meet(client: AsyncWebClient) -> Mapping[str, Any]:
    """What auth.test tells of the bot; says which scopes it lacks. Raises Refusal and NO_ANSWER."""
    log.info("slack.connecting")
    try:
        response = await client.auth_test()
    except SlackApiError as error:
        raise refusal(error) from error
    granted = {scope.strip() for scope in response.headers.get("X-OAuth-Scopes", "").split(",")}
    for scope in messages.SCOPES:
        if granted != {""} and scope not in granted:
            log.error("slack.missing_scope", scope=scope, fix=messages.missing(scope))
    return response.data if isinstance(response.data, dict) else {}
