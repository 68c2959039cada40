"""Every way in from Discord to the core, and the way back: commands, buttons, forms, reactions.

No error is silent: an unexpected one is logged without its message, and the person reads a plain sentence.
"""

import asyncio
import contextlib
import re
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import discord
import structlog
from cachetools import FIFOCache
from discord import app_commands

from adapters.common.seldom import Seldom
from adapters.discord.errors import NO_ANSWER
from adapters.discord.ids import qualified_id
from adapters.discord.inbound import convert
from adapters.discord.inbound.burst import Burst
from adapters.discord.inbound.commands import Files
from adapters.discord.inbound.convert import Interaction
from adapters.discord.inbound.pictures import Pictures, pictures_of
from adapters.discord.inbound.response import Answer, Poster, other_process_warning, record_card
from adapters.discord.render import limits
from adapters.discord.render.modal import modal
from bot import wording
from bot.commands.messages import DRAWING, IMAGINE
from bot.errors import trace
from bot.port.cards import OPENS_FORM, Accepted, Card, Form, Notice, Refused
from bot.port.protocols import Core, DeliveryError
from bot.port.requests import Command, Drawing, Imagine, OptionValue, Press, Reaction

log = structlog.get_logger()

REMEMBERED_INTERACTIONS = 10_000  # of the last minutes, even in a burst
FORM_TIMEOUT = 2.5  # seconds; a form is the first answer itself, for which Discord waits 3
# Their answer may be a card that others see.
DRAWING_VERBS = frozenset(("again", "final", "missing", "plain", "instead", "vary"))
LISTS = frozenset(("recent", "find", "kept"))  # commands whose answers bring thumbnails
NO_FILES: Files = {}
_PRIVATE = re.compile(r"(?<!\S)(?:--|[—–])private\b", re.IGNORECASE)


