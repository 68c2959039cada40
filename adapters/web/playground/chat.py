"""The routes of the chat: what a persona says, presses, reacts to and dismisses, handed to the port."""

import re
from dataclasses import asdict, replace
from typing import Any

from aiohttp import web

from adapters.web.bodies import PERSONAS, DismissBody, PressBody, ReactionBody, SayBody, read_body
from adapters.web.guard import RequestError
from adapters.web.playground.state import PlaygroundState
from adapters.web.render import render
from adapters.web.uploads import Sent, Uploads
from bot import wording
from bot.commands.messages import DRAWING, small_talk, split_command
from bot.port.cards import Accepted, Card, Ended, Form, Reply, Working
from bot.port.requests import Address, Command, Imagine, MessageRef, Named, Person, Press, Reaction

_PICTURES_ALONE = "Pictures go with a prompt. Say what to draw from them."
WORKSPACE = "web:playground"
CHANNEL = "web:general"
_IDS = {person.name.casefold(): person.id for person in PERSONAS.values()}
_MENTION = re.compile(rf"(?<!\S)@({'|'.join(map(re.escape, _IDS))})(?!\S)", re.IGNORECASE)
_NAMES = (
    *(Named("person", person.id, person.name) for person in PERSONAS.values()),
    Named("channel", CHANNEL, "general"),
)


def address(private_to: str = "") -> Address:
    """Return the address of the one channel. `private_to`: only this person sees what is posted there."""
    return Address(platform="web", workspace=WORKSPACE, channel=CHANNEL, private_to=private_to)


class ChatRoutes:
    """The handlers that change the chat."""

    def __init__(self, state: PlaygroundState) -> None:
        self._state = state
        self._uploads = Uploads()

    def routes(self) -> list[tuple[str, Any]]:
        """Return paths with their handlers, all for POST."""
        return [
            ("/api/say", self._say),
            ("/api/press", self._press),
            ("/api/form", self._form),
            ("/api/react", self._react),
            ("/api/dismiss", self._dismiss),
        ]

    async def _say(self, request: web.Request) -> web.Response:
        wording.activate(await self._state.core.language(WORKSPACE))
        async with self._uploads.receive(request, SayBody) as (body, sent):
            return await self._answer_line(body, sent)

    async def _answer_line(self, body: SayBody, sent: Sent) -> web.Response:
        name, text = split_command(body.text)
        reply = small_talk(body.text)
        if sent and (reply is not None or name not in DRAWING):
            raise RequestError(400, _PICTURES_ALONE)
        action = {"persona": body.persona, "say": body.text, "options": body.options, **_names(sent)}
        step = self._state.transcript.begin_step(action)
        common: dict[str, Any] = {
            "id": f"web:{body.id}",
            "person": body.person,
            "address": address(),
            "names": _NAMES,
        }
        core = self._state.core
        if reply is not None:
            return await self._answer(step, body.person, reply)
        if name in DRAWING:
            drawing = Imagine(
                text=text,
                options=body.options,
                references=sent.references,
                mask=sent.mask,
                command=DRAWING[name],
                **common,
            )
            return await self._answer(step, body.person, await core.imagine(drawing))
        command = Command(name=name, text=_resolve_mentions(text), **common)
        return await self._answer(step, body.person, await core.command(command))

    async def _form(self, request: web.Request) -> web.Response:
        """Answer with the form that a button opens. Its submission is a press with the fields as options."""
        body = await read_body(request, PressBody)
        form = await self._state.core.form(_to_press(body))
        if isinstance(form, Form):
            return web.json_response({"form": {**asdict(form), "job": form.target}})
        message = self._state.messages.reply(form, body.person.id)
        return web.json_response({"reply": render(form), "id": message.id, "at": message.at})

    async def _press(self, request: web.Request) -> web.Response:
        async with self._uploads.receive(request, PressBody) as (body, sent):
            action = {"press": body.verb, "job": body.job, "index": body.index, "options": body.options}
            step = self._state.transcript.begin_step({"persona": body.persona, **action, **_names(sent)})
            press = replace(_to_press(body), references=sent.references, mask=sent.mask)
            return await self._answer(step, body.person, await self._state.core.press(press))

    async def _react(self, request: web.Request) -> web.Response:
        body = await read_body(request, ReactionBody)
        person, messages = body.person, self._state.messages
        await messages.load()
        message = messages.find(body.message, person.id)
        if message is None:
            raise RequestError(404, "That message is gone.")
        action = {"react": body.emoji, "message": message.id, "on": body.on}
        step = self._state.transcript.begin_step({"persona": body.persona, **action})
        await messages.react(message, person.id, body.emoji, on=body.on)
        if not body.on:
            return web.json_response({})
        ref = MessageRef(address=address(message.private_to), id=message.id)
        reply = await self._state.core.react(Reaction(person=person, message=ref, emoji=body.emoji))
        return await self._answer(step, person, reply)

    async def _dismiss(self, request: web.Request) -> web.Response:
        body = await read_body(request, DismissBody)
        messages = self._state.messages
        await messages.load()
        message = messages.find(body.message, body.person.id)
        if message and message.private_to:
            await messages.remove(message.id)
        return web.json_response({})

    async def _answer(self, step: dict[str, Any], person: Person, reply: Reply | None) -> web.Response:
        """Answer, and tell the core that the person can be reached."""
        response = await self._show(step, person, reply)
        await self._state.core.answered(person.id, address())
        return response

    async def _show(self, step: dict[str, Any], person: Person, reply: Reply | None) -> web.Response:
        """Show the card of an accepted job in the channel; answer any other reply to this page alone."""
        if reply is None:
            return web.json_response({})
        card: Card = reply.card if isinstance(reply, Accepted) else reply
        if not isinstance(reply, Accepted) or isinstance(card, Ended):
            message = self._state.messages.reply(card, person.id)
            data = render(card)
            self._state.transcript.end_step(step, {"reply": data})
            return web.json_response({"reply": data, "id": message.id, "at": message.at})
        self._state.transcript.end_step(step, {"message": reply.job})
        await self._state.messages.load()
        place = address(person.id if reply.card.header.private else "")
        is_lost = isinstance(card, Working) and not self._state.messages.has(reply.job)
        # The gallery of a repeated request is not shown again: the core has posted it or will.
        if reply.fresh or is_lost:
            await self._state.show(reply.job, card, place)
            await self._state.core.shown(reply.job, MessageRef(address=place, id=reply.job))
        return web.json_response({"message": reply.job})


def _to_press(body: PressBody) -> Press:
    return Press(
        id=f"web:{body.id}",
        person=body.person,
        address=address(),
        verb=body.verb,
        target=body.job,
        index=body.index,
        options=body.options,
    )


def _names(sent: Sent) -> dict[str, Any]:
    """Return the names of files that were sent, for the transcript; nothing if there were none."""
    names: dict[str, Any] = {"references": [file.name for file in sent.references]} if sent.references else {}
    return {**names, "mask": sent.mask.name} if sent.mask else names


def _resolve_mentions(text: str) -> str:
    """Replace each @name of a persona with a token of its id, as if it had been picked from a list."""
    return _MENTION.sub(lambda match: f"<@{_IDS[match[1].casefold()]}>", text)
