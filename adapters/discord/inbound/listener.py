"""Every way in from Discord to the core, and the way back: commands, buttons, forms, reactions.

Nothing breaks into silence: what nobody planned is logged without its words, and said in a plain sentence.
"""

import asyncio
import contextlib
import re
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import discord
import structlog
from discord import app_commands

from adapters.discord.errors import NO_ANSWER
from adapters.discord.ids import named
from adapters.discord.inbound import convert
from adapters.discord.inbound.burst import Burst
from adapters.discord.inbound.convert import Interaction
from adapters.discord.inbound.response import Answer, Poster, tell_where
from adapters.discord.render import limits
from adapters.discord.render.modal import modal
from bot import wording
from bot.errors import trace
from bot.port.cards import OPENS_FORM, Accepted, Card, Form, Notice, Refused
from bot.port.protocols import Core, DeliveryError
from bot.port.requests import Command, Imagine, OptionValue, Press, Reaction

log = structlog.get_logger()

FORM_PATIENCE = 2.5  # seconds; a form is the first answer itself, for which Discord waits 3
DRAWING = frozenset(("again", "final", "missing", "plain"))  # what may end in a card that others see
_PRIVATE = re.compile(r"(?<!\S)(?:--|[—–])private\b", re.IGNORECASE)


class Listener:
    """Takes what people do on Discord to the core. `clock` gives unix seconds."""

    def __init__(self, core: Core, posting: Poster, *, clock: Callable[[], float] = time.time) -> None:
        self._core = core
        self._posting = posting
        self._clock = clock
        self._under_way: set[asyncio.Task[Any]] = set()
        self._crowd = Burst()

    async def slash(
        self, interaction: Interaction, name: str, options: Mapping[str, OptionValue], *, allowed: bool
    ) -> None:
        """A command of the registry, with the options that were given."""
        if name == "imagine":
            typed = {key: value for key, value in options.items() if key != "prompt"}
            await self._imagine(interaction, str(options.get("prompt", "")), typed)
            return

        async def ask(answer: Answer) -> None:
            names, asked = convert.names(interaction), self._asked(interaction, allowed=allowed)
            command = Command(name=name, options=options, names=names, **asked)
            await answer.give(self._core.command(command), private=True)

        await self._answered(interaction, ask)

    async def suggest(
        self, interaction: Interaction, name: str, option: str, typed: str, *, allowed: bool
    ) -> list[app_commands.Choice[str]]:
        """What an option may become, while it is typed."""
        asked = self._asked(interaction, allowed=allowed)
        found = await self._core.suggest(Command(name=name, options={option: typed}, **asked), option)
        return [
            app_commands.Choice(name=choice.label[: limits.CHOICE_LIMIT], value=choice.value)
            for choice in found
        ]

    async def menu(self, interaction: Interaction, message: discord.Message) -> None:
        """*Imagine this*, on somebody's message: its words are the prompt."""
        await self._imagine(interaction, convert.words(message), {})

    async def pressed(self, interaction: Interaction, verb: str, job: str, index: int) -> None:
        """A button. What it shows is a new message: the one it stands under stays."""

        async def ask(answer: Answer) -> None:
            press = Press(verb=verb, target=job, index=index, **self._asked(interaction))
            if verb in OPENS_FORM:
                await self._open(answer, press)
                return
            private = verb not in DRAWING or _hidden(interaction)
            await answer.give(self._core.press(press), private=private)

        await self._answered(interaction, ask)

    async def submitted(
        self, interaction: Interaction, verb: str, job: str, values: Mapping[str, str]
    ) -> None:
        """A form that was filled in."""

        async def ask(answer: Answer) -> None:
            press = Press(verb=verb, target=job, options=values, **self._asked(interaction))
            private = _hidden(interaction) or _wants_private(values.get("prompt", ""))
            await answer.give(self._core.press(press), private=private)

        await self._answered(interaction, ask)

    async def unknown(self, interaction: Interaction) -> None:
        """A button or form that is not in our words."""
        await self._answered(interaction, lambda answer: answer.say(Notice(sentence=wording.NO_SUCH_JOB)))

    async def stale(self, interaction: Interaction, error: Exception) -> None:
        """A command that could not be called: the person's app shows one that is no more, or has changed."""

        async def tell(answer: Answer) -> None:
            if not isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
                raise error
            await answer.say(Notice(sentence=wording.STALE_COMMAND))

        await self._answered(interaction, tell)

    async def reacted(self, event: discord.RawReactionActionEvent, client: discord.Client) -> None:
        """An emoji put on a message of ours by somebody. Its answer has no token: it is posted."""
        if event.emoji.is_custom_emoji():
            return
        with _among(self._under_way):
            try:
                await self._speak(convert.workspace(event.guild_id))
                reaction = await _reaction(event, client)
                reply = await self._core.react(reaction)
                if isinstance(reply, Accepted):
                    await self._show(reaction, reply)
                elif reply is not None:
                    await self._write(event, reply)
            except Exception as error:
                log.error("discord.reaction_broke", message=event.message_id, trace=trace(error))
                broke = wording.broke(str(event.message_id))
                await self._write(event, Refused(why="unavailable", sentence=broke))

    async def rest(self, seconds: float) -> None:
        """Wait that long for what is being answered."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=seconds)

    async def _imagine(self, interaction: Interaction, text: str, options: Mapping[str, OptionValue]) -> None:
        async def ask(answer: Answer) -> None:
            names, asked = convert.names(interaction), self._asked(interaction)
            request = Imagine(text=text, options=options, names=names, **asked)
            private = bool(options.get("private")) or _wants_private(text)
            await answer.give(self._core.imagine(request), private=private)

        await self._answered(interaction, ask)

    async def _open(self, answer: Answer, press: Press) -> None:
        try:
            async with asyncio.timeout(FORM_PATIENCE):
                form = await self._core.form(press)
        except TimeoutError:
            form = Notice(sentence=wording.SLOW_FORM)
        await (answer.open(modal(form)) if isinstance(form, Form) else answer.say(form))

    async def _show(self, reaction: Reaction, reply: Accepted) -> None:
        """The card of what is drawn goes where the reaction is."""
        place = reaction.message.address
        if reply.card.header.private:
            place = replace(place, private_to=reaction.person.id)
        try:
            shown = await self._posting.post(place, reply.card, key=reply.job)
        except DeliveryError as error:
            log.warning("discord.not_answered", job=reply.job, reason=str(error))
        else:
            await tell_where(self._core, reply.job, shown)

    async def _write(self, event: discord.RawReactionActionEvent, card: Card) -> None:
        """Tell whoever reacted, directly: a reaction has no other answer that others do not see."""
        try:
            await self._posting.post(convert.direct(event), card, key=str(event.message_id))
        except DeliveryError as error:
            log.info("discord.reaction_not_answered", message=event.message_id, reason=str(error))

    def _asked(self, interaction: Interaction, *, allowed: bool = False) -> dict[str, Any]:
        """What every request says of itself."""
        return {
            "id": named(interaction.id),
            "person": convert.person(interaction, allowed=allowed),
            "address": convert.address(interaction, self._clock()),
        }

    async def _speak(self, workspace: str) -> None:
        """Whatever is said from here on is said in the language of that workspace."""
        wording.activate(await self._core.language(workspace))

    async def _answered(self, interaction: Interaction, work: Callable[[Answer], Awaitable[None]]) -> None:
        answer = Answer(interaction, self._core, self._posting, self._clock(), self._crowd)
        with _among(self._under_way):
            try:
                await self._speak(convert.workspace_of(interaction))
                await work(answer)
            except Exception as error:
                name = answer.job or str(interaction.id)
                log.error("discord.broke", job=name, trace=trace(error))
                await answer.say(Refused(why="unavailable", sentence=wording.broke(name)))
            finally:
                answer.leave()


@contextlib.contextmanager
def _among(tasks: set[asyncio.Task[Any]]) -> Iterator[None]:
    """The present task is one of these meanwhile."""
    task = asyncio.current_task()
    assert task is not None, "discord.py runs every handler in a task"
    tasks.add(task)
    try:
        yield
    finally:
        tasks.discard(task)


async def _reaction(event: discord.RawReactionActionEvent, client: discord.Client) -> Reaction:
    """With the thread's channel and, in a direct message, the person's name: the event has neither.

    What Discord does not tell is done without: the core knows whether it is any message of ours.
    """
    channel: Any = client.get_partial_messageable(event.channel_id)
    name = ""
    with contextlib.suppress(discord.HTTPException, discord.InvalidData, *NO_ANSWER):
        if event.guild_id is not None:
            channel = client.get_channel(event.channel_id) or await client.fetch_channel(event.channel_id)
        else:
            name = (client.get_user(event.user_id) or await client.fetch_user(event.user_id)).display_name
    return convert.reaction(event, channel, name)


def _hidden(interaction: Interaction) -> bool:
    """Whether the message pressed on is seen by one person alone."""
    message = interaction.message
    return interaction.guild_id is None or (message is not None and message.flags.ephemeral)


def _wants_private(text: str) -> bool:
    """A flag typed in the words; the core reads it properly, this only says how to defer."""
    return _PRIVATE.search(text) is not None
