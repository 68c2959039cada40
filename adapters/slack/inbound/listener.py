"""Everything that people do on Slack, on its way to the core and back.

No error leaves a person without an answer: it is logged without anybody's words, and the person reads a plain
sentence.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import structlog

from adapters.slack import ids
from adapters.slack.errors import NO_ANSWER, RateLimited, Refusal, reason
from adapters.slack.inbound import convert
from adapters.slack.inbound.burst import Burst
from adapters.slack.inbound.convert import Body, Event, Upload
from adapters.slack.inbound.dedupe import Dedupe
from adapters.slack.inbound.directory import Directory, GroupsUnknown
from adapters.slack.inbound.files import Files
from adapters.slack.inbound.journal import Journal
from adapters.slack.inbound.response import Ack, Answer, Poster
from adapters.slack.inbound.shortcodes import to_emoji
from adapters.slack.outbound.web_api import WebApi
from adapters.slack.render.home import home
from adapters.slack.render.text import restore_text
from bot import wording
from bot.commands.messages import DRAWING, HELP, IMAGINE, command_in, small_talk, split_command
from bot.errors import trace
from bot.port.cards import OPENS_FORM, Form, Notice, PictureList, Refused, Reply, Report
from bot.port.protocols import Core, DeliveryError
from bot.port.requests import Command, Drawing, Imagine, Person, Press, SentFile
from bot.port.views import Home
from bot.tasks import Background

T = TypeVar("T")
log = structlog.get_logger()

FORM_PATIENCE = 2.0  # seconds for the core to make a form, of the 3 within which Slack can open it
MOST_LOOKUPS = 8  # people in one text whose names are looked up
FORM_VERBS = OPENS_FORM | {IMAGINE}  # verbs of buttons that open a form
# Commands and verbs for which the bot asks Slack again who is an admin.
ADMIN_ACTIONS = frozenset(("delete", "quotas", "styles", "confirm", "approve", "deny"))
# Verbs whose answer replaces the message with the button, if only one reader sees it.
# The kind of card that does so: what is no page leaves its list.
REPLACING_VERBS: Mapping[str, type] = {"cancel": object, "confirm": object, "page": PictureList}
# Verbs that draw nothing, so the ledger cannot tell a press that Slack repeats from a second press.
NO_UPLOADS: Mapping[str, Sequence[Body]] = {}
UNGUARDED_VERBS = frozenset(("share", "show", "pick", "download", "choose", "page", "keep", "drop"))

Work = Callable[[Answer], Awaitable[None]]


class Listener:
    """The way of everything that people do on Slack to the core.

    Each `on_…` method returns at once, with the acknowledgement to wait for; the work goes on in a task.
    """

    def __init__(
        self,
        core: Core,
        posting: Poster,
        web_api: WebApi,
        directory: Directory,
        dedupe: Dedupe,
        journal: Journal,
        files: Files,
    ) -> None:
        self._core = core
        self._posting = posting
        self._web_api = web_api
        self._directory = directory
        self._dedupe = dedupe
        self._journal = journal
        self._files = files
        self.burst = Burst()
        self._tasks = Background()

    def on_command(self, event: Event, name: str, text: str) -> Ack:
        """Run a slash command. One that draws opens its form if it comes without words."""

        async def work(answer: Answer) -> None:
            if name not in DRAWING:
                await answer.give(await self._command(answer, name, text))
            elif text.strip():
                await self._drawing_command(answer, DRAWING[name], text)
            else:
                await self._open_form(answer, verb=name, target="")

        return self._start(event, work)

    async def resume(self) -> None:
        """Run the commands that an earlier process acknowledged, but did not hand to the core."""
        for event, name, text in await self._journal.pending():
            log.info("slack.asked_again", team=event.team)
            self.on_command(event, name, text)

    def on_message(self, event: Event, text: str) -> Ack:
        """Answer a message to the bot, in a channel or a direct message: most are prompts."""
        return self._start(event, lambda answer: self._answer_message(answer, text), once=True)

    def on_shortcut(self, event: Event, text: str) -> Ack:
        """Draw the words of somebody's message, chosen by *Imagine this*."""

        async def work(answer: Answer) -> None:
            await answer.give(await self._imagine(answer, text))

        return self._start(event, work)

    def on_edit_shortcut(self, event: Event) -> Ack:
        """Open the form that draws from a message's pictures, chosen by *Edit this*."""

        async def work(answer: Answer) -> None:
            if event.uploads:
                files = self._sent(event, event.uploads)
                await self._open_form(answer, verb=IMAGINE, target="", references=files)
            else:
                await answer.say(Notice(sentence=wording.NO_PICTURES_HERE))

        return self._start(event, work)

    def on_describe_shortcut(self, event: Event) -> Ack:
        """Keep a message's first picture, chosen by *Describe this*, and name the price of describing it."""

        async def work(answer: Answer) -> None:
            if event.uploads:
                answer.ack()
                files = self._sent(event, event.uploads[:1])
                await self._press(answer, verb="describe", target="", references=files)
            else:
                await answer.say(Notice(sentence=wording.NO_PICTURES_HERE))

        return self._start(event, work)

    def on_press(self, event: Event, verb: str, target: str, index: int) -> Ack:
        """Carry out a button. The answer is a new message; the button's own message stays."""

        async def work(answer: Answer) -> None:
            if verb in FORM_VERBS:
                await self._open_form(answer, verb=verb, target=target, index=index)
            else:
                await self._press(answer, verb=verb, target=target, index=index)

        return self._start(event, work, once=verb in UNGUARDED_VERBS, instead=REPLACING_VERBS.get(verb))

    def on_submission(
        self,
        event: Event,
        verb: str,
        target: str,
        index: int,
        values: Mapping[str, str],
        uploads: Mapping[str, Sequence[Body]] = NO_UPLOADS,
    ) -> Ack:
        """Carry out a submitted form. Its files are in its fields, or are the message's that it is about."""
        field = "prompt" if "prompt" in values else ""
        chosen = {name: convert.read_uploads(files) for name, files in uploads.items()}
        press: dict[str, Any] = {
            "verb": verb,
            "target": target,
            "index": index,
            "options": {name: to_emoji(value) for name, value in values.items()},
            "references": self._sent(event, chosen.get("reference") or event.uploads),
            "mask": next(iter(self._sent(event, chosen.get("mask", ()))), None),
        }
        work = partial(self._press, **press)
        return self._start(event, work, field=field, closes=bool(index))

    def on_unknown(self, event: Event) -> Ack:
        """Answer a button or form that this bot does not know."""
        return self._start(event, lambda answer: answer.say(Notice(sentence=wording.NO_SUCH_JOB)))

    def on_reaction(self, event: Event, ts: str, emoji: str) -> Ack:
        """Carry out a reaction to the message `ts`, which may be another's."""

        async def work(answer: Answer) -> None:
            reply = await self._ask_core(
                answer,
                lambda common: self._core.react(
                    convert.reaction(common["person"], common["address"], ts, emoji)
                ),
                fresh=emoji == convert.BIN,
            )
            if reply is not None:
                await answer.give(reply)

        return self._start(event, work, once=True)

    def on_home_opened(self, event: Event) -> Ack:
        """Publish a person's own page when they open it."""
        return self._start(event, self._publish_home)

    async def drain(self, seconds: float) -> None:
        """Wait up to `seconds` for all open answers, and cancel the rest."""
        await self._tasks.drain(seconds)

    async def _drawing_command(self, answer: Answer, name: Drawing, text: str) -> None:
        """Draw a command's words. Acknowledge as soon as the command is written down."""
        async with self._journal.hold(answer.event, name, text) as is_durable:
            if is_durable:
                answer.ack()
                await self.burst.wait()
            reply = await self._imagine(answer, text, name)
        await answer.give(reply)

    async def _answer_message(self, answer: Answer, text: str) -> None:
        """Answer a message to the bot, which may be a prompt, a command or small talk."""
        if (reply := small_talk(text)) is not None:
            await answer.give(reply)
            return
        name, rest = split_command(text)
        if name in DRAWING:
            await answer.give(await self._imagine(answer, rest, DRAWING[name]))
        else:
            await answer.give(await self._command(answer, name, rest))

    def _sent(self, event: Event, uploads: Sequence[Upload]) -> tuple[SentFile, ...]:
        return self._files.sent(event.team, uploads)

    async def _imagine(self, answer: Answer, text: str, command: Drawing = IMAGINE) -> Reply:
        prompt = to_emoji(restore_text(await self._label_users(answer, text)))
        if command_in(prompt) == HELP:
            return await self._command(answer, HELP, "")
        names = convert.display_names(answer.event, "", {})
        files = self._sent(answer.event, answer.event.uploads)
        about: dict[str, Any] = {"text": prompt, "names": names, "references": files, "command": command}
        return await self._ask_core(answer, lambda common: self._core.imagine(Imagine(**about, **common)))

    async def _command(self, answer: Answer, name: str, text: str) -> Reply:
        event, text = answer.event, to_emoji(restore_text(text, tokens=True))
        people = await self._look_up(answer, convert.user_ids(text))
        names = convert.display_names(event, text, people)
        text = convert.qualify_tokens(text, event.team, people)
        reply = await self._ask_core(
            answer,
            lambda common: self._core.command(Command(name=name, text=text, names=names, **common)),
            fresh=name in ADMIN_ACTIONS,
        )
        if name == HELP and isinstance(reply, Report):
            return replace(reply, lines=(*reply.lines, wording.IN_THREADS))
        return reply

    async def _press(self, answer: Answer, **press: Any) -> None:
        reply = await self._ask_core(
            answer,
            lambda common: self._core.press(Press(**press, **common)),
            fresh=press["verb"] in ADMIN_ACTIONS,
        )
        await answer.give(reply)

    async def _open_form(self, answer: Answer, **press: Any) -> None:
        form: Form | Refused | Notice
        try:
            async with asyncio.timeout(FORM_PATIENCE):
                form = await self._ask_core(answer, lambda common: self._core.form(Press(**press, **common)))
        except TimeoutError:
            form = Notice(sentence=wording.NOT_OPENED)
        await (answer.open(form) if isinstance(form, Form) else answer.say(form))

    async def _publish_home(self, answer: Answer) -> None:
        event = answer.event
        page = await self._ask_core(
            answer, lambda common: self._core.home(common["person"], common["address"])
        )
        if not isinstance(page, Home):
            return
        view = home(page) | {"private_metadata": convert.view_metadata(event)}
        try:
            await self._web_api.call(event.team, "views.publish", {"user_id": event.user, "view": view})
        except (Refusal, RateLimited, DeliveryError, *NO_ANSWER) as error:
            log.warning("slack.home_not_shown", team=event.team, reason=reason(error))

    async def _ask_core(
        self, answer: Answer, ask: Callable[[dict[str, Any]], Awaitable[T]], *, fresh: bool = False
    ) -> T | Refused:
        """Ask the core; refuse if Slack does not tell who the person is, or what they may do.

        `ask`: called with the `id`, `person` and `address` that every request has.
        `fresh`: fetch the person from Slack even if the directory has them cached: they change something.
        """
        event = answer.event
        person: Person | GroupsUnknown | None
        person = None if fresh else self._directory.cached(event.team, event.user)
        if person is None:
            answer.ack()  # Slack may take longer to tell than it waits for an acknowledgement
            await self.burst.wait()
            person = await self._directory.fetch(event.team, event.user, for_change=fresh)
        if not isinstance(person, Person):
            sentence = wording.NOT_TOLD_WHO if person is None else wording.groups_unknown("Slack")
            return Refused(why="unavailable", sentence=sentence)
        answer.person = person.id
        return await ask({"id": event.id, "person": person, "address": convert.address(event)})

    async def _label_users(self, answer: Answer, text: str) -> str:
        """Write people's names into a message's tokens; Slack itself does so only in commands."""
        people = await self._look_up(answer, convert.unlabelled_users(text))
        return convert.label_users(text, {user: person.name for user, person in people.items()})

    async def _look_up(self, answer: Answer, users: Sequence[str]) -> Mapping[str, Person]:
        if not users:
            return {}
        answer.ack()
        return await self._directory.look_up(answer.event.team, users[:MOST_LOOKUPS])

    def _start(self, event: Event, work: Work, *, once: bool = False, **options: Any) -> Ack:
        """Start a task that answers an event.

        `once`: skip the work if the event was handled before. `options`: passed on to Answer.
        """
        answer = Answer(event, self._core, self._posting, self._web_api, self.burst, **options)
        self._tasks.start(self._run(answer, work, once))
        return answer.acknowledgement

    async def _run(self, answer: Answer, work: Work, once: bool) -> None:
        try:
            wording.activate(await self._core.language(ids.qualified_id(answer.event.team)))
            async with self._dedupe.once(answer.event.id) if once else nullcontext(True) as is_new:
                if is_new:
                    await work(answer)
        except Exception as error:
            name = answer.job or secrets.token_hex(4)
            log.error("slack.broke", job=name, trace=trace(error))
            await answer.say(Refused(why="unavailable", sentence=wording.broke(name)))
        answer.ack()
        await answer.report()
