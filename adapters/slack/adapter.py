"""The Slack adapter: it serves one workspace or many, through outages, by Socket Mode or HTTP."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, Protocol

import aiohttp
import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import messages
from adapters.slack.errors import cannot_run, delivery_error, refusal
from adapters.slack.ids import qualified_id
from adapters.slack.inbound.dedupe import Dedupe
from adapters.slack.inbound.directory import Directory
from adapters.slack.inbound.files import ORIGINS, Files
from adapters.slack.inbound.journal import Journal
from adapters.slack.inbound.listener import Listener
from adapters.slack.oauth.installs import Authorize, OnJoin
from adapters.slack.outbound.galleries import Galleries
from adapters.slack.outbound.gallery_store import GalleryMethod
from adapters.slack.outbound.posting import Posting
from adapters.slack.outbound.rate_limit import RateLimit
from adapters.slack.outbound.response_url import ResponseUrls, UseCounts
from adapters.slack.outbound.uploads import CARDS_AT_ONCE, Uploads
from adapters.slack.outbound.web_api import WebApi
from adapters.slack.transport import bolt
from adapters.slack.transport.socket_mode import SocketMode
from bot.port.cards import Card
from bot.port.protocols import CannotRun, ChatCore, DeliveryError, KeyValue
from bot.port.requests import Address, MessageRef
from bot.tasks import backoff

log = structlog.get_logger()

# Seconds that a post waits for the adapter to serve: a core that starts delivers at once what an earlier
# process left.
LOGIN_PATIENCE = 10.0
DRAIN_SECONDS = 5.0  # for open answers when the adapter stops; the core has had time of its own before
PAUSES = (1.0, 5.0, 15.0, 60.0)  # seconds between tries to start; the last repeats: an outage may take hours
DEFAULT_NAME = "imagine"  # the bot's name until Slack tells its own


class Installs(Protocol):
    """The workspaces that installed the app; see oauth/installs.py."""

    async def authorize(self, client: AsyncWebClient, on_join: OnJoin) -> Authorize:
        """Return the function by which Bolt asks for the bot's identity and token in a workspace.

        `client`: it has no token, and lends its session to all later calls.
        `on_join`: called from then on with each workspace that installs the app.
        """
        ...

    async def teams(self) -> list[str]:
        """List the teams that have the app."""
        ...

    async def token(self, team: str) -> str | None:
        """Return the bot's token in a team, renewed if it ends soon; None if the app is not installed."""
        ...

    async def purge(self, team: str, enterprise: str) -> bool:
        """Forget a removed installation; return False if it still works.

        `enterprise`: the organization's id, "" for none.
        """
        ...


