"""A workspace's harness: the real adapter on a Slack of our own, where people act as its clients let them."""

import asyncio
import contextlib
import gc
import warnings
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal
from unittest.mock import patch

from aiohttp import web

from adapters.slack.adapter import SlackAdapter
from adapters.slack.inbound.convert import EMOJI
from adapters.slack.oauth.pages import EVENTS_PATH
from adapters.slack.outbound import rate_limit
from adapters.slack.transport.http_events import event_routes
from bot.commands.spec import Command
from bot.port.cards import Card, Delivered, Notice, Reply, Report, Working
from bot.port.requests import Address, OptionValue
from bot.storage.key_value import LedgerKeyValue
from quotas.ids import id_text, new_id
from tests.contract.backend import Backend
from tests.contract.harness import ACTORS, Actor, Capability, VisibleMessage, to_flags
from tests.fakes.slack.deliveries import Interaction
from tests.fakes.slack.forms import initial_state
from tests.fakes.slack.messages import File, Message, View
from tests.fakes.slack.places import User
from tests.fakes.slack.world import FakeSlack

FOREVER = 1_000_000
NAMED = {emoji: name for name, emoji in EMOJI.items()}
WRITES = (
    "chat.postMessage",
    "chat.postEphemeral",
    "chat.update",
    "chat.delete",
    "conversations.open",
    "files.getUploadURLExternal",
    "files.completeUploadExternal",
    "files.delete",
    "upload",
    "response_url",
)
ALONE = "one for its reader alone, which nothing can reach again"


