"""response_url: how an app answers an interaction later, even where its bot is no member.

docs.slack.dev/interactivity/handling-user-interaction ("Message responses"): five uses, thirty minutes.
"""

import json
from typing import TYPE_CHECKING

from aiohttp import web

from tests.fakes.slack import posting
from tests.fakes.slack.deliveries import Interaction
from tests.fakes.slack.errors import ApiError, Json

if TYPE_CHECKING:
    from tests.fakes.slack.server import Server


async def respond(server: "Server", request: web.Request) -> web.Response:
    interaction = server.urls.get(request.match_info["key"])
    try:
        body = json.loads(await request.text() or "{}")
    except ValueError:
        return web.Response(status=400, text="invalid_payload")
    if interaction is None:
        return _no(404, "invalid_url")
    late = server.now() - interaction.created > server.url_seconds
    if late or interaction.url_expired:
        return _no(404, "expired_url")
    if interaction.url_used >= server.url_uses:
        return _no(404, "used_url")
    interaction.url_used += 1
    try:
        say(server, interaction, body, "response_url")
    except ApiError as error:
        return web.Response(status=400, text=error.error)
    return web.Response(text="ok")


def _no(status: int, error: str) -> web.Response:
    return web.json_response({"ok": False, "error": error}, status=status)


def say(server: "Server", interaction: Interaction, body: Json, where: str) -> None:
    """Post, replace or delete as a response says. Raises ApiError.

    Only what was pressed in a message has an original; without one there is nothing to replace: it is posted.
    """
    original, channel = interaction.original, interaction.channel
    assert channel is not None  # whoever has a response_url was somewhere
    there = original is not None and original not in original.channel.gone
    if body.get("delete_original"):
        if original is not None and there:
            posting.delete(server, original)
    elif body.get("replace_original") and original is not None:
        if there:
            posting.edit(server, original, body, where)
    else:
        public = body.get("response_type") == "in_channel"
        message = posting.create(
            server,
            channel,
            channel.team.bot,
            body,
            where,
            only_for=None if public else interaction.user,
            by_url=True,
        )
        interaction.followups.append(message)
        if interaction.kind == "slash_commands" and server.command_replaces:
            interaction.original = message
