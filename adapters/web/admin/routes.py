"""The routes of the admins' page: a workspace's figures, allowances and log, for the operator.

Every change goes through the same commands and buttons as in chat.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from aiohttp import web

from adapters.web import files
from adapters.web.bodies import MAX_BODY, AdminCommandBody, AdminPressBody, read_body
from adapters.web.guard import Guard, RequestError, add_headers
from adapters.web.guard_routes import GuardRoutes
from adapters.web.library.routes import LibraryRoutes
from adapters.web.render import render
from adapters.web.server import WebServer
from adapters.web.token import Token
from bot.port.cards import Accepted, Reply
from bot.port.protocols import OPERATOR, PageCore
from bot.port.requests import Address, Command, Person, Press

USAGE = "usage"  # the one command besides those of admins
EVERYWHERE = "*"  # the workspace that holds the settings of the whole bot
DIRECT = "dm"
_NO_STORE = {"Cache-Control": "no-store"}


class AdminRoutes:
    """The handlers of the admins' page.

    `core`: called at each request, since the core exists only once the bot runs. `commands`: the registry as
    plain data. `home`: a workspace to offer even if nothing has happened in it yet, or "".
    """

    def __init__(
        self,
        guard_routes: GuardRoutes,
        core: Callable[[], PageCore],
        commands: Sequence[Mapping[str, Any]],
        *,
        home: str = "",
    ) -> None:
        self._guard_routes = guard_routes
        self._core = core
        self._commands = [each for each in commands if each["admin"] or each["name"] == USAGE]
        self._names = frozenset(each["name"] for each in self._commands)
        self._home = home
        self._library = LibraryRoutes("/api/admin/library", guard_routes, core, self._viewer)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(files.ADMIN, self._guard_routes.page_handler("admin.html")),
            web.get("/api/admin", self._guard_routes.wrap(self._state)),
            web.get("/api/admin/allowances", self._guard_routes.wrap(self._allowances)),
            web.get("/api/admin/suggest", self._guard_routes.wrap(self._suggest)),
            web.post("/api/admin/command", self._guard_routes.wrap(self._command)),
            web.post("/api/admin/press", self._guard_routes.wrap(self._press)),
            *self._library.routes(),
        ]

    async def _state(self, _request: web.Request) -> web.Response:
        state = {
            "workspaces": await self._workspaces(),
            "commands": self._commands,
            "playground": bool(self._home),
        }
        return web.json_response(state, headers=_NO_STORE)

    async def _allowances(self, request: web.Request) -> web.Response:
        workspace = await self._check_workspace(request.query.get("workspace", ""))
        settings = await self._core().settings(workspace)
        return web.json_response({"rows": [asdict(each) for each in settings]}, headers=_NO_STORE)

    async def _suggest(self, request: web.Request) -> web.Response:
        """Suggest values for one option of a command, from what is typed so far."""
        query = request.query
        option = query.get("option", "")
        command = await self._to_command("", query.get("workspace", ""), query.get("command", ""), {})
        draft = Command(
            id=command.id,
            person=command.person,
            address=command.address,
            name=f"{command.name} {command.text}".strip(),
            options={option: query.get("typed", "")},
        )
        choices = await self._core().suggest(draft, option)
        return web.json_response({"choices": [asdict(each) for each in choices]}, headers=_NO_STORE)

    async def _command(self, request: web.Request) -> web.Response:
        body = await read_body(request, AdminCommandBody)
        command = await self._to_command(f"web:{body.id}", body.workspace, body.command, body.options)
        return _answer(await self._core().command(command))

    async def _press(self, request: web.Request) -> web.Response:
        body = await read_body(request, AdminPressBody)
        address = _address(await self._check_workspace(body.workspace))
        press = Press(id=f"web:{body.id}", person=OPERATOR, address=address, verb=body.verb, target=body.job)
        return _answer(await self._core().press(press))

    async def _to_command(
        self, request_id: str, workspace: str, command: str, options: Mapping[str, str | bool]
    ) -> Command:
        """Make the operator's command. `command`: its name, with the verb of `quotas` after a space.

        Raises RequestError if this page does not offer the command, or if there is no such workspace.
        """
        if command not in self._names:
            raise RequestError(400, f"command: not one of {', '.join(sorted(self._names))}.")
        name, _, verb = command.partition(" ")
        return Command(
            id=request_id,
            person=OPERATOR,
            address=_address(await self._check_workspace(workspace)),
            name=name,
            text=verb,
            options=options,
        )

    async def _viewer(self, request: web.Request) -> tuple[Person, str]:
        return OPERATOR, await self._check_workspace(request.query.get("workspace", ""))

    async def _workspaces(self) -> list[str]:
        """List every workspace once, the home first, direct messages and the whole bot last."""
        workspaces = dict.fromkeys((self._home, *await self._core().workspaces(), DIRECT, EVERYWHERE))
        return [each for each in workspaces if each]

    async def _check_workspace(self, workspace: str) -> str:
        """Return the workspace. Raises RequestError if there is no such workspace."""
        if workspace not in await self._workspaces():
            raise RequestError(400, "There is no such workspace; reload the page.")
        return workspace


def routes(
    core: Callable[[], PageCore],
    server: WebServer,
    token: Token | None,
    commands: Sequence[Mapping[str, Any]],
) -> list[web.RouteDef]:
    """Make the routes of the page for a server without a playground.

    Raises ValueError if other machines can reach the server and there is no token.
    """
    guard_routes = GuardRoutes(Guard(server.host, token), server)
    return [*guard_routes.routes(), *AdminRoutes(guard_routes, core, commands).routes()]


def application(routes: Iterable[web.AbstractRouteDef]) -> web.Application:
    """Make the application of a server without a playground."""
    app = web.Application(client_max_size=MAX_BODY)
    app.on_response_prepare.append(add_headers)
    app.add_routes(routes)
    return app


def _address(workspace: str) -> Address:
    return Address(platform="web", workspace=workspace, channel="", private_to=OPERATOR.id)


def _answer(reply: Reply) -> web.Response:
    card = reply.card if isinstance(reply, Accepted) else reply
    return web.json_response({"reply": render(card)}, headers=_NO_STORE)
