"""The admins' page: a workspace's figures, allowances and log, for whoever runs the bot.

Whatever it changes goes through the same commands and buttons as in chat.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from aiohttp import web

from adapters.web import files
from adapters.web.bodies import MAX_BODY, Asked, Confirmed, read
from adapters.web.guard import Guard, RequestError, add_headers, is_loopback
from adapters.web.guard_routes import Gate
from adapters.web.render import render
from adapters.web.server import Front
from bot.port.cards import Accepted, Reply
from bot.port.protocols import OPERATOR, OperatorCore
from bot.port.requests import Address, Command, Press

USAGE = "usage"  # what can be asked for besides the commands of admins
EVERYWHERE = "*"  # the workspace in which the whole bot's settings are
DIRECT = "dm"
_NO_STORE = {"Cache-Control": "no-store"}
_SHUT = (
    "This page is shut. Set IMAGINE_WEB_TOKEN to a long secret, start the bot again, and sign in with it.\n"
)


class Admin:
    """The page's handlers. `core`: asked for at each request, as it is there only once the bot runs.

    `home`: a workspace that is offered although nothing has happened in it yet, or "".
    """

    def __init__(
        self,
        gate: Gate,
        core: Callable[[], OperatorCore],
        commands: Sequence[Mapping[str, Any]],
        *,
        home: str = "",
    ) -> None:
        self._gate = gate
        self._core = core
        self._commands = [each for each in commands if each["admin"] or each["name"] == USAGE]
        self._names = frozenset(each["name"] for each in self._commands)
        self._home = home

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(files.ADMIN, self._gate.page("admin.html")),
            web.get("/api/admin", self._gate.checked(self._state)),
            web.get("/api/admin/allowances", self._gate.checked(self._allowances)),
            web.get("/api/admin/suggest", self._gate.checked(self._suggest)),
            web.post("/api/admin/command", self._gate.checked(self._command)),
            web.post("/api/admin/press", self._gate.checked(self._press)),
        ]

    async def _state(self, _request: web.Request) -> web.Response:
        state = {
            "workspaces": await self._workspaces(),
            "commands": self._commands,
            "playground": bool(self._home),
        }
        return web.json_response(state, headers=_NO_STORE)

    async def _allowances(self, request: web.Request) -> web.Response:
        workspace = await self._known(request.query.get("workspace", ""))
        found = await self._core().settings(workspace)
        return web.json_response({"rows": [asdict(each) for each in found]}, headers=_NO_STORE)

    async def _suggest(self, request: web.Request) -> web.Response:
        """What one option of a command may become, as far as it is typed."""
        query = request.query
        option = query.get("option", "")
        command = await self._meant("", query.get("workspace", ""), query.get("command", ""), {})
        typed = Command(
            id=command.id,
            person=command.person,
            address=command.address,
            name=f"{command.name} {command.text}".strip(),
            options={option: query.get("typed", "")},
        )
        choices = await self._core().suggest(typed, option)
        return web.json_response({"choices": [asdict(each) for each in choices]}, headers=_NO_STORE)

    async def _command(self, request: web.Request) -> web.Response:
        asked = await read(request, Asked)
        command = await self._meant(f"web:{asked.id}", asked.workspace, asked.command, asked.options)
        return _answer(await self._core().command(command))

    async def _press(self, request: web.Request) -> web.Response:
        pressed = await read(request, Confirmed)
        place = _address(await self._known(pressed.workspace))
        return _answer(
            await self._core().press(
                Press(
                    id=f"web:{pressed.id}",
                    person=OPERATOR,
                    address=place,
                    verb=pressed.verb,
                    target=pressed.job,
                )
            )
        )

    async def _meant(
        self, request_id: str, workspace: str, command: str, options: Mapping[str, str | bool]
    ) -> Command:
        """Raises RequestError for a command that is not this page's, or a workspace that there is not."""
        if command not in self._names:
            raise RequestError(400, f"command: not one of {', '.join(sorted(self._names))}.")
        name, _, verb = command.partition(" ")
        return Command(
            id=request_id,
            person=OPERATOR,
            address=_address(await self._known(workspace)),
            name=name,
            text=verb,
            options=options,
        )

    async def _workspaces(self) -> list[str]:
        found = dict.fromkeys((self._home, *await self._core().workspaces(), DIRECT, EVERYWHERE))
        return [each for each in found if each]

    async def _known(self, workspace: str) -> str:
        if workspace not in await self._workspaces():
            raise RequestError(400, "There is no such workspace; reload the page.")
        return workspace


def routes(
    core: Callable[[], OperatorCore],
    front: Front,
    token: str | None,
    commands: Sequence[Mapping[str, Any]],
    *,
    reached: bool,
) -> list[web.RouteDef]:
    """The page where no playground is. `reached`: a proxy leads others to this server.

    Without a token it is shut to all but this machine, and to all where there is a proxy: whom that
    lets in looks like this machine.
    """
    if not token and (reached or not is_loopback(front.host)):
        return shut()
    gate = Gate(Guard(front.host, token), front)
    return [*gate.routes(), *Admin(gate, core, commands).routes()]


def shut() -> list[web.RouteDef]:
    """In place of the page, what opens it."""

    async def closed(_request: web.Request) -> web.Response:
        return web.Response(text=_SHUT, status=403, headers=_NO_STORE)

    return [web.get(files.ADMIN, closed)]


def application(routes: Iterable[web.AbstractRouteDef]) -> web.Application:
    """A server without a playground."""
    app = web.Application(client_max_size=MAX_BODY)
    app.on_response_prepare.append(add_headers)
    app.add_routes(routes)
    return app


def _address(workspace: str) -> Address:
    return Address(platform="web", workspace=workspace, channel="", private_to=OPERATOR.id)


def _answer(reply: Reply) -> web.Response:
    card = reply.card if isinstance(reply, Accepted) else reply
    return web.json_response({"reply": render(card)}, headers=_NO_STORE)