@dataclass
class Slack:
    """A workspace with one channel, in which all three are; the boss is an admin of it."""

    backend: Backend
    name: ClassVar = "slack-socket"
    mode: ClassVar[Literal["socket", "http"]] = "socket"
    names: ClassVar[Mapping[Actor, str]] = {"ann": "Ann", "bob": "Bob", "boss": "Boss"}
    duplicate_reason: ClassVar = "a message without pictures cannot be found again by its key"
    unsupported: ClassVar[Mapping[Capability, str]] = {
        "open": "the card is for its asker alone: the channel sees one message a job, its gallery",
        "moves": "what a command's response_url posted, it can neither replace nor delete",
    }

    async def open(self) -> None:
        self._stack = contextlib.AsyncExitStack()
        self._fake = await self._stack.enter_async_context(FakeSlack(self.mode))
        self._stack.enter_context(patch.object(rate_limit, "CHANNEL_SECONDS", 0.0))
        self._people = {who: self._fake.add_user(self.names[who], admin=who == "boss") for who in ACTORS}
        self._room = self._fake.add_channel("general")
        self._fake.add_group("foxes", *self._people.values())
        if self.mode == "http":
            await self._stack.enter_async_context(self._served())
        await self._start()

    async def close(self) -> None:
        await self._crash()
        await self._stack.aclose()
        assert self._fake.violations == [], "what was sent is against Slack's published limits"

    async def restart(self) -> None:
        await self._crash()
        await self._fake.until(lambda: not self._fake.sockets.connections)
        await self._start()

    async def _crash(self) -> None:
        """What was cut off in its goodbye is closed by nobody, as in a process that was killed."""
        await self.backend.crash()
        with warnings.catch_warnings(action="ignore", category=ResourceWarning):
            gc.collect()

    async def _start(self) -> None:
        await self.backend.open(self._make)
        await self.backend.start()
        await self.backend.wait_until_running(self._adapter.ready)

    def _make(self, store: LedgerKeyValue, _commands: Mapping[str, Command]) -> SlackAdapter:
        self._adapter = SlackAdapter(
            store,
            bot_token=self._fake.team.token,
            app_token=self._fake.tokens.app if self.mode == "socket" else "",
            signing_secret=self._fake.signing_secret,
            base_url=self._fake.base_url,
            clock=self.backend.clock,
        )
        return self._adapter

    @contextlib.asynccontextmanager
    async def _served(self) -> AsyncIterator[None]:
        """The web server outlives the process: its address is what Slack was told."""
        app = web.Application()
        app.add_routes(event_routes(lambda: self._adapter.app, self._fake.signing_secret))
        runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._fake.app_url = f"http://127.0.0.1:{runner.addresses[0][1]}{EVENTS_PATH}"
        try:
            yield
        finally:
            await runner.cleanup()

    async def wait_until_done(self) -> None:
        await self.backend.wait_until_done()

    async def skip(self, seconds: float) -> None:
        self.backend.clock.skipped += seconds
        self._fake.skip(seconds)

    def mention(self, who: Actor) -> str:
        """By name, by group, and as Slack itself writes it."""
        return f"@{self.names[who]} @foxes {self._people[who].mention}"

    # --- what people do

    async def ask(self, who: Actor, text: str, **options: OptionValue) -> None:
        await self._slash(who, "imagine", f"{text} {to_flags(options)}")

    def person(self, who: Actor) -> str:
        return self._people[who].mention

    def channel(self) -> str:
        return f"<#{self._room.id}|{self._room.name}>"

    async def command(self, who: Actor, name: str, **options: Any) -> None:
        command, _, verb = name.partition(" ")
        await self._slash(who, command, f"{verb} {to_flags(options)}".strip())

    async def _slash(self, who: Actor, name: str, text: str) -> None:
        await self._answered(await self._fake.slash(self._people[who], self._room, f"/{name}", text))

    async def press(self, who: Actor, label: str, on: VisibleMessage) -> None:
        await self._answered(await self._fake.click(self._people[who], self._message(who, on), label))

    async def fill(self, who: Actor, label: str, on: VisibleMessage, **changes: str) -> Mapping[str, str]:
        await self.press(who, label, on)
        form = self._fake.open_view(self._people[who])
        assert form, "no form"
        filled = _filled(form)
        await self._answered(await self._fake.submit(self._people[who], form, changes))
        return filled

    async def _answered(self, asked: Interaction) -> None:
        assert asked.acked, asked.failed
        await self._told()

    async def _told(self) -> None:
        """All that was heard is answered, and the core knows of what is there."""

        async def quiet() -> bool:
            return not any("Listener._run" in repr(task.get_coro()) for task in asyncio.all_tasks())

        await self.backend.until(quiet)
        await self.backend.wait_until_cards_known()

    async def react(self, who: Actor, emoji: str, on: VisibleMessage) -> None:
        before = self.backend.core.reaction_count
        await self._fake.react(self._people[who], self._message(who, on), _named(emoji))

        async def heard() -> bool:
            return self.backend.core.reaction_count > before

        await self.backend.until(heard)
        await self._told()

    async def unreact(self, who: Actor, emoji: str, on: VisibleMessage) -> None:
        await self._fake.unreact(self._people[who], self._message(who, on), _named(emoji))

    def _message(self, who: Actor, on: VisibleMessage) -> Message:
        return next(message for message in self._visible(self._people[who]) if message.ts == on.id)

    # --- what is seen

    async def messages(self, who: Actor) -> list[VisibleMessage]:
        return [_seen(message) for message in self._visible(self._people[who])]

    def _visible(self, person: User) -> list[Message]:
        everything = [*self._room.messages, *self._fake.ephemerals(person), *self._fake.dms(person)]
        return sorted(everything, key=lambda message: message.ts)

    # --- trouble

    @contextlib.asynccontextmanager
    async def outage(self) -> AsyncIterator[None]:
        for method in WRITES:
            self._fake.fail(method, status=503, times=FOREVER)
        try:
            yield
        finally:
            self._fake.heal()

    def ban(self) -> None:
        self.expire_tokens()
        self._room.archived = True

    def expire_tokens(self) -> None:
        for interaction in self._fake.urls.values():
            self._fake.expire(interaction)

    # --- the port, directly

    async def job(self) -> str:
        return id_text(new_id())

    def address(self, *, private: bool) -> Address:
        team = self._fake.team.id
        return Address(
            platform="slack",
            workspace=f"slack:{team}",
            channel=f"slack:{self._room.id}",
            private_to=f"slack:{team}:{self._people['ann'].id}" if private else "",
        )

    async def answer(self, reply: Reply) -> None:
        self.backend.core.next_reply = reply
        if isinstance(reply, Report | Notice):
            await self.command("ann", "quota")
        else:
            await self.ask("ann", "a fox")

    def why_not_shown(self, verb: str, card: Card) -> str:
        if (verb == "revise" and isinstance(card, Working)) or (
            verb == "delete" and not isinstance(card, Delivered)
        ):
            return ALONE
        if verb == "reply" and isinstance(card, Delivered):
            return "a request that was answered before: its gallery is in the channel already"
        return ""


@dataclass
class SlackHttp(Slack):
    name: ClassVar = "slack-http"
    mode: ClassVar = "http"


def _named(emoji: str) -> str:
    """As Slack calls it; which of the forms of a character a keyboard gives, it does not tell."""
    return NAMED[emoji.removesuffix("\ufe0f")]


def _filled(form: View) -> Mapping[str, str]:
    state = {name: block[name] for name, block in initial_state(form).items()}
    return {name: str((held.get("selected_option") or held)["value"] or "") for name, held in state.items()}


def _seen(message: Message) -> VisibleMessage:
    sound = [alt for file, alt in message.gallery if isinstance(file, File) and _is_sound(file)]
    return VisibleMessage(
        id=message.ts,
        text=message.words,
        files=tuple(file.name for file in message.files if not file.mimetype.startswith("image/")),
        pictures=len(sound),
        alts=tuple(sound),
        buttons=tuple(message.labels),
        private=message.only_for is not None or message.channel.kind == "im",
        pings=tuple(sorted(getattr(each, "name", str(each)) for each in message.risks)),
    )


def _is_sound(file: File) -> bool:
    return (file.data or b"").startswith(b"\x89PNG")
