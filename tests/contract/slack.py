"""Slack's harness: the real adapter on a loopback Slack, where people act as a real client lets them."""

import asyncio
import contextlib
import gc
import warnings
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal
from unittest.mock import patch

from adapters.slack.adapter import SlackAdapter
from adapters.slack.inbound.convert import EMOJI
from adapters.slack.oauth.pages import EVENTS_PATH
from adapters.slack.outbound import rate_limit
from adapters.slack.render.action_ids import MENU
from adapters.slack.transport.http_events import event_routes
from bot.commands.spec import Command
from bot.port.cards import Card, Delivered, Notice, Panel, PictureList, Reply, Report, Working
from bot.port.requests import Address, OptionValue
from bot.storage.key_value import LedgerKeyValue
from quotas.ids import id_text, new_id
from tests.contract.backend import PICTURE, Backend
from tests.contract.harness import ACTORS, MASK, Actor, Capability, VisibleMessage, to_flags
from tests.fakes.slack.deliveries import Interaction
from tests.fakes.slack.forms import initial_state
from tests.fakes.slack.messages import File, Message, View
from tests.fakes.slack.places import User
from tests.fakes.slack.world import FakeSlack
from tests.slack.web_server import web_server

FOREVER = 1_000_000
EMOJI_NAMES = {emoji: name for name, emoji in EMOJI.items()}
WRITE_METHODS = (
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
UNREACHABLE = "one for its reader alone, which nothing can reach again"


@dataclass
class Slack:
    """A workspace with one channel, in which all three people are; the boss is its admin."""

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
            # The web server outlives a restart of the process, as its URL at Slack does.
            routes = event_routes(lambda: self._adapter.app, self._fake.signing_secret)
            url = await self._stack.enter_async_context(web_server(routes))
            self._fake.app_url = url + EVENTS_PATH
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
        """End the process as a kill does: nothing closes its connections, so ignore warnings about them."""
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
            file_origins={self._fake.origin},
            clock=self.backend.clock,
        )
        return self._adapter

    async def wait_until_done(self) -> None:
        await self.backend.wait_until_done()

    async def skip(self, seconds: float) -> None:
        self.backend.clock.skipped += seconds
        self._fake.skip(seconds)

    def mention(self, who: Actor) -> str:
        """Mention a person by name, by group, and in Slack's own form."""
        return f"@{self.names[who]} @foxes {self._people[who].mention}"

    # --- actions of people

    async def ask(self, who: Actor, text: str, **options: OptionValue) -> None:
        await self._slash(who, "imagine", f"{text} {to_flags(options)}")

    async def compare(self, who: Actor, text: str, **options: OptionValue) -> None:
        await self._slash(who, "compare", f"{text} {to_flags(options)}")

    async def send(self, who: Actor, text: str, files: Mapping[str, bytes], **options: OptionValue) -> None:
        """Mention the bot with the files; with a mask, fill in the form of `/imagine`."""
        if MASK in files:
            await self._send_form(who, f"{text} {to_flags(options)}", files)
            return
        sent = [self._fake.file(name, data) for name, data in files.items()]
        await self._fake.mention(self._people[who], self._room, f"{text} {to_flags(options)}", files=sent)
        await self._wait_idle()

    async def _send_form(self, who: Actor, text: str, files: Mapping[str, bytes]) -> None:
        await self._slash(who, "imagine", "")
        form = self._fake.open_view(self._people[who])
        assert form, "no form"
        sent = [self._fake.file(name, data) for name, data in files.items() if name != MASK]
        values = {"prompt": text, "reference": sent, "mask": [self._fake.file(MASK, files[MASK])]}
        await self._wait_for_answer(await self._fake.submit(self._people[who], form, values))

    def person(self, who: Actor) -> str:
        return self._people[who].mention

    def channel(self) -> str:
        return f"<#{self._room.id}|{self._room.name}>"

    async def command(self, who: Actor, name: str, /, **options: Any) -> None:
        command, _, verb = name.partition(" ")
        await self._slash(who, command, f"{verb} {to_flags(options)}".strip())

    async def _slash(self, who: Actor, name: str, text: str) -> None:
        await self._wait_for_answer(await self._fake.slash(self._people[who], self._room, f"/{name}", text))

    async def press(self, who: Actor, label: str, on: VisibleMessage) -> None:
        target = self._fake.views.get(on.id) or self._message(who, on)
        await self._wait_for_answer(await self._fake.click(self._people[who], target, label))

    async def choose(self, who: Actor, prompt: str, on: VisibleMessage) -> None:
        message = self._message(who, on)
        await self._wait_for_answer(await self._fake.choose(self._people[who], message, MENU, prompt))

    async def opened(self, who: Actor) -> VisibleMessage:
        view = self._fake.open_view(self._people[who])
        return (await self.messages(who))[-1] if view is None else _visible_view(view)

    async def pick(self, who: Actor, number: int, on: VisibleMessage) -> VisibleMessage:
        await self.press(who, str(number), on)
        view = self._fake.open_view(self._people[who])
        assert view, "no modal"
        images = [block for block in view.blocks if block["type"] == "image"]
        return VisibleMessage(
            id=view.id,
            text=f"{view.title}\n{view.words}",
            pictures=len(images),
            alts=tuple(block["alt_text"] for block in images),
            buttons=tuple(view.labels),
            private=True,
        )

    async def last_answer(self, who: Actor) -> str:
        if (form := self._fake.open_view(self._people[who])) is not None:
            return " ".join(form.errors.values())
        return "".join(each.text for each in (await self.messages(who))[-1:])

    async def last_file(self, who: Actor) -> bytes:
        (file,) = self._fake.dms(self._people[who])[-1].files
        return file.data or b""

    async def fill(self, who: Actor, label: str, on: VisibleMessage, **changes: str) -> Mapping[str, str]:
        await self.press(who, label, on)
        form = self._fake.open_view(self._people[who])
        assert form, "no form"
        first_values = _values(form)
        await self._wait_for_answer(await self._fake.submit(self._people[who], form, changes))
        return first_values

    async def _wait_for_answer(self, interaction: Interaction) -> None:
        assert interaction.acked, interaction.failed
        await self._wait_idle()

    async def _wait_idle(self) -> None:
        """Wait until the listener has answered everything, and the core knows every card."""

        async def is_idle() -> bool:
            return not any("Listener._run" in repr(task.get_coro()) for task in asyncio.all_tasks())

        await self.backend.until(is_idle)
        await self.backend.wait_until_cards_known()

    async def react(self, who: Actor, emoji: str, on: VisibleMessage) -> None:
        """React, and wait for the answer."""
        before = self.backend.core.reaction_count
        await self._fake.react(self._people[who], self._message(who, on), _emoji_name(emoji))

        async def has_reached_core() -> bool:
            return self.backend.core.reaction_count > before

        await self.backend.until(has_reached_core)
        await self._wait_idle()

    async def unreact(self, who: Actor, emoji: str, on: VisibleMessage) -> None:
        await self._fake.unreact(self._people[who], self._message(who, on), _emoji_name(emoji))

    def _message(self, who: Actor, on: VisibleMessage) -> Message | View:
        if on.id in self._fake.views:
            return self._fake.views[on.id]
        return next(message for message in self._visible(self._people[who]) if message.ts == on.id)

    # --- messages

    async def messages(self, who: Actor) -> list[VisibleMessage]:
        return [_visible_message(message) for message in self._visible(self._people[who])]

    def _visible(self, person: User) -> list[Message]:
        messages = [*self._room.messages, *self._fake.ephemerals(person), *self._fake.dms(person)]
        return sorted(messages, key=lambda message: message.ts)

    # --- trouble

    @contextlib.asynccontextmanager
    async def outage(self) -> AsyncIterator[None]:
        """Let every call that writes something fail."""
        for method in WRITE_METHODS:
            self._fake.fail(method, status=503, times=FOREVER)
        try:
            yield
        finally:
            self._fake.heal()

    def ban(self) -> None:
        self.expire_tokens()
        self._room.archived = True

    def delete_channel(self) -> None:
        self._fake.remove_channel(self._room)

    def open_channel(self) -> None:
        self._room = self._fake.add_channel("second")

    def refuse_direct_messages(self, who: Actor) -> None:
        self._people[who].accepts_dms = False

    def accept_direct_messages(self, who: Actor) -> None:
        self._people[who].accepts_dms = True

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
        if isinstance(reply, Report | PictureList | Notice):
            await self.command("ann", "quota")
        else:
            await self.ask("ann", "a fox")

    def why_not_shown(self, verb: str, card: Card) -> str:
        if (verb == "revise" and isinstance(card, Working)) or (
            verb == "delete" and not isinstance(card, Delivered | Panel)
        ):
            return UNREACHABLE
        if verb == "reply" and isinstance(card, Delivered):
            return "a request that was answered before: its gallery is in the channel already"
        return ""