class SlackAdapter:
    """The port's Adapter for Slack. It serves one workspace by `bot_token`, or all of `installs`.

    `app_token`: for Socket Mode; without it, requests come over HTTP and `signing_secret` proves them.
    `gallery`: the way to post pictures that is tried first.
    `admins_group`: the id of a user group whose members are admins, too; "" for none.
    `file_origins`: where the files that people send are; tests have their own.

    `ready` is set while requests can come in. `account` is the bot's name; it is final before `ready` is set.
    """

    name = "slack"
    card_becomes_gallery = False
    has_buttons = True

    def __init__(
        self,
        store: KeyValue,
        *,
        bot_token: str = "",
        installs: Installs | None = None,
        app_token: str = "",
        signing_secret: str = "",
        gallery: GalleryMethod = "blocks",
        admins_group: str = "",
        base_url: str = AsyncWebClient.BASE_URL,
        file_origins: Collection[str] = ORIGINS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.ready = asyncio.Event()
        self.account = DEFAULT_NAME
        self.app: AsyncApp | None = None  # Bolt's app while requests come over HTTP
        self._store = store
        self._bot_token = bot_token
        self._installs = installs
        self._app_token = app_token
        self._signing_secret = signing_secret
        self._gallery = gallery
        self._admins_group = admins_group
        self._base_url = base_url
        self._file_origins = file_origins
        self._clock = clock
        self._rate_limit = RateLimit()
        self._use_counts = UseCounts()
        self._upload_slots = asyncio.Semaphore(CARDS_AT_ONCE)
        self._posting: Posting | None = None
        self._is_serving = asyncio.Event()

    async def run(self, core: ChatCore) -> None:
        """Serve until cancelled, through every outage. Raises CannotRun if only the operator can help."""
        tries = 0
        while True:
            try:
                await self._serve(core)
            except Exception as error:
                if (fatal := cannot_run(error)) is not None:
                    raise fatal from error
                pause = backoff(PAUSES, tries)
                log.warning("slack.lost", reason=str(delivery_error(error, "let the bot in")), again_in=pause)
                await asyncio.sleep(pause)
                tries += 1

    async def post(self, address: Address, card: Card, *, key: str) -> MessageRef:
        return await (await self._poster()).post(address, card, key=key)

    async def revise(self, message: MessageRef, card: Card) -> MessageRef:
        return await (await self._poster()).revise(message, card)

    async def delete(self, message: MessageRef) -> None:
        await (await self._poster()).delete(message)

    def owns_channel(self, workspace: str, channel: str) -> bool | None:
        """Return None: Slack tells only by a call. A team's token reaches no other team's channels."""
        return None

    async def forget(self, person: str) -> None:
        """Do nothing: the directory forgets names within minutes, and ids of user groups within a day."""

    async def _poster(self) -> Posting:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOGIN_PATIENCE):
                await self._is_serving.wait()
        if self._posting is None:
            raise DeliveryError(messages.not_connected(LOGIN_PATIENCE), retryable=True)
        return self._posting

    async def _serve(self, core: ChatCore) -> None:
        """Serve over one HTTP session until something ends it; raise that."""
        async with aiohttp.ClientSession() as session:
            web_api = WebApi(session, self._rate_limit, self._token, self._base_url)
            authorize = await self._authorize(web_api, core)
            posting = self._make_posting(web_api, core)
            directory = Directory(web_api, self._admins_group, clock=self._clock)
            journal = Journal(self._store, self._clock)
            files = Files(web_api, self._file_origins)
            listener = Listener(core, posting, web_api, directory, Dedupe(self._store), journal, files)
            app = bolt.make(
                listener,
                client=web_api.client(),
                authorize=authorize,
                on_removal=partial(self._remove, core),
                signing_secret=self._signing_secret,
                clock=self._clock,
            )
            self._posting = posting
            self._is_serving.set()
            try:
                await listener.resume()
                await self._receive(web_api, app)
            finally:
                self.ready.clear()
                await listener.drain(DRAIN_SECONDS)
                self._is_serving.clear()
                self._posting = None

    def _make_posting(self, web_api: WebApi, core: ChatCore) -> Posting:
        uploads = Uploads(web_api, core.picture, self._upload_slots)
        galleries = Galleries(web_api, uploads, self._store, self._gallery)
        response_urls = ResponseUrls(web_api, self._use_counts, self._clock)
        return Posting(web_api, response_urls, galleries, self.account)

    async def _receive(self, web_api: WebApi, app: AsyncApp) -> None:
        """Receive requests until the connection or the token fails. Raises CannotRun.

        One rejected token ends it only if there is one workspace: another workspace's token may still work.
        """
        transport = asyncio.create_task(
            self._run_socket_mode(web_api, app) if self._app_token else self._run_http(app)
        )
        token_rejected = asyncio.create_task(web_api.token_rejected.wait())
        tasks = {transport} if self._installs else {transport, token_rejected}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if not transport.done():
                raise CannotRun(messages.BAD_TOKEN.format(code=web_api.token_error))
            await transport
        finally:
            transport.cancel()
            token_rejected.cancel()
            await asyncio.gather(transport, token_rejected, return_exceptions=True)

    async def _run_socket_mode(self, web_api: WebApi, app: AsyncApp) -> None:
        async def open_url() -> str:
            response = await web_api.call_once(web_api.client(self._app_token), "apps.connections.open", {})
            return str(response["url"])

        proxy = web_api.client().proxy
        await SocketMode(web_api.session, open_url, app.async_dispatch, self.ready, proxy).run()

    async def _run_http(self, app: AsyncApp) -> None:
        """Let the web server's route use the app until cancelled."""
        self.app = app
        self.ready.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.app = None

    # --- the bot's identity and tokens

    async def _token(self, team: str) -> str | None:
        return await self._installs.token(team) if self._installs else self._bot_token

    async def _remove(self, core: ChatCore, team: str, enterprise: str) -> None:
        log.warning("slack.removed", team=team)
        if self._installs is None or await self._installs.purge(team, enterprise):
            await core.left(qualified_id(team))

    async def _authorize(self, web_api: WebApi, core: ChatCore) -> Authorize:
        """Return the function by which Bolt asks for a token, and tell the core about the workspaces."""
        if self._installs is not None:
            authorize = await self._installs.authorize(web_api.client(), core.joined)
            await core.serving(self.name, [qualified_id(team) for team in await self._installs.teams()])
            return authorize
        identity = await auth_test(web_api.client(self._bot_token))
        self.account = str(identity["user"])
        await core.serving(self.name, [qualified_id(str(identity["team_id"]))])
        return bolt.one_workspace(self._bot_token, identity)


async def auth_test(client: AsyncWebClient) -> Mapping[str, Any]:
    """Return Slack's answer to auth.test, and log each scope that the bot lacks.

    Raises Refusal, and the errors of NO_ANSWER.
    """
    log.info("slack.connecting")
    try:
        response = await client.auth_test()
    except SlackApiError as error:
        raise refusal(error) from error
    scopes = {scope.strip() for scope in response.headers.get("X-OAuth-Scopes", "").split(",")}
    for scope in messages.SCOPES:
        if scopes != {""} and scope not in scopes:
            log.error("slack.missing_scope", scope=scope, fix=messages.missing_scope(scope))
    return response.data if isinstance(response.data, dict) else {}
