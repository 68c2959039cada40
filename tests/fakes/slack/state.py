"""All that this Slack knows, its clock, and who waits for something to happen in it."""

import asyncio
import itertools
import secrets
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from tests.fakes.slack.messages import File, Message, View
from tests.fakes.slack.places import Channel, Team, User, UserGroup
from tests.fakes.slack.tokens import Tokens

RETRY_DELAYS = (0.0, 60.0, 300.0)  # docs.slack.dev/apis/events-api, "Error handling": at once, 1 min, 5 min
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
    """The world and its builders. All times in seconds, by `now()`, which `skip` moves on.

    `ack_seconds`: how long the bot may take to acknowledge. `trigger_seconds`, `url_seconds`, `url_uses`:
    how long a trigger_id lasts, and a response_url, and how often it may be used. `scan_seconds`: from the
    completion of an upload until Slack has looked at the file. `retry_delays`: before each repetition of an
    unacknowledged event. `subscribed`: the events that the app asked for; `commands`: its slash commands,
    None for any. `command_replaces`: what a command's response_url posted can be replaced by it, which
    reports deny. `should_escape`: of commands ("Escape channels, users, and links sent to your app").
    """

    ack_seconds = 3.0  # docs.slack.dev/interactivity/handling-user-interaction
    trigger_seconds = 3.0
    url_seconds = 1800.0
    url_uses = 5
    scan_seconds = 0.0
    retry_delays: Sequence[float] = RETRY_DELAYS
    should_escape = True
    command_replaces = False  # slackapi/bolt-js#2287, bolt-python#1268: it posts anew

    def __init__(self, *, keep_bytes: bool = True, check: bool = True) -> None:
        self.keep_bytes = keep_bytes
        self.check = check
        self._skipped = 0.0
        self._numbers = itertools.count(0x1000001)
        self._last_ts = 0
        self.base_url = ""
        self.origin = ""  # scheme, host and port, once it listens
        self.app_id = self.new_id("A")
        self.verification_token = secrets.token_hex(12)
        self.signing_secret = secrets.token_hex(16)
        self.tokens = Tokens(self)
        self.teams: dict[str, Team] = {}
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self._direct: dict[User, Channel] = {}
        self.files: dict[str, File] = {}
        self.views: dict[str, View] = {}  # every view there ever was
        self.modals: dict[User, list[View]] = {}  # open ones, the top one last
        self.homes: dict[User, View] = {}
        self.ephemeral: list[Message] = []
        self.statuses: dict[
            tuple[str, str], str
        ] = {}  # of assistant.threads.setStatus, by channel and thread
        self.violations: list[str] = []
        self.subscribed = set(SUBSCRIBED)
        self.commands: set[str] | None = None
        self._waiting: set[asyncio.Event] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self.team = self.add_team("Studio")

    def now(self) -> float:
        return time.time() + self._skipped

    def skip(self, seconds: float) -> None:
        """Let time pass: for triggers, response_urls, scans, repetitions, tokens and rate limits."""
        self._skipped += seconds
        self.touch()

    def new_id(self, kind: str) -> str:
        """An id such as U0100000A: a letter for its kind, then what is unique."""
        return f"{kind}0{next(self._numbers):08X}"

    def new_ts(self) -> str:
        """A message's timestamp, later than all before."""
        self._last_ts = max(self._last_ts + 1, int(self.now() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def add_team(self, name: str, *, installed: bool = True, domain: str = "") -> Team:
        """A workspace, with the app installed unless told otherwise."""
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
        """Somebody of the first team; see `Team.add_user`."""
        return self.team.add_user(name, **rights)

    def add_channel(self, name: str, **how: Any) -> Channel:
        """A channel of the first team; see `Team.add_channel`."""
        return self.team.add_channel(name, **how)

    def add_group(self, handle: str, *users: User) -> UserGroup:
        return self.team.add_group(handle, *users)

    def dm(self, user: User) -> Channel:
        """The direct conversation of a user and the bot."""
        if user not in self._direct:
            channel = Channel(id=self.new_id("D"), name="", team=user.team, kind="im", members=[user])
            self._direct[user] = self.channels[channel.id] = channel
        return self._direct[user]

    def ephemerals(self, user: User) -> list[Message]:
        """What only this user sees, oldest first; what was taken away is not among it."""
        return [message for message in self.ephemeral if message.only_for is user]

    def dms(self, user: User) -> list[Message]:
        return self.dm(user).messages

    def home(self, user: User) -> View | None:
        """The home tab that is published for a user."""
        return self.homes.get(user)

    def open_view(self, user: User) -> View | None:
        """The modal that a user has open; the topmost of several."""
        stack = self.modals.get(user)
        return stack[-1] if stack else None

    def find_message(self, channel: Channel, ts: str) -> Message | None:
        return next((message for message in channel.messages if message.ts == ts), None)

    def complain(self, where: str, wrong: list[str]) -> None:
        """Remember what was wrong with a payload of the bot."""
        self.violations += [f"{where}: {line}" for line in wrong]

    def touch(self) -> None:
        """Something changed: whoever waits in `until` looks again."""
        for event in self._waiting:
            event.set()

    async def until(self, true: Callable[[], object], seconds: float = 10.0) -> None:
        """Wait until something holds; looked at whenever anything changed. Raises TimeoutError."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            async with asyncio.timeout(seconds):
                while not true():
                    event.clear()
                    await event.wait()
        finally:
            self._waiting.discard(event)

    async def pass_by(self, seconds: float) -> None:
        """Wait so long by `now()`, so that `skip` cuts it short."""
        end = self.now() + seconds
        while (left := end - self.now()) > 0:
            try:
                await self.until(lambda: self.now() >= end, left)
            except TimeoutError:
                continue

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something meanwhile; it ends with this Slack at the latest."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop_tasks(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
