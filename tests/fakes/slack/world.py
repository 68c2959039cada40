"""A Slack on a loopback address, for an unmodified slack-bolt and slack_sdk: Web API, Socket Mode, HTTP mode.

    async with FakeSlack("socket") as fake:      # or "http"; keep_bytes=, check=, rate_limits=
        room = fake.add_channel("general")       # private=, bot=False, members=[…], shared_with=[team]
        ann = fake.add_user("ann", admin=True)   # owner=, guest=, single_guest=, accepts_dms=
        designers = fake.add_group("designers", ann)
        client = AsyncWebClient(token=fake.team.token, base_url=fake.base_url)
        app = AsyncApp(client=client, signing_secret=fake.signing_secret)
        # socket: AsyncSocketModeHandler(app, fake.tokens.app).connect_async(), then
        await fake.connected()
        # http: serve the app, and fake.app_url = "http://127.0.0.1:…/slack/events"

The methods of `fake` are about its first team, `fake.team` (`id`, `domain`, `bot`, `bot_id`, `token`,
`scopes`: change these at any time). `add_team(name, installed=False)` makes others, with `add_user`,
`add_channel` and `add_group` of their own; a channel `shared_with` one is Slack Connect. A test may change
users' `admin`, `owner`, `guest`, `deleted` and channels' `bot`, `archived`, `members` at any time.
`subscribed`: the events that the app asks for (add `file_shared` if wanted); `commands`: its slash
commands, None for any; `shortcuts`: {name: callback_id}.

Actions of people return after the app's acknowledgement, or when that is too late. They raise NotOffered if
a person's client would not offer the action. These return an `Interaction`: `slash(ann, room, "/imagine",
"a fox")`, `click(ann, message or view, "Again")` (label, its beginning, or action_id), `choose(ann, message
or view, name, value)`, `submit(ann, view, {"Prompt": "a fox"})` (label, block_id or action_id),
`close_view(ann, view)`, `shortcut(ann, message or None, name)`. It has `.seconds`, `.body` (of the
acknowledgement), `.acked`, `.failed` (the error in red: "operation_timeout", "dispatch_failed",
"http_service_error"), `.followups` (messages through its response_url or the acknowledgement), `.original`,
`.modal`, `.url_use_count`, `.response_url`, `.trigger_id`, `.payload`. These return an `Event` (uninstall:
two): `mention(ann, room, "a fox", thread_ts=…)`, `direct(ann, "a fox")`, `react(ann, message, "repeat")`,
`unreact(ann, message, "repeat")`, `open_home(ann)`, `uninstall(team)`. It has `.event_id`, `.acks` (one for
each attempt), `.acked`, `.seconds`. `say(ann, room, text)` sends the app nothing.

Results: `room.messages`, `room.deleted_messages`, `ephemerals(ann)`, `dms(ann)`, `open_view(ann)`,
`home(ann)`, `files`, `statuses`. A `Message` has `text`, `words` (the text that a person reads), `labels`,
`gallery` [(file or URL, alt)], `blocks`, `attachments`, `files` (`name`, `size`, `sha1`, `data`, `alt`),
`thread_ts`, `unfurl_links`, `unfurl_media`, `history`, `edited_ts`, `pings` (those whom Slack notifies:
users, groups, "channel"), `risks` (those whom it may notify), `reactions`, `via_response_url`. A `View` has
`title`, `fields` {label: element}, `labels`, `words`, `errors`, `payload`, `history`. `until(lambda: …,
seconds)` waits for a condition; it checks it after each change.

Time: `skip(seconds)`, `expire(interaction)`, `ack_seconds`, `trigger_seconds`, `url_seconds`,
`scan_seconds` (0: Slack has processed a file as soon as it is complete), `retry_delays` of events.
Troubles, by method, or `upload`, `file`, `response_url`: `fail("chat.postMessage", error="fatal_error" or
status=503, times=1, retry_after=…, before=True)`, `lose(method)`, `hold(method).open()`, `heal()`;
`drop_socket()`, `refresh()`, `disable_socket()`, `refuse_socket("invalid_auth")`; `tokens.revoke(token)`,
`tokens.rotation`. Only in HTTP mode: `forge("stale", ann, room, "/imagine", "a fox")` (see
`http_mode.FORGERIES`), `replay(fake.http.requests[0])`, `verify_url()`. OAuth: `authorize(ann, scopes)`
returns a code; `{origin}/oauth/v2/authorize` is the page, where `installer` agrees; `tokens.client_id`,
`.client_secret`. Counts: `requests` (`.method`, `.args`), `count(method)`, `events.deliveries`,
`sockets.open_count`.

Where Slack's documents are silent, this fake is strict: a command's response_url cannot replace what it
posted (it can with `command_replaces`), an upload must have the announced length, a thread needs its first
message, the blocks of a message have at most 13,200 characters together, an ephemeral message shares no
file.

The fake checks every message and view against the published limits of Block Kit: `violations` must stay
empty.
"""

