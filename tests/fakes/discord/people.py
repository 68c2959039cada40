"""The things that people do. Each waits until the bot has answered or cannot any more; see `world`."""

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
from tests.fakes.discord.mentions import users_to_notify
from tests.fakes.discord.message_payloads import message_json
from tests.fakes.discord.messages import BUTTON, SELECTS, Attachment, Message, walk
from tests.fakes.discord.modals import submitted_data
from tests.fakes.discord.payloads import interaction_json
from tests.fakes.discord.places import Channel, Person
from tests.fakes.discord.posting import add_message, delete
from tests.fakes.discord.state import State


class People(State):
    """The people. `patience`: seconds that they wait for an answer; they raise no error if none comes."""

    patience = 5.0

    async def slash(
        self, person: Person, channel: Channel, name: str, options: Mapping[str, Any] | None = None
    ) -> Interaction:
        """Use a command, such as "imagine" or "quotas set". Raises NotOffered."""
        return await self._command(COMMAND, person, channel, name, options or {})

    async def autocomplete(
        self, person: Person, channel: Channel, name: str, options: Mapping[str, Any], focused: str
    ) -> list[Json]:
        """Type into the option `focused`; return the suggestions."""
        interaction = await self._command(AUTOCOMPLETE, person, channel, name, options, focused)
        return list(interaction.response.choices) if interaction.response else []

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
        data = _command_data(command)
        data["options"] = offers.option_data(command, words, options, focused)
        data["resolved"] = offers.resolved_data(self, channel, list(options.values()))
        return await self._ask(kind, person, channel, data)

    async def menu(self, person: Person, message: Message, name: str) -> Interaction:
        """Use a message's context menu."""
        self._check_sees(person, message)
        command = offers.find_command(self, person, message.channel, name, MESSAGE_MENU)
        data = _command_data(command)
        data["target_id"] = str(message.id)
        data["resolved"] = {"messages": {str(message.id): message_json(self, message, whole=True)}}
        return await self._ask(COMMAND, person, message.channel, data)

    async def click(
        self, person: Person, message: Message, label: str, values: list[str] | None = None
    ) -> Interaction:
        """Press the button, or choose `values` in the menu, whose label begins with `label`.

        `label` may also be a custom_id. Raises NotOffered.
        """
        self._check_sees(person, message)
        component = _component(message, label)
        data: Json = {"component_type": component["type"], "custom_id": component["custom_id"]}
        if component["type"] in SELECTS:
            data["values"] = values or []
        return await self._ask(COMPONENT, person, message.channel, data, message)

    async def submit(
        self, person: Person, modal: Modal, values: Mapping[str, Any] | None = None
    ) -> Interaction:
        """Submit a form. `values`: by label or custom_id; other fields keep their prefilled values."""
        source = modal.interaction
        data: Json = {
            "custom_id": modal.custom_id,
            "components": submitted_data(modal.components, values or {}),
        }
        files = [each for value in (values or {}).values() if isinstance(value, list) for each in value]
        data["resolved"] = offers.resolved_data(self, source.channel, files)
        return await self._ask(MODAL_SUBMIT, person, source.channel, data, source.message)

    async def react(self, person: Person, message: Message, emoji: str) -> None:
        self._check_sees(person, message)
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
        message.pings = users_to_notify(message, reply_default=False)
        add_message(self, message)
        return message

    async def erase(self, message: Message) -> None:
        """Delete a message and its files, as a moderator or its author does."""
        for attachment in message.attachments:
            self.files.pop(attachment.id, None)
        delete(self, message)

    def file(self, name: str, data: bytes) -> Attachment:
        """Make a person's file, such as for an option that takes one."""
        number, digest = self.ids(), hashlib.sha1(data, usedforsecurity=False).hexdigest()
        url = f"{self.origin}/attachments/0/{number}/{name}?ex=ffffffff&is=0&hm=0"
        file = self.files[number] = Attachment(number, name, None, len(data), digest, url, data)
        return file

    def ephemerals(self, person: Person) -> list[Message]:
        """Return the ephemeral messages that this person sees now, oldest first."""
        return [m for m in self.every_message.values() if m.only_for is person.user]

    def dms(self, person: Person) -> list[Message]:
        """Return the direct messages between this person and the bot."""
        return self.dm(person.user).messages

    def _check_sees(self, person: Person, message: Message) -> None:
        is_visible = message.only_for in (None, person.user) and message.id in self.every_message
        channel = message.channel
        users = (
            channel.recipients if channel.guild is None else [m.user for m in channel.guild.members.values()]
        )
        if not is_visible or person.user not in users:
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


def _command_data(command: Json) -> Json:
    guild = {"guild_id": command["guild_id"]} if "guild_id" in command else {}
    return {"id": command["id"], "name": command["name"], "type": command["type"], **guild}


def _component(message: Message, label: str) -> Json:
    """Find the button or menu to use. Raises NotOffered if it is absent or cannot be pressed."""
    for component in walk(message.components):
        if component["type"] not in (BUTTON, *SELECTS):
            continue
        text = str(component.get("label") or component.get("placeholder") or "")
        if component.get("custom_id") == label or text.startswith(label):
            if component.get("disabled") or component.get("custom_id") is None:
                raise NotOffered(f"{label!r} cannot be pressed")
            return component
    raise NotOffered(f"no button {label!r}; there are {message.labels}")
