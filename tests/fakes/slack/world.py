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

All of `fake` is the first team, `fake.team` (`id`, `domain`, `bot`, `bot_id`, `token`, `scopes`: take from
or add to them at any time); `add_team(name, installed=False)` makes others, with `add_user`, `add_channel`,
`add_group` of their own; a channel `shared_with` one is Slack Connect. Users' `admin`, `owner`, `guest`,
`deleted` and channels' `bot`, `archived`, `members` may be changed at any time. `subscribed`: events that
the app asked for (`file_shared` is to be added); `commands`: its slash commands, None for any; `shortcuts`:
{name: callback_id}.

People act; it returns once the app acknowledged, or did not in time. What their client would not let them
do raises NotOffered: `slash(ann, room, "/imagine", "a fox")`, `click(ann, message or view, "Again")`
(label, its beginning, or action_id), `choose(ann, message or view, name, value)`, `submit(ann, view,
{"Prompt": "a fox"})` (label, block_id or action_id), `close_view(ann, view)`, `shortcut(ann, message or
None, name)`; these give an `Interaction`: `.seconds`, `.body` of the ack, `.acked`, `.failed` (what is
shown in red: "operation_timeout", "dispatch_failed", "http_service_error"), `.followups` (messages by its
response_url or the ack), `.original`, `.modal`, `.url_used`, `.response_url`, `.trigger_id`, `.payload`.
And `mention(ann, room, "a fox", thread_ts=…)`, `direct(ann, "a fox")`, `react`, `unreact(ann, message,
"repeat")`, `open_home(ann)`, `uninstall(team)`; these give an `Event` (uninstall: two): `.event_id`,
`.acks`, one for each attempt, `.acked`, `.seconds`. `say(ann, room, text)` is heard by nobody.

What is to be seen: `room.messages`, `room.gone`, `ephemerals(ann)`, `dms(ann)`, `open_view(ann)`,
`home(ann)`, `files`, `statuses`. A `Message`: `text`, `words` (all that is read), `labels`, `gallery`
[(file or URL, alt)], `blocks`, `attachments`, `files` (`name`, `size`, `sha1`, `data`, `alt`), `thread_ts`,
`unfurl_links`, `unfurl_media`, `history`, `edited`, `pings` (whom Slack notifies: users, groups,
"channel"), `risks` (whom it may), `reactions`, `by_url`. A `View`: `title`, `fields` {label: element},
`labels`, `words`, `errors`, `payload`, `history`. `until(lambda: …, seconds)` waits for anything; it looks
again whenever something changed.

Time: `skip(seconds)`, `expire(interaction)`, `ack_seconds`, `trigger_seconds`, `url_seconds`,
`scan_seconds` (0: files are looked at as soon as they are complete), `retry_delays` of events. Troubles, by
method, or `upload`, `file`, `response_url`: `fail("chat.postMessage", error="fatal_error" or status=503,
times=1, retry_after=…, before=True)`, `lose(method)`, `hold(method).open()`, `heal()`; `drop_socket()`,
`refresh()`, `disable_socket()`, `refuse_socket("invalid_auth")`; `tokens.revoke(token)`, `tokens.rotation`.
HTTP alone: `forge("stale", ann, room, "/imagine", "a fox")` (see `calls.FORGERIES`),
`replay(fake.calls.sent[0])`, `verify_url()`. OAuth: `authorize(ann, scopes)` gives a code;
`{origin}/oauth/v2/authorize` is the page, where `installer` agrees; `tokens.client_id`, `.client_secret`.
Counts: `requests` (`.method`, `.args`), `count(method)`, `events.told`, `links.opened`.

Where Slack's documents are silent, this one is strict: what a command's response_url posted cannot be
replaced by it (`command_replaces` lets it), an upload must have the announced length, no thread without its
first message, blocks of 13,200 characters together, an ephemeral message shares no file.

Every message and view is checked against the published limits of Block Kit: `violations` must stay empty.
"""

from collections.abc import Iterable

from tests.fakes.slack.calls import Sent
from tests.fakes.slack.deliveries import Ack, Interaction
from tests.fakes.slack.errors import ApiError
from tests.fakes.slack.people import People
from tests.fakes.slack.places import SCOPES, User
from tests.fakes.slack.troubles import FOREVER, Gate, Trouble


class FakeSlack(People):
    """See the module's docstring."""

    @property
    def app_url(self) -> str:
        """Where the app listens, in HTTP mode."""
        return self.calls.app_url

    @app_url.setter
    def app_url(self, url: str) -> None:
        self.calls.app_url = url

    async def connected(self, links: int = 1) -> None:
        """Wait until so many sockets are there."""
        await self.until(lambda: len(self.links.links) >= links)

    def count(self, method: str) -> int:
        """How often a method was called, whatever became of it."""
        return sum(asked.method == method for asked in self.requests)

    def expire(self, interaction: Interaction) -> None:
        """Its response_url and its trigger_id no longer work."""
        interaction.url_expired = interaction.trigger_expired = True

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
        """So many calls are answered so. `before`: without being carried out. `retry_after` makes a 429."""
        if retry_after is not None and status == 200:
            error, status = "ratelimited", 429
        refused = ApiError(error, status=status, retry_after=retry_after)
        self.troubles.add(Trouble(method=method, times=times, error=refused, before=before))

    def lose(self, method: str, *, times: int = 1) -> None:
        """So many calls are carried out, and their connection is cut instead of an answer."""
        self.troubles.add(Trouble(method=method, times=times, lost=True))

    def hold(self, method: str) -> Gate:
        """Such calls wait until the gate is opened."""
        gate = Gate()
        self.troubles.add(Trouble(method=method, times=FOREVER, gate=gate))
        return gate

    def heal(self) -> None:
        """No trouble any more; rate limits stay."""
        self.troubles.clear()
        self.links.refuse = ""

    def drop_socket(self) -> None:
        """Cut every websocket without a word."""
        self.links.cut()

    async def refresh(self, reason: str = "refresh_requested") -> None:
        """Ask every websocket to come again: refresh_requested, or warning before it."""
        await self.links.ask_away(reason)

    def refuse_socket(self, error: str = "invalid_auth") -> None:
        """apps.connections.open works no more: invalid_auth, not_allowed_token_type; until `heal`."""
        self.links.refuse = error

    async def disable_socket(self) -> None:
        """Somebody turns Socket Mode off."""
        self.refuse_socket("not_allowed_token_type")
        await self.links.ask_away("link_disabled")
        await self.links.close()

    async def replay(self, sent: Sent) -> Ack:
        """The very same request once more."""
        return await self.calls.post(sent)

    async def verify_url(self) -> Ack:
        """The handshake of the Events API; a good app answers with the challenge."""
        payload = {"type": "url_verification", "token": self.verification_token, "challenge": "3eZbrw1a"}
        return await self.calls.send("events_api", payload, None)

    def authorize(self, user: User, scopes: Iterable[str] = SCOPES, redirect_uri: str = "") -> str:
        """An installer agrees, and brings this code back to the app."""
        return self.tokens.new_code(user.team, user, redirect_uri, set(scopes))