from collections.abc import Iterable

from tests.fakes.slack.deliveries import Ack, Interaction
from tests.fakes.slack.errors import ApiError
from tests.fakes.slack.http_mode import HttpRequest
from tests.fakes.slack.people import People
from tests.fakes.slack.places import SCOPES, User
from tests.fakes.slack.troubles import FOREVER, Gate, Trouble


class FakeSlack(People):
    """See the module's docstring."""

    @property
    def app_url(self) -> str:
        """The URL at which the app listens in HTTP mode."""
        return self.http.app_url

    @app_url.setter
    def app_url(self, url: str) -> None:
        self.http.app_url = url

    async def connected(self, count: int = 1) -> None:
        """Wait until so many websockets are open."""
        await self.until(lambda: len(self.sockets.connections) >= count)

    def count(self, method: str) -> int:
        """Count the calls of a method, with or without success."""
        return sum(request.method == method for request in self.requests)

    def expire(self, interaction: Interaction) -> None:
        """Let an interaction's response_url and trigger_id expire."""
        interaction.is_url_expired = interaction.is_trigger_expired = True

    def fail(
        self,
        method: str,
        *,
        error: str = "internal_error",
        status: int = 200,
        times: int = 1,
        retry_after: float | None = None,
        before: bool = True,
    ) -> None:
        """Answer the next `times` calls of a method by an error.

        `before`: do not carry the calls out.
        `retry_after`: seconds; makes the answer a 429, unless `status` is set.
        """
        if retry_after is not None and status == 200:
            error, status = "ratelimited", 429
        api_error = ApiError(error, status=status, retry_after=retry_after)
        self.troubles.add(Trouble(method=method, times=times, error=api_error, before=before))

    def lose(self, method: str, *, times: int = 1) -> None:
        """Carry out the next `times` calls of a method, and cut the connection in place of an answer."""
        self.troubles.add(Trouble(method=method, times=times, lost=True))

    def hold(self, method: str) -> Gate:
        """Make calls of a method wait until the gate opens."""
        gate = Gate()
        self.troubles.add(Trouble(method=method, times=FOREVER, gate=gate))
        return gate

    def heal(self) -> None:
        """End all troubles; rate limits stay."""
        self.troubles.clear()
        self.sockets.refusal = ""

    def drop_socket(self) -> None:
        """Lose every websocket without a close frame."""
        self.sockets.cut()

    async def refresh(self, reason: str = "refresh_requested") -> None:
        """Ask the app to reconnect every websocket. `reason`: refresh_requested, or the earlier warning."""
        await self.sockets.send_disconnect(reason)

    def refuse_socket(self, error: str = "invalid_auth") -> None:
        """Refuse apps.connections.open until `heal`. `error`: or not_allowed_token_type, for one."""
        self.sockets.refusal = error

    async def disable_socket(self) -> None:
        """Turn Socket Mode off, as somebody can on the app's page."""
        self.refuse_socket("not_allowed_token_type")
        await self.sockets.send_disconnect("link_disabled")
        await self.sockets.close()

    async def replay(self, request: HttpRequest) -> Ack:
        """Send the same request once more."""
        return await self.http.post(request)

    async def verify_url(self) -> Ack:
        """Do the handshake of the Events API; a good app answers with the challenge."""
        payload = {"type": "url_verification", "token": self.verification_token, "challenge": "3eZbrw1a"}
        return await self.http.send("events_api", payload, None)

    def authorize(self, user: User, scopes: Iterable[str] = SCOPES, redirect_uri: str = "") -> str:
        """Return the code that an installer who agreed brings back to the app."""
        return self.tokens.new_code(user.team, user, redirect_uri, set(scopes))