@dataclass
class SlackHttp(Slack):
    """The same in HTTP mode."""

    name: ClassVar = "slack-http"
    mode: ClassVar = "http"


def _emoji_name(emoji: str) -> str:
    """Return Slack's name of an emoji, which has none for the character's variants."""
    return EMOJI_NAMES[emoji.removesuffix("\ufe0f")]


def _values(form: View) -> Mapping[str, str]:
    entries = {name: block[name] for name, block in initial_state(form).items() if "files" not in block[name]}
    return {name: _entered(entry) for name, entry in entries.items()}


def _entered(entry: Mapping[str, Any]) -> str:
    if "selected_options" in entry:
        return ",".join(option["value"] for option in entry["selected_options"])
    return str((entry.get("selected_option") or entry)["value"] or "")


def _visible_message(message: Message) -> VisibleMessage:
    alts = [alt for file, alt in message.gallery if isinstance(file, File) and _is_picture(file)]
    return VisibleMessage(
        id=message.ts,
        text=message.words,
        files=tuple(file.name for file in message.files if not file.mimetype.startswith("image/")),
        pictures=len(alts),
        alts=tuple(alts),
        buttons=tuple(message.labels),
        private=message.only_for is not None or message.channel.kind == "im",
        pings=tuple(sorted(getattr(each, "name", str(each)) for each in message.risks)),
    )


def _visible_view(view: View) -> VisibleMessage:
    """Show a modal as a message for its user alone."""
    return VisibleMessage(
        id=view.id,
        text=f"{view.title}\n{view.words}",
        pictures=sum(block["type"] == "image" for block in view.blocks),
        buttons=tuple(view.labels),
        private=True,
    )


def _is_picture(file: File) -> bool:
    return (file.data or b"").startswith(PICTURE)