class Listener:
    """Takes what people do on Discord to the core, and answers them. `clock`: unix seconds."""

    def __init__(
        self,
        core: Core,
        posting: Poster,
        pictures: Pictures,
        *,
        clock: Callable[[], float] = time.time,
        other_process: Seldom | None = None,
    ) -> None:
        self._core = core
        self._posting = posting
        self._pictures = pictures
        self._clock = clock
        # discord.py starts these tasks, so they are not `bot.tasks.Background`'s to cancel.
        self._tasks: set[asyncio.Task[Any]] = set()
        self._burst = Burst()
        self._other_process = other_process or other_process_warning()
        self._seen: FIFOCache[int, None] = FIFOCache(REMEMBERED_INTERACTIONS)

    async def slash(
        self,
        interaction: Interaction,
        name: str,
        options: Mapping[str, OptionValue],
        *,
        allowed: bool,
        files: Files = NO_FILES,
    ) -> None:
        """Answer a command of the registry."""
        if name in DRAWING:
            choices = {key: value for key, value in options.items() if key != "prompt"}
            prompt = convert.name_emoji(str(options.get("prompt", "")))
            await self._imagine(interaction, prompt, choices, files, DRAWING[name])
            return

        async def work(answer: Answer) -> None:
            fields = self._request_fields(interaction, allowed=allowed)
            command = Command(name=name, options=options, names=convert.names(interaction), **fields)
            await answer.show_reply(self._core.command(command), private=True, slow=name in LISTS)

        await self._answer(interaction, work)

    async def suggest(
        self, interaction: Interaction, name: str, option: str, typed: str, *, allowed: bool
    ) -> list[app_commands.Choice[str]]:
        """Suggest values of an option while somebody types it."""
        fields = self._request_fields(interaction, allowed=allowed)
        choices = await self._core.suggest(Command(name=name, options={option: typed}, **fields), option)
        return [
            app_commands.Choice(name=choice.label[: limits.CHOICE_LIMIT], value=choice.value)
            for choice in choices
        ]

    async def menu(self, interaction: Interaction, message: discord.Message) -> None:
        """Answer *Imagine this* on somebody's message: its text is the prompt."""
        await self._imagine(interaction, convert.message_text(message), {})

    async def edit_menu(self, interaction: Interaction, message: discord.Message) -> None:
        """Answer *Edit this* on somebody's message: a form opens for its pictures."""
        attachments = pictures_of(message)

        async def work(answer: Answer) -> None:
            if not attachments:
                await answer.tell(Notice(sentence=wording.NO_PICTURES_HERE))
                return
            press = Press(
                verb="imagine",
                target="",
                options={"private": message.flags.ephemeral},
                references=self._pictures.sent(attachments),
                **self._request_fields(interaction),
            )
            await self._open_form(answer, press, attachments)

        await self._answer(interaction, work)

    async def describe_menu(self, interaction: Interaction, message: discord.Message) -> None:
        """Answer *Describe this* on somebody's message: its first picture is kept, and the price is named."""
        attachments = pictures_of(message)[:1]

        async def work(answer: Answer) -> None:
            if not attachments:
                await answer.tell(Notice(sentence=wording.NO_PICTURES_HERE))
                return
            press = Press(
                verb="describe",
                target="",
                options={"private": message.flags.ephemeral},
                references=self._pictures.sent(attachments),
                **self._request_fields(interaction),
            )
            await answer.show_reply(self._core.press(press), private=True, slow=True)

        await self._answer(interaction, work)

    async def press(self, interaction: Interaction, verb: str, target: str, index: int) -> None:
        """Answer a button. The reply is a new message; the message with the button stays."""

        async def work(answer: Answer) -> None:
            press = Press(verb=verb, target=target, index=index, **self._request_fields(interaction))
            if verb in OPENS_FORM:
                await self._open_form(answer, press)
                return
            if verb == "page":
                await answer.turn_page(self._core.press(press))
                return
            private = verb not in DRAWING_VERBS or _is_hidden(interaction)
            await answer.show_reply(self._core.press(press), private=private)

        await self._answer(interaction, work)

    async def submit(
        self,
        interaction: Interaction,
        verb: str,
        target: str,
        index: int,
        values: Mapping[str, str],
        *,
        files: Files = NO_FILES,
    ) -> None:
        """Answer a form that was filled in. Its pictures are in its fields, or are the message's."""

        async def work(answer: Answer) -> None:
            options = {name: convert.name_emoji(value) for name, value in values.items()}
            fields = self._request_fields(interaction)
            press = Press(
                verb=verb, target=target, index=index, options=options, **self._sent(files), **fields
            )
            if verb == IMAGINE:
                references = await self._pictures.take(press.person.id, target)
                if not references:
                    await answer.tell(Notice(sentence=wording.FORM_OVER))
                    return
                press = replace(press, target="", references=references)
            private = _is_hidden(interaction) or _wants_private(values.get("prompt", ""))
            private = private or "yes" in (values.get("private"), values.get("improve"))
            slow = bool(press.references or press.mask)
            await answer.show_reply(self._core.press(press), private=private, slow=slow)

        await self._answer(interaction, work)

    async def unknown_component(self, interaction: Interaction) -> None:
        """Answer a button or form whose custom id is not in our format."""
        await self._answer(interaction, lambda answer: answer.tell(Notice(sentence=wording.NO_SUCH_JOB)))

    async def stale_command(self, interaction: Interaction, error: Exception) -> None:
        """Answer a command that could not be called.

        The person's app may show a command that was removed or has changed.
        """

        async def work(answer: Answer) -> None:
            if not isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
                raise error
            await answer.tell(Notice(sentence=wording.STALE_COMMAND))

        await self._answer(interaction, work)

    async def react(self, event: discord.RawReactionActionEvent, client: discord.Client) -> None:
        """Answer an emoji on a message that may be ours.

        A reaction brings no reply token, so the answer is posted.
        """
        if event.emoji.is_custom_emoji():
            return
        if event.guild_id is not None and event.member is None:
            # Discord has not described this server yet. Without the person's roles nobody knows their limits.
            log.info("discord.roles_unknown", message=event.message_id)
            return
        with _current_task_in(self._tasks):
            try:
                await self._activate_language(convert.workspace(event.guild_id))
                reaction = await _reaction(event, client)
                reply = await self._core.react(reaction)
                if isinstance(reply, Accepted):
                    await self._post_card(reaction, reply)
                elif reply is not None:
                    await self._send_direct(event, reply)
            except Exception as error:
                log.error("discord.reaction_broke", message=event.message_id, trace=trace(error))
                sentence = wording.broke(str(event.message_id))
                await self._send_direct(event, Refused(why="unavailable", sentence=sentence))

    async def drain(self, seconds: float) -> None:
        """Wait up to `seconds` for answers under way."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def _imagine(
        self,
        interaction: Interaction,
        text: str,
        options: Mapping[str, OptionValue],
        files: Files = NO_FILES,
        command: Drawing = IMAGINE,
    ) -> None:
        async def work(answer: Answer) -> None:
            request = Imagine(
                text=text,
                options=options,
                names=convert.names(interaction),
                command=command,
                **self._sent(files),
                **self._request_fields(interaction),
            )
            private = bool(options.get("private")) or _wants_private(text)
            await answer.show_reply(self._core.imagine(request), private=private, slow=bool(files))

        await self._answer(interaction, work)

    def _sent(self, files: Files) -> dict[str, Any]:
        """Collect the pictures of a command or form, as the fields of a request."""
        mask = next(iter(self._pictures.sent(files.get("mask", ()))), None)
        return {"references": self._pictures.sent(files.get("reference", ())), "mask": mask}

    async def _open_form(
        self, answer: Answer, press: Press, attachments: Sequence[discord.Attachment] = ()
    ) -> None:
        """Open the form of a press. `attachments`: its pictures, kept until it comes back."""
        try:
            async with asyncio.timeout(FORM_TIMEOUT):
                form = await self._core.form(press)
                if attachments and isinstance(form, Form):
                    form = replace(form, target=await self._pictures.keep(press.person.id, attachments))
        except TimeoutError:
            form = Notice(sentence=wording.SLOW_FORM)
        await (answer.open_form(modal(form)) if isinstance(form, Form) else answer.tell(form))

    async def _post_card(self, reaction: Reaction, reply: Accepted) -> None:
        """Post the card of a job where the reaction is."""
        address = reaction.message.address
        if reply.card.header.private:
            address = replace(address, private_to=reaction.person.id)
        try:
            message = await self._posting.post(address, reply.card, key=reply.job)
        except DeliveryError as error:
            log.warning("discord.not_answered", job=reply.job, reason=str(error))
        else:
            await record_card(self._core, reply.job, message)

    async def _send_direct(self, event: discord.RawReactionActionEvent, card: Card) -> None:
        """Send a direct message to the person who reacted: no other answer is hidden from others."""
        try:
            await self._posting.post(convert.direct_address(event), card, key=str(event.message_id))
        except DeliveryError as error:
            log.info("discord.reaction_not_answered", message=event.message_id, reason=str(error))

    def _request_fields(self, interaction: Interaction, *, allowed: bool = False) -> dict[str, Any]:
        """Collect the fields that every kind of request has."""
        return {
            "id": qualified_id(interaction.id),
            "person": convert.person(interaction, allowed=allowed),
            "address": convert.address(interaction, self._clock()),
        }

    async def _activate_language(self, workspace: str) -> None:
        """Activate the workspace's language for the current task."""
        wording.activate(await self._core.language(workspace))

    async def _answer(self, interaction: Interaction, work: Callable[[Answer], Awaitable[None]]) -> None:
        """Answer an interaction; ignore the copy of one, whose answer would be refused."""
        if interaction.id in self._seen:
            return
        self._seen[interaction.id] = None
        now = self._clock()
        answer = Answer(interaction, self._core, self._posting, now, self._burst, self._other_process)
        with _current_task_in(self._tasks):
            try:
                await self._activate_language(convert.workspace_of(interaction))
                await work(answer)
            except Exception as error:
                name = answer.job or str(interaction.id)
                log.error("discord.broke", job=name, trace=trace(error))
                await answer.tell(Refused(why="unavailable", sentence=wording.broke(name)))
            finally:
                answer.leave_burst()
            if answer.is_followable:
                await self._report_answered(interaction, now)

    async def _report_answered(self, interaction: Interaction, now: float) -> None:
        """Tell the core that the interaction's token can bring more. An error is only logged."""
        try:
            address = convert.address(interaction, now)
            await self._core.answered(qualified_id(interaction.user.id), address)
        except Exception as error:
            log.error("discord.answered_broke", interaction=interaction.id, trace=trace(error))


