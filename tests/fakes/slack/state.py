"""Everything that this Slack knows, its clock, and waiting for a change."""

import asyncio
import itertools
import secrets
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from tests.fakes.slack.messages import File, Message, View
from tests.fakes.slack.places import Channel, Team, User, UserGroup
from tests.fakes.slack.tokens import Tokens

# Seconds before each repetition of an event (docs.slack.dev/apis/events-api, "Error handling").
RETRY_DELAYS = (0.0, 60.0, 300.0)
SUBSCRIBED = {
    "app_mention",
    "message.im",
    "reaction_added",
    "reaction_removed",
    "app_home_opened",
    "app_uninstalled",
    "tokens_revoked",
}


class State:
    """The state of this Slack, and the methods that fill it. All times are seconds by `now()`.

    `ack_seconds`: the app must acknowledge within this time.
    `trigger_seconds`: a trigger_id works for so long.
    `url_seconds`, `url_uses`: a response_url works for so long, and so often.
    `scan_seconds`: from the completion of an upload until Slack has processed the file.
    `retry_delays`: before each repetition of an event that is not acknowledged.
    `should_escape`: the commands' option "Escape channels, users, and links sent to your app".
    `command_replaces`: a command's response_url can replace what it posted; reports say that it cannot.
    `tells_block_shares`: files.info tells which messages show a file in image blocks; Slack's documents are
    silent about that. It always tells which ones show the file as a tile.
    `subscribed`: the events that the app asks for.
    `commands`: the app's slash commands; None for any.
    `violations`: everything that the bot sent against Slack's published limits.
    """

    # The next four: docs.slack.dev/interactivity/handling-user-interaction.
    ack_seconds = 3.0
    trigger_seconds = 3.0
    url_seconds = 1800.0
    url_uses = 5
    scan_seconds = 0.0
    retry_delays: Sequence[float] = RETRY_DELAYS
    should_escape = True
    command_replaces = False  # it posts anew: slackapi/bolt-js#2287, bolt-python#1268
    tells_block_shares = False

    def __init__(self, *, keep_bytes: bool = True, check: bool = True) -> None:
        self.keep_bytes = keep_bytes
        self.check = check
        self._skipped = 0.0
        self._numbers = itertools.count(0x1000001)
        self._last_ts = 0
        self.base_url = ""
        self.origin = ""  # scheme, host and port; "" before it listens
        self.app_id = self.new_id("A")
        self.verification_token = secrets.token_hex(12)
        self.signing_secret = secrets.token_hex(16)
        self.tokens = Tokens(self)
        self.teams: dict[str, Team] = {}
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self._direct: dict[User, Channel] = {}
        self.files: dict[str, File] = {}
        self.views: dict[str, View] = {}  # all views so far
        self.modals: dict[User, list[View]] = {}  # the open ones, the topmost last
        self.homes: dict[User, View] = {}
        self.ephemeral: list[Message] = []
        # Of assistant.threads.setStatus, by channel and thread.
        self.statuses: dict[tuple[str, str], str] = {}
        self.violations: list[str] = []
        self.subscribed = set(SUBSCRIBED)
        self.commands: set[str] | None = None
        self._waiting: set[asyncio.Event] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self.team = self.add_team("Studio")

    def remove_channel(self, channel: "Channel") -> None:
        """Delete a channel with its messages: every method then answers channel_not_found."""
        channel.team.channels.remove(channel)
        del self.channels[channel.id]
        channel.deleted_messages += channel.messages
        channel.messages.clear()
        self.touch()

    def now(self) -> float:
        return time.time() + self._skipped

    def skip(self, seconds: float) -> None:
        """Move the clock on: for triggers, response_urls, scans, repetitions, tokens and rate limits."""
        self._skipped += seconds
        self.touch()

    def new_id(self, kind: str) -> str:
        """Make a unique id such as U0100000A. `kind`: its first letters."""
        return f"{kind}0{next(self._numbers):08X}"

    def new_ts(self) -> str:
        """Make a message's timestamp, later than all before."""
        self._last_ts = max(self._last_ts + 1, int(self.now() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def add_team(self, name: str, *, installed: bool = True, domain: str = "") -> Team:
        """Make a workspace. `installed`: it has the app."""
        team = Team(
            id=self.new_id("T"), name=name, domain=domain or name.lower().replace(" ", "-"), state=self
        )
        self.teams[team.id] = team
        team.bot = User(id=self.new_id("U"), name="imagine", team=team, bot=True)
        self.users[team.bot.id] = team.bot
        if installed:
            self.tokens.install(team)
        return team

    def add_user(self, name: str, **rights: bool) -> User:
        """Make a user of the first team; see `Team.add_user`."""
        return self.team.add_user(name, **rights)

    def add_channel(self, name: str, **options: Any) -> Channel:
        """Make a channel of the first team; see `Team.add_channel`."""
        return self.team.add_channel(name, **options)

    def add_group(self, handle: str, *users: User) -> UserGroup:
        return self.team.add_group(handle, *users)

    def dm(self, user: User) -> Channel:
        """Return the direct conversation of a user and the bot."""
        if user not in self._direct:
            channel = Channel(id=self.new_id("D"), name="", team=user.team, kind="im", members=[user])
            self._direct[user] = self.channels[channel.id] = channel
        return self._direct[user]

    def ephemerals(self, user: User) -> list[Message]:
        """Return the messages that only this user sees, oldest first, without deleted ones."""
        return [message for message in self.ephemeral if message.only_for is user]

    def dms(self, user: User) -> list[Message]:
        return self.dm(user).messages

    def home(self, user: User) -> View | None:
        """Return the home tab that was published for a user; None if there is none."""
        return self.homes.get(user)

    def open_view(self, user: User) -> View | None:
        """Return the modal that a user has open, the topmost of several; None if there is none."""
        stack = self.modals.get(user)
        return stack[-1] if stack else None

    def find_message(self, channel: Channel, ts: str) -> Message | None:
        return next((message for message in channel.messages if message.ts == ts), None)

    def told_shares(self, file: File, channel: Channel) -> list[Message]:
        """Return the messages of a channel that files.info names in a file's `shares`."""
        return [each for each in file.shares[channel] if self.tells_block_shares or file in each.files]

    def complain(self, where: str, complaints: list[str]) -> None:
        """Add violations. `where`: the method, or another place that took the payload."""
        self.violations += [f"{where}: {complaint}" for complaint in complaints]

    def touch(self) -> None:
        """Tell everybody who waits in `until` that something changed."""
        for event in self._waiting:
            event.set()

    async def until(self, condition: Callable[[], object], seconds: float = 10.0) -> None:
        """Wait until a condition holds; check it after each change. Raises TimeoutError."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    event.clear()
                    await event.wait()
        finally:
            self._waiting.discard(event)

    async def sleep(self, seconds: float) -> None:
        """Wait for some seconds by `now()`; `skip` shortens the wait."""
        end = self.now() + seconds
        while (left := end - self.now()) > 0:
            try:
                await self.until(lambda: self.now() >= end, left)
            except TimeoutError:
                continue

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Start a background task; it ends with this Slack at the latest."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop_tasks(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
