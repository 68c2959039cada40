"""What a persona does on the page, through the port: says, presses, reacts, dismisses."""

import re
from dataclasses import asdict
from typing import Any

from aiohttp import web

from adapters.web.bodies import PERSONS, Dismissed, Pressed, Reacted, Say, read
from adapters.web.guard import RequestError
from adapters.web.playground.state import Room
from adapters.web.render import render
from bot.port.cards import Accepted, Card, Ended, Form, Reply, Working
from bot.port.requests import Address, Command, Imagine, MessageRef, Named, Person, Press, Reaction

WORKSPACE = "web:playground"
CHANNEL = "web:general"
_IDS = {person.name.casefold(): person.id for person in PERSONS.values()}
_CALLED = re.compile(rf"(?<!\S)@({'|'.join(map(re.escape, _IDS))})(?!\S)", re.IGNORECASE)
_NAMES = (
    *(Named("person", person.id, person.name) for person in PERSONS.values()),
    Named("channel", CHANNEL, "general"),
)


def address(private_to: str = "") -> Address:
    """The playground's one channel; with a person's id, what only this person sees there."""
    return Address(platform="web", workspace=WORKSPACE, channel=CHANNEL, private_to=private_to)


class Talk:
    """The handlers of what changes the chat."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def routes(self) -> list[tuple[str, Any]]:
        return [
            ("/api/say", self._say),
            ("/api/press", self._press),
            ("/api/form", self._form),
            ("/api/react", self._react),
            ("/api/dismiss", self._dismiss),
        ]

    async def _say(self, request: web.Request) -> web.Response:
        say = await read(request, Say)
        name, text = _command(say.text)
        step = self._room.transcript.begin({"persona": say.persona, "say": say.text, "options": say.options})
        common: dict[str, Any] = {"id": f"web:{say.id}", "person": say.person, "address": address()}
        core = self._room.core
        if name == "imagine":
            accepted = await core.imagine(Imagine(text=text, options=say.options, **common))
            return await self._answer(step, say.person, accepted)
        command = Command(name=name, text=_pointed(text), names=_NAMES, **common)
        return await self._answer(step, say.person, await core.command(command))

    async def _form(self, request: web.Request) -> web.Response:
        """The form that a button opens; sent off, it is a press with its fields as options."""
        pressed = await read(request, Pressed)
        form = await self._room.core.form(_press(pressed))
        if isinstance(form, Form):
            return web.json_response({"form": {**asdict(form), "job": form.target}})
        message = self._room.board.reply(form, pressed.person.id)
        return web.json_response({"reply": render(form), "id": message.id, "at": message.at})

    async def _press(self, request: web.Request) -> web.Response:
        pressed = await read(request, Pressed)
        what = {"press": pressed.verb, "job": pressed.job, "index": pressed.index, "options": pressed.options}
        step = self._room.transcript.begin({"persona": pressed.persona, **what})
        reply = await self._room.core.press(_press(pressed))
        return await self._answer(step, pressed.person, reply)

    async def _react(self, request: web.Request) -> web.Response:
        reacted = await read(request, Reacted)
        person, board = reacted.person, self._room.board
        await board.load()
        message = board.find(reacted.message, person.id)
        if message is None:
            raise RequestError(404, "That message is gone.")
        what = {"react": reacted.emoji, "message": message.id, "on": reacted.on}
        step = self._room.transcript.begin({"persona": reacted.persona, **what})
        await board.react(message, person.id, reacted.emoji, on=reacted.on)
        if not reacted.on:
            return web.json_response({})
        ref = MessageRef(address=address(message.private_to), id=message.id)
        reply = await self._room.core.react(Reaction(person=person, message=ref, emoji=reacted.emoji))
        return await self._answer(step, person, reply)

    async def _dismiss(self, request: web.Request) -> web.Response:
        dismissed = await read(request, Dismissed)
        board = self._room.board
        await board.load()
        message = board.find(dismissed.message, dismissed.person.id)
        if message and message.private_to:
            await board.remove(message.id)
        return web.json_response({})

    async def _answer(self, step: dict[str, Any], person: Person, reply: Reply | None) -> web.Response:
        """Show an accepted job in the channel and say where; give any other reply to its person alone."""
        if reply is None:
            return web.json_response({})
        card: Card = reply.card if isinstance(reply, Accepted) else reply
        if not isinstance(reply, Accepted) or isinstance(card, Ended):
            message = self._room.board.reply(card, person.id)
            shown = render(card)
            self._room.transcript.end(step, {"reply": shown})
            return web.json_response({"reply": shown, "id": message.id, "at": message.at})
        self._room.transcript.end(step, {"message": reply.job})
        await self._room.board.load()
        place = address(person.id if reply.card.header.private else "")
        lost = isinstance(card, Working) and not self._room.board.holds(reply.job)
        if reply.fresh or lost:  # what an earlier request drew is told by the core
            await self._room.post(place, card, key=reply.job)
            await self._room.core.shown(reply.job, MessageRef(address=place, id=reply.job))
        return web.json_response({"message": reply.job})


def _press(pressed: Pressed) -> Press:
    return Press(
        id=f"web:{pressed.id}",
        person=pressed.person,
        address=address(),
        verb=pressed.verb,
        target=pressed.job,
        index=pressed.index,
        options=pressed.options,
    )


def _pointed(text: str) -> str:
    """With ids in place of the names that are called: everybody here is known."""
    return _CALLED.sub(lambda called: _IDS[called[1].casefold()], text)


def _command(text: str) -> tuple[str, str]:
    """Name and words of a typed line; a line without a slash is a prompt."""
    words = text[1:].split(maxsplit=1) if text.startswith("/") else []
    if not words:
        return "imagine", text
    return words[0].lower(), words[1] if len(words) > 1 else ""
