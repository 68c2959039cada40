"""Discord's harness: the real adapter on a loopback Discord, where people act as a real client lets them."""

import contextlib
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from adapters.discord.adapter import DiscordAdapter
from bot.commands.spec import Command
from bot.port.cards import Card, Notice, PictureList, Reply, Report
from bot.port.requests import Address, OptionValue
from bot.storage.key_value import LedgerKeyValue
from quotas.ids import id_text, new_id
from tests.contract.backend import PICTURE, Backend
from tests.contract.harness import ACTORS, MASK, Actor, Capability, VisibleMessage
from tests.fakes.discord.interactions import DEFERRED_UPDATE, Interaction
from tests.fakes.discord.messages import SELECTS, TEXT_INPUT, Message, walk
from tests.fakes.discord.modals import FILE_UPLOAD, fields
from tests.fakes.discord.places import EVERYONE, Channel, Member, bits
from tests.fakes.discord.world import FakeDiscord

ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")
FOREVER = 1_000_000
TOKEN_OVER = {"message": "Invalid Webhook Token", "code": 50027}


@dataclass
class Discord:
    """A server with one channel, in which all three people are; the boss may manage the server."""

    backend: Backend
    name: ClassVar = "discord"
    names: ClassVar[Mapping[Actor, str]] = {"ann": "Ann", "bob": "Bob", "boss": "Boss"}
    duplicate_reason: ClassVar = ""
    unsupported: ClassVar[Mapping[Capability, str]] = {}

    async def open(self) -> None:
        self._stack = contextlib.AsyncExitStack()
        self._fake = await self._stack.enter_async_context(FakeDiscord())
        guild = self._guild = self._fake.add_guild("Fox Club", everyone=EVERYONE | bits("mention_everyone"))
        self._room = guild.add_channel("general")
        foxes = guild.add_role("foxes", mentionable=True)
        rights: Mapping[Actor, Sequence[str]] = {"boss": ["manage_guild"]}
        self._people = {
            who: guild.add_member(self.names[who], [foxes], permissions=rights.get(who, ())) for who in ACTORS
        }
        await self._start()

    async def close(self) -> None:
        await self.backend.crash()
        await self._stack.aclose()
        assert self._fake.violations == [], "what was sent is against Discord's own document"

    async def restart(self) -> None:
        await self.backend.crash()
        await self._start()

    async def _start(self) -> None:
        await self.backend.open(self._make)
        await self.backend.start()
        await self.backend.wait_until_running(self._adapter.ready)
        await self._fake.connected()

    def _make(self, store: LedgerKeyValue, commands: Mapping[str, Command]) -> DiscordAdapter:
        self._adapter = DiscordAdapter(
            self._fake.token,
            store,
            commands=commands,
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
        """Mention the person and their role; the bot would even be allowed to mention everyone here."""
        member = self._people[who]
        return " ".join([member.user.mention, *(f"<@&{role.id}>" for role in member.roles)])

    # --- actions of people

    async def ask(self, who: Actor, text: str, **options: OptionValue) -> None:
        await self._slash(who, "imagine", {"prompt": text, **options})

    async def compare(self, who: Actor, text: str, **options: OptionValue) -> None:
        await self._slash(who, "compare", {"prompt": text, **options})

    async def send(self, who: Actor, text: str, files: Mapping[str, bytes], **options: OptionValue) -> None:
        names = ("reference", "reference_2", "reference_3", "reference_4")
        sent = {name: self._fake.file(name, data) for name, data in files.items()}
        mask = {"mask": sent.pop(MASK)} if MASK in sent else {}
        references = dict(zip(names, sent.values(), strict=False))
        await self.ask(who, text, **references, **mask, **options)  # type: ignore[arg-type]

    def person(self, who: Actor) -> Member:
        return self._people[who]

    def channel(self) -> Channel:
        return self._room

    async def command(self, who: Actor, name: str, /, **options: Any) -> None:
        await self._slash(who, name, options)

    async def _slash(self, who: Actor, name: str, options: Mapping[str, Any]) -> None:
        await self._wait_for_answer(await self._fake.slash(self._people[who], self._room, name, options))

    async def press(self, who: Actor, label: str, on: VisibleMessage) -> None:
        message = self._message(on)
        edits = len(message.history)
        click = await self._fake.click(self._people[who], message, label)
        await self._wait_for_answer(click)
        if click.answered_with == DEFERRED_UPDATE:
            await self._fake.until(lambda: len(message.history) > edits or bool(click.followups))

    async def choose(self, who: Actor, prompt: str, on: VisibleMessage) -> None:
        message = self._message(on)
        menu = next(part for part in walk(message.components) if part["type"] in SELECTS)
        value = next(each["value"] for each in menu["options"] if each["label"] == prompt)
        click = await self._fake.click(self._people[who], message, menu["custom_id"], values=[value])
        await self._wait_for_answer(click)

    async def opened(self, who: Actor) -> VisibleMessage:
        return (await self.messages(who))[-1]

    async def pick(self, who: Actor, number: int, on: VisibleMessage) -> VisibleMessage:
        await self.press(who, str(number), on)
        return (await self.messages(who))[-1]

    async def last_answer(self, who: Actor) -> str:
        return "".join(each.text for each in (await self.messages(who))[-1:])

    async def last_file(self, who: Actor) -> bytes:
        (file,) = self._fake.ephemerals(self._people[who])[-1].attachments
        return file.data or b""

    async def fill(self, who: Actor, label: str, on: VisibleMessage, **changes: str) -> Mapping[str, str]:
        interaction = await self._fake.click(self._people[who], self._message(on), label)
        assert interaction.modal, "no form"
        form_fields = [
            field for _, field in fields(interaction.modal.components) if field["type"] != FILE_UPLOAD
        ]
        first_values = {field["custom_id"]: _value(field) for field in form_fields}
        selects = {field["custom_id"] for field in form_fields if "options" in field}
        values = {name: [value] if name in selects else value for name, value in changes.items()}
        await self._wait_for_answer(await self._fake.submit(self._people[who], interaction.modal, values))
        return first_values

    async def _wait_for_answer(self, interaction: Interaction) -> None:
        """Wait until nothing is "thinking…" any more, and the core knows every card."""
        assert interaction.response, "no answer in time"
        first = interaction.original
        if first is not None:
            await self._fake.until(lambda: not first.loading or first.id not in self._fake.every_message)
        await self.backend.wait_until_cards_known()

    async def react(self, who: Actor, emoji: str, on: VisibleMessage) -> None:
        """React, and wait until the core has replied; its reply may still be on its way."""
        before = self.backend.core.reaction_count
        await self._fake.react(self._people[who], self._message(on), emoji)
        await self._fake.until(lambda: self.backend.core.reaction_count > before)
        await self.backend.wait_until_cards_known()

    async def unreact(self, who: Actor, emoji: str, on: VisibleMessage) -> None:
        await self._fake.unreact(self._people[who], self._message(on), emoji)

    def _message(self, on: VisibleMessage) -> Message:
        return self._fake.every_message[int(on.id)]

    # --- messages

    async def messages(self, who: Actor) -> list[VisibleMessage]:
        person = self._people[who]
        private = [*self._fake.ephemerals(person), *self._fake.dms(person)]
        messages = sorted([*self._room.messages, *private], key=lambda message: message.id)
        return [_visible_message(each, private=each in private) for each in messages if not each.loading]

    # --- trouble

    @contextlib.asynccontextmanager
    async def outage(self) -> AsyncIterator[None]:
        """Let every request fail; discord.py does not repeat a request that got 503."""
        for method in ("POST", "PATCH", "DELETE"):
            self._fake.fail(method, "^/webhooks/", 401, TOKEN_OVER, times=FOREVER)
            self._fake.fail(method, "^/channels/", 503, times=FOREVER)
        try:
            yield
        finally:
            self._fake.heal()

    def ban(self) -> None:
        self.expire_tokens()
        self._room.deny("view_channel", "send_messages")

    def delete_channel(self) -> None:
        self._fake.remove_channel(self._room)

    def open_channel(self) -> None:
        self._room = self._guild.add_channel("second")

    def refuse_direct_messages(self, who: Actor) -> None:
        self._people[who].user.accepts_dms = False

    def accept_direct_messages(self, who: Actor) -> None:
        self._people[who].user.accepts_dms = True

    def expire_tokens(self) -> None:
        for interaction in self._fake.interactions.values():
            self._fake.expire(interaction)

    # --- the port, directly

    async def job(self) -> str:
        return id_text(new_id())

    def address(self, *, private: bool) -> Address:
        assert self._room.guild
        return Address(
            platform="discord",
            workspace=f"discord:{self._room.guild.id}",
            channel=f"discord:{self._room.id}",
            private_to=f"discord:{self._people['ann'].id}" if private else "",
        )

    async def answer(self, reply: Reply) -> None:
        self.backend.core.next_reply = reply
        if isinstance(reply, Report | PictureList | Notice):
            await self.command("ann", "quota")
        else:
            await self.ask("ann", "a fox")

    def why_not_shown(self, verb: str, card: Card) -> str:
        return ""


def _value(field: Mapping[str, Any]) -> str:
    if field["type"] == TEXT_INPUT:
        return str(field.get("value", ""))
    return ",".join(str(option["value"]) for option in field["options"] if option.get("default"))


def _visible_message(message: Message, *, private: bool) -> VisibleMessage:
    files = {each.name: each.data or b"" for each in message.attachments}
    alts = [alt for name, alt in message.gallery if files.get(name, b"").startswith(PICTURE)]
    return VisibleMessage(
        id=str(message.id),
        text=ESCAPED.sub(r"\1", message.text),
        files=tuple(name for name, data in files.items() if not data.startswith(PICTURE)),
        pictures=len(alts),
        alts=tuple(alts),
        buttons=tuple(message.labels),
        private=private,
        pings=tuple(user.name for user in message.pings),
    )
