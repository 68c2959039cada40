"""One call of the Web API, with its arguments and its caller; and the description of a method."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.slack.errors import ApiError, Json
from tests.fakes.slack.places import Channel, Team, User

if TYPE_CHECKING:
    from tests.fakes.slack.server import Server

# Arguments that may come as JSON in a string.
ENCODED = ("blocks", "attachments", "view", "files", "metadata")


@dataclass(eq=False, slots=True)
class Call:
    """One call. `args`: from the query, the form and the JSON body. `token`: "" if there was none."""

    server: "Server"
    method: str
    args: Json
    token: str
    team_or_none: Team | None = None

    @property
    def team(self) -> Team:
        """The team whose bot calls."""
        assert self.team_or_none is not None
        return self.team_or_none

    def need(self, name: str) -> str:
        """Return an argument. Raises ApiError if it is missing."""
        value = self.args.get(name)
        if value in (None, ""):
            complaint = f"[ERROR] missing required field: {name}"
            raise ApiError("invalid_arguments", response_metadata={"messages": [complaint]})
        return str(value)

    def text(self, name: str) -> str:
        return str(self.args.get(name) or "")

    def flag(self, name: str) -> bool | None:
        """Return a boolean argument, in any of its spellings; None if it is missing."""
        value = self.args.get(name)
        return None if value is None else value in (True, 1, "1", "true", "True")

    def channel(self, name: str = "channel") -> Channel:
        """Return a conversation that the bot may know of. Raises ApiError, also for a person's id."""
        channel = self.server.channels.get(self.need(name).lstrip("#"))
        if channel is None:
            title = self.text(name).lstrip("#")
            channel = next((c for c in self.team.channels if c.kind == "public" and c.name == title), None)
        is_hidden = channel is None or not (channel.team is self.team or self.team in channel.shared_with)
        if channel is None or is_hidden or (channel.kind == "private" and not channel.bot):
            raise ApiError("channel_not_found")
        return channel

    def user(self, name: str) -> User:
        """Return a user whom the calling team can see. Raises ApiError."""
        user = self.server.users.get(self.need(name))
        if user is None or not self._sees(user):
            raise ApiError("user_not_found")
        return user

    def _sees(self, user: User) -> bool:
        if user.team is self.team:
            return True
        channels = (c for c in self.server.channels.values() if self.team in (c.team, *c.shared_with))
        return any(user in (channel.members or []) for channel in channels)


Handler = Callable[[Call], Awaitable[Json] | Json]


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the Web API.

    `scopes`: the caller needs one of them; () needs none.
    `tier`: the tier of its rate limit; 0 for no limit.
    `by`: the token that it takes: "bot", "app" or "nobody" (none).
    """

    handler: Handler
    scopes: tuple[str, ...] = ()
    tier: int = 0
    by: str = "bot"


def missing_scope(team: Team, *scopes: str) -> ApiError:
    return ApiError("missing_scope", needed=",".join(scopes), provided=",".join(sorted(team.scopes)))


async def read_args(request: web.Request) -> tuple[Json, str]:
    """Read (arguments, token) from a request. Raises ApiError."""
    args: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        args |= _parse_object(await request.text())
    elif request.can_read_body:
        args |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    for name in ENCODED:
        if isinstance(args.get(name), str):
            args[name] = _decode(name, args[name])
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return args, bearer or str(args.pop("token", ""))


def _parse_object(text: str) -> Json:
    try:
        body = json.loads(text or "{}")
    except ValueError as error:
        raise ApiError("invalid_json") from error
    if not isinstance(body, dict):
        raise ApiError("json_not_object")
    return body


def _decode(name: str, text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError as error:
        raise ApiError("invalid_blocks_format" if name == "blocks" else "invalid_arguments") from error
