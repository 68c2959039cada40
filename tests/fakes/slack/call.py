"""One call of the Web API: who calls, with what; and what a method is."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.slack.errors import ApiError, Json
from tests.fakes.slack.places import Channel, Team, User

if TYPE_CHECKING:
    from tests.fakes.slack.server import Server

ENCODED = (
    "blocks",
    "attachments",
    "view",
    "files",
    "metadata",
)  # arguments that may come as JSON in a string


@dataclass(eq=False, slots=True)
class Call:
    """`args`: from query, form and JSON body alike. `token`: what came with it, "" for nothing."""

    server: "Server"
    method: str
    args: Json
    token: str
    team_or_none: Team | None = None

    @property
    def team(self) -> Team:
        """Whose bot calls."""
        assert self.team_or_none is not None
        return self.team_or_none

    def need(self, name: str) -> str:
        """An argument that must be there. Raises ApiError."""
        value = self.args.get(name)
        if value in (None, ""):
            said = f"[ERROR] missing required field: {name}"
            raise ApiError("invalid_arguments", response_metadata={"messages": [said]})
        return str(value)

    def text(self, name: str) -> str:
        return str(self.args.get(name) or "")

    def flag(self, name: str) -> bool | None:
        """A truth, however it is written; None where it is left out."""
        value = self.args.get(name)
        return None if value is None else value in (True, 1, "1", "true", "True")

    def channel(self, name: str = "channel") -> Channel:
        """A conversation that the bot may know of. A person's id will not do. Raises ApiError."""
        channel = self.server.channels.get(self.need(name).lstrip("#"))
        if channel is None:
            wanted = self.text(name).lstrip("#")
            channel = next((c for c in self.team.channels if c.kind == "public" and c.name == wanted), None)
        hidden = channel is None or not (channel.team is self.team or self.team in channel.shared_with)
        if channel is None or hidden or (channel.kind == "private" and not channel.bot):
            raise ApiError("channel_not_found")
        return channel

    def user(self, name: str) -> User:
        """Somebody whom this team can see. Raises ApiError."""
        user = self.server.users.get(self.need(name))
        if user is None or not self._sees(user):
            raise ApiError("user_not_found")
        return user

    def _sees(self, user: User) -> bool:
        if user.team is self.team:
            return True
        ours = (c for c in self.server.channels.values() if self.team in (c.team, *c.shared_with))
        return any(user in (channel.members or []) for channel in ours)

    def asks(self, scope: str) -> None:
        """Raises ApiError where the bot was not granted a scope."""
        if scope not in self.team.scopes:
            raise missing_scope(self.team, scope)


Handler = Callable[[Call], Awaitable[Json] | Json]


@dataclass(frozen=True, slots=True)
class Method:
    """`scopes`: any one of them will do; none for no scope. `tier`: of its rate limit, 0 for none.

    `by`: "bot", "app" or "nobody", whose token it takes.
    """

    handler: Handler
    scopes: tuple[str, ...] = ()
    tier: int = 0
    by: str = "bot"


def missing_scope(team: Team, *needed: str) -> ApiError:
    return ApiError("missing_scope", needed=",".join(needed), provided=",".join(sorted(team.scopes)))


async def read_args(request: web.Request) -> tuple[Json, str]:
    """(arguments, token) of a request. Raises ApiError."""
    args: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        args |= _object(await request.text())
    elif request.can_read_body:
        args |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    for name in ENCODED:
        if isinstance(args.get(name), str):
            args[name] = _decoded(name, args[name])
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return args, bearer or str(args.pop("token", ""))


def _object(text: str) -> Json:
    try:
        body = json.loads(text or "{}")
    except ValueError as error:
        raise ApiError("invalid_json") from error
    if not isinstance(body, dict):
        raise ApiError("json_not_object")
    return body


def _decoded(name: str, text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError as error:
        raise ApiError("invalid_blocks_format" if name == "blocks" else "invalid_arguments") from error