@contextlib.contextmanager
def _current_task_in(tasks: set[asyncio.Task[Any]]) -> Iterator[None]:
    """Keep the current task in a set for the duration of the block."""
    task = asyncio.current_task()
    assert task is not None, "discord.py runs every handler in a task"
    tasks.add(task)
    try:
        yield
    finally:
        tasks.discard(task)


async def _reaction(event: discord.RawReactionActionEvent, client: discord.Client) -> Reaction:
    """Convert a reaction, and ask Discord for what the event lacks.

    The event has neither the channel of a thread nor, in a direct message, the person's name. If Discord
    does not tell, the reaction goes without: the core knows whether the message is ours.
    """
    channel: Any = client.get_partial_messageable(event.channel_id)
    name = ""
    with contextlib.suppress(discord.HTTPException, discord.InvalidData, *NO_ANSWER):
        if event.guild_id is not None:
            channel = client.get_channel(event.channel_id) or await client.fetch_channel(event.channel_id)
        else:
            name = (client.get_user(event.user_id) or await client.fetch_user(event.user_id)).display_name
    return convert.reaction(event, channel, name)


def _is_hidden(interaction: Interaction) -> bool:
    """Return whether only one person sees the message with the button."""
    message = interaction.message
    return interaction.guild_id is None or (message is not None and message.flags.ephemeral)


def _wants_private(text: str) -> bool:
    """Return whether a prompt has the flag for private; it only decides how to defer.

    The core parses the flags properly.
    """
    return _PRIVATE.search(text) is not None
