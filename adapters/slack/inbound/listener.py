"""Every way in from Slack to the core, and the way back: commands, mentions, buttons, forms, reactions.

Nothing breaks into silence: what nobody planned is logged without its words, and said in a plain sentence.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any, TypeVar

import structlog

from adapters.slack import ids
from adapters.slack.errors import NO_ANSWER, Refusal, TooOften, reason
from adapters.slack.inbound import convert
from adapters.slack.inbound.burst import Burst
from adapters.slack.inbound.convert import Event
from adapters.slack.inbound.dedupe import Dedupe
from adapters.slack.inbound.directory import Directory
from adapters.slack.inbound.journal import Journal
from adapters.slack.inbound.response import Ack, Answer, Poster
from adapters.slack.outbound.web_api import Calls
from adapters.slack.render.home import home
from adapters.slack.render.text import typed
from bot import wording
from bot.errors import trace
from bot.port.cards import OPENS_FORM, Form, Notice, Refused, Reply, Report
from bot.port.protocols import Core, DeliveryError
from bot.port.requests import Command, Imagine, Person, Press
from bot.port.views import Home

T = TypeVar("T")
log = structlog.get_logger()

FORM_PATIENCE = 2.0  # seconds, of the 3 within which a form can be opened
PEOPLE_MOST = 8  # people in one text who are looked up
FORMS = OPENS_FORM | {"imagine"}  # buttons that open one
# For these Slack is asked anew who is an admin.
CHANGING = frozenset(("delete", "quotas", "confirm", "approve", "deny"))
INSTEAD = frozenset(("cancel", "confirm"))  # whose answer replaces the question, if one reader alone sees it
ONCE = frozenset(("share",))  # draws nothing, so that no ledger tells a repetition from a second wish

Work = Callable[[Answer], Awaitable[None]]


class Listener:
    """Takes what people do on Slack to the core. Each method gives the acknowledgement to wait for."""

    def __init__(
        self,
        core: Core,
        posting: Poster,
        calls: Calls,
        directory: Directory,
        seen: Dedupe,
        notes: Journal,
    ) -> None:
        self._core = core
        self._posting = posting
        self._calls = calls
        self._directory = directory
        self._seen = seen
        self._notes = notes
        self.acks = Burst()
        self._under_way: set[asyncio.Task[None]] = set()

    def command(self, heard: Event, name: str, text: str) -> Ack:
        """A slash command. `/imagine` alone opens its form."""

        async def ask(answer: Answer) -> None:
            if name != "imagine":
                await answer.give(await self._commanded(answer, name, text))
            elif text.strip():
                await self._noted(answer, text)
            else:
                await self._open(answer, "imagine", "")

        return self._start(heard, ask)

    async def resume(self) -> None:
        """Ask for what an earlier process had acknowledged, and not got to."""
        for heard, text in await self._notes.left():
            log.info("slack.asked_again", team=heard.team)
            self.command(heard, "imagine", text)

    def said(self, heard: Event, text: str) -> Ack:
        """Words to the bot, in a channel or directly. They are the prompt."""
        return self._start(heard, lambda answer: self._draw(answer, text), once=True)

    def shortcut(self, heard: Event, text: str) -> Ack:
        """*Imagine this*, on somebody's message: its words are the prompt."""
        return self._start(heard, lambda answer: self._draw(answer, text))

    def pressed(self, heard: Event, verb: str, job: str, index: int) -> Ack:
        """A button. What it shows is a new message: the one it stands under stays."""

        async def ask(answer: Answer) -> None:
            if verb in FORMS:
                await self._open(answer, verb, job)
            else:
                await self._press(answer, verb=verb, target=job, index=index)

        return self._start(heard, ask, once=verb in ONCE, instead=verb in INSTEAD)

    def submitted(self, heard: Event, verb: str, job: str, values: Mapping[str, str]) -> Ack:
        """A form that was filled in."""
        field = "prompt" if "prompt" in values else ""
        return self._start(
            heard, lambda answer: self._press(answer, verb=verb, target=job, options=values), field=field
        )

    def unknown(self, heard: Event) -> Ack:
        """A button or form that is not in our words."""
        return self._start(heard, lambda answer: answer.say(Notice(sentence=wording.NO_SUCH_JOB)))

    def reacted(self, heard: Event, ts: str, emoji: str) -> Ack:
        """An emoji that means something, put on a message that may be ours."""

        async def ask(answer: Answer) -> None:
            reply = await self._asked(
                answer,
                lambda who: self._core.react(convert.reaction(who["person"], who["address"], ts, emoji)),
                fresh=emoji == convert.BIN,
            )
            if reply is not None:
                await answer.give(reply)

        return self._start(heard, ask, once=True)

    def opened_home(self, heard: Event) -> Ack:
        """Somebody looks at their own page, which is made anew."""
        return self._start(heard, self._publish)

    async def rest(self, seconds: float) -> None:
        """Wait that long for what is being answered; what takes longer ends here."""
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _noted(self, answer: Answer, said: str) -> None:
        """Draw what a command says, which is acknowledged as soon as it is written down."""
        async with self._notes.kept(answer.heard, said) as durable:
            if durable:
                answer.ack()
                await self.acks.first()
            reply = await self._imagined(answer, said)
        await answer.give(reply)

    async def _draw(self, answer: Answer, said: str) -> None:
        await answer.give(await self._imagined(answer, said))

    async def _imagined(self, answer: Answer, said: str) -> Reply:
        text = typed(await self._spelled(answer, said))
        if text.strip().lower() == "help":
            return await self._commanded(answer, "help", "")
        names = convert.called(answer.heard, "", {})
        return await self._asked(
            answer, lambda who: self._core.imagine(Imagine(text=text, names=names, **who))
        )

    async def _commanded(self, answer: Answer, name: str, said: str) -> Reply:
        heard, text = answer.heard, typed(said, tokens=True)
        found = await self._looked_up(answer, convert.mentioned(text))
        names, text = convert.called(heard, text, found), convert.pointed(text, heard.team, found)
        reply = await self._asked(
            answer,
            lambda who: self._core.command(Command(name=name, text=text, names=names, **who)),
            fresh=name in CHANGING,
        )
        if name == "help" and isinstance(reply, Report):
            return replace(reply, lines=(*reply.lines, wording.IN_THREADS))
        return reply

    async def _press(self, answer: Answer, **press: Any) -> None:
        reply = await self._asked(
            answer,
            lambda who: self._core.press(Press(**press, **who)),
            fresh=press["verb"] in CHANGING,
        )
        await answer.give(reply)

    async def _open(self, answer: Answer, verb: str, job: str) -> None:
        form: Form | Refused | Notice
        try:
            async with asyncio.timeout(FORM_PATIENCE):
                form = await self._asked(
                    answer, lambda who: self._core.form(Press(verb=verb, target=job, **who))
                )
        except TimeoutError:
            form = Notice(sentence=wording.NOT_OPENED)
        await (answer.open(form) if isinstance(form, Form) else answer.say(form))

    async def _publish(self, answer: Answer) -> None:
        heard = answer.heard
        page = await self._asked(answer, lambda who: self._core.home(who["person"], who["address"]))
        if not isinstance(page, Home):
            return
        view = home(page) | {"private_metadata": convert.carried(heard)}
        try:
            await self._calls.ask(heard.team, "views.publish", {"user_id": heard.user, "view": view})
        except (Refusal, TooOften, DeliveryError, *NO_ANSWER) as error:
            log.warning("slack.home_not_shown", team=heard.team, reason=reason(error))

    async def _asked(
        self, answer: Answer, ask: Callable[[dict[str, Any]], Awaitable[T]], *, fresh: bool = False
    ) -> T | Refused:
        """What the core says to a request, which is given what every request says of itself."""
        heard = answer.heard
        person = None if fresh else self._directory.known(heard.team, heard.user)
        if person is None:
            answer.ack()  # Slack may take longer to answer than it waits itself
            await self.acks.first()
            person = await self._directory.ask(heard.team, heard.user)
        if person is None:
            return Refused(why="unavailable", sentence=wording.NOT_TOLD_WHO)
        return await ask({"id": heard.id, "person": person, "address": convert.address(heard)})

    async def _spelled(self, answer: Answer, text: str) -> str:
        """With names in place of ids: what is said in commands comes with names, messages without."""
        found = await self._looked_up(answer, convert.unnamed(text))
        return convert.spelled(text, {user: person.name for user, person in found.items()})

    async def _looked_up(self, answer: Answer, users: Sequence[str]) -> Mapping[str, Person]:
        if not users:
            return {}
        answer.ack()
        return await self._directory.people(answer.heard.team, users[:PEOPLE_MOST])

    def _start(self, heard: Event, work: Work, *, once: bool = False, **how: Any) -> Ack:
        answer = Answer(heard, self._core, self._posting, self._calls, self.acks, **how)
        task = asyncio.create_task(self._answered(answer, work, once))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return answer.acked

    async def _answered(self, answer: Answer, work: Work, once: bool) -> None:
        try:
            wording.activate(await self._core.language(ids.named(answer.heard.team)))
            async with self._seen.once(answer.heard.id) if once else nullcontext(True) as first:
                if first:
                    await work(answer)
        except Exception as error:
            name = answer.job or secrets.token_hex(4)
            log.error("slack.broke", job=name, trace=trace(error))
            await answer.say(Refused(why="unavailable", sentence=wording.broke(name)))
        answer.ack()
