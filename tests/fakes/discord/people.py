"""What people do. Each waits until the bot answered, or can no longer; see the docstring of `world`."""

import asyncio
import contextlib
import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

from tests.fakes.discord import offers
from tests.fakes.discord.api_commands import MESSAGE_MENU
from tests.fakes.discord.errors import Json, NotOffered
from tests.fakes.discord.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL_SUBMIT,
    Interaction,
    Modal,
)
from tests.fakes.discord.mentions import pinged
from tests.fakes.discord.message_payloads import message_json
from tests.fakes.discord.messages import BUTTON, SELECTS, Attachment, Message, walk
from tests.fakes.discord.modals import filled
from tests.fakes.discord.payloads import interaction_json
from tests.fakes.discord.places import Channel, Person
from tests.fakes.discord.posting import delete, stand
from tests.fakes.discord.state import State


class People(State):
    """`patience`: how many seconds they wait for an answer. They never raise for want of one."""

    patience = 5.0

    async def slash(
        self, person: Person, channel: Channel, name: str, options: Mapping[str, Any] | None = None
    ) -> Interaction:
        """Use a command, such as "imagine" or "quotas set". Raises NotOffered."""
        return await self._command(COMMAND, person, channel, name, options or {})

    async def autocomplete(
        self, person: Person, channel: Channel, name: str, options: Mapping[str, Any], focused: str
    ) -> list[Json]:
        """Type into an option, and see what is suggested."""
        asked = await self._command(AUTOCOMPLETE, person, channel, name, options, focused)
        return list(asked.response.choices) if asked.response else []

    async def _command(
        self,
        kind: int,
        person: Person,
        channel: Channel,
        name: str,
        options: Mapping[str, Any],
        focused: str = "",
    ) -> Interaction:
        first, *words = name.split(" ")
        command = offers.find_command(self, person, channel, first)
        data = _named(command)
        data["options"] = offers.chosen(command, words, options, focused)
        data["resolved"] = offers.resolved(self, channel, list(options.values()))
        return await self._ask(kind, person, channel, data)

    async def menu(self, person: Person, message: Message, name: str) -> Interaction:
        """Use a message's context menu."""
        self._sees(person, message)
        command = offers.find_command(self, person, message.channel, name, MESSAGE_MENU)
        data = _named(command)
        data["target_id"] = str(message.id)
        data["resolved"] = {"messages": {str(message.id): message_json(self, message, whole=True)}}
        return await self._ask(COMMAND, person, message.channel, data)

    async def click(
        self, person: Person, message: Message, what: str, values: list[str] | None = None
    ) -> Interaction:
        """Press the button whose label begins so, or with this custom_id; or choose in such a menu."""
        self._sees(person, message)
        pressed = _component(message, what)
        data: Json = {"component_type": pressed["type"], "custom_id": pressed["custom_id"]}
        if pressed["type"] in SELECTS:
            data["values"] = values or []
        return await self._ask(COMPONENT, person, message.channel, data, message)

    async def submit(
        self, person: Person, modal: Modal, values: Mapping[str, Any] | None = None
    ) -> Interaction:
        """Send a form off: `values` by label or custom_id, the rest as it was prefilled."""
        source = modal.interaction
        data: Json = {"custom_id": modal.custom_id, "components": filled(modal.components, values or {})}
        return await self._ask(MODAL_SUBMIT, person, source.channel, data, source.message)

    async def react(self, person: Person, message: Message, emoji: str) -> None:
        self._sees(person, message)
        if message.only_for is not None:
            raise NotOffered("nobody can react to an ephemeral message")
        if person.user not in message.reactions.setdefault(emoji, []):
            message.reactions[emoji].append(person.user)
            self.tell_reaction("MESSAGE_REACTION_ADD", message, person.user, emoji)

    async def unreact(self, person: Person, message: Message, emoji: str) -> None:
        if person.user not in message.reactions.get(emoji, []):
            raise NotOffered(f"{person} has not reacted with {emoji}")
        message.reactions[emoji].remove(person.user)
        self.tell_reaction("MESSAGE_REACTION_REMOVE", message, person.user, emoji)

    async def say(
        self, person: Person, channel: Channel, text: str, *, files: Mapping[str, bytes] | None = None
    ) -> Message:
        """Write a message, perhaps with files."""
        message = Message(
            id=self.ids(), channel=channel, author=person.user, content=text, created=self.now()
        )
        message.attachments = [self.file(name, data) for name, data in (files or {}).items()]
        message.pings = pinged(message, reply_default=False)
        stand(self, message)
        return message

    async def erase(self, message: Message) -> None:
        """A moderator, or its author, deletes a message."""
        delete(self, message)

    def file(self, name: str, data: bytes) -> Attachment:
        """A file of a person's, such as for an option that takes one."""
        number, digest = self.ids(), hashlib.sha1(data, usedforsecurity=False).hexdigest()
        url = f"{self.origin}/attachments/0/{number}/{name}?ex=ffffffff&is=0&hm=0"
        return Attachment(number, name, None, len(data), digest, url, data)

    def ephemerals(self, person: Person) -> list[Message]:
        """What this person alone sees now, oldest first."""
        return [m for m in self.every_message.values() if m.only_for is person.user]

    def dms(self, person: Person) -> list[Message]:
        """What stands between this person and the bot."""
        return self.dm(person.user).messages

    def _sees(self, person: Person, message: Message) -> None:
        seen = message.only_for in (None, person.user) and message.id in self.every_message
        channel = message.channel
        around = (
            channel.recipients if channel.guild is None else [m.user for m in channel.guild.members.values()]
        )
        if not seen or person.user not in around:
            raise NotOffered(f"{person} sees no such message")

    async def _ask(
        self, kind: int, person: Person, channel: Channel, data: Json, message: Message | None = None
    ) -> Interaction:
        interaction = Interaction(
            id=self.ids(),
            token=secrets.token_urlsafe(48),
            type=kind,
            person=person,
            channel=channel,
            data=data,
            owners=offers.owners_of(self, person, channel),
            file_limit=max(person.user.file_limit, channel.guild.file_limit if channel.guild else 0),
            created=self.now(),
            message=message,
        )
        self.interactions[interaction.id] = self.by_token[interaction.token] = interaction
        guild = channel.guild if channel.guild and channel.guild.has_bot else None
        self.gateway.dispatch("INTERACTION_CREATE", interaction_json(self, interaction), 0, guild)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(interaction.answered.wait(), self.patience)
        return interaction


def _named(command: Json) -> Json:
    guild = {"guild_id": command["guild_id"]} if "guild_id" in command else {}
    return {"id": command["id"], "name": command["name"], "type": command["type"], **guild}


def _component(message: Message, what: str) -> Json:
    """What a person would press. Raises NotOffered where it is absent or cannot be pressed."""
    for component in walk(message.components):
        if component["type"] not in (BUTTON, *SELECTS):
            continue
        named = str(component.get("label") or component.get("placeholder") or "").startswith(what)
        if component.get("custom_id") == what or named:
            if component.get("disabled") or component.get("custom_id") is None:
                raise NotOffered(f"{what!r} cannot be pressed")
            return component
    raise NotOffered(f"no button {what!r}; there are {message.labels}")
