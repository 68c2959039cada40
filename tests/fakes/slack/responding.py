"""Messages through a response_url, which works even where the app's bot is no member.

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
        return _refusal(404, "invalid_url")
    is_late = server.now() - interaction.created > server.url_seconds
    if is_late or interaction.is_url_expired:
        return _refusal(404, "expired_url")
    if interaction.url_use_count >= server.url_uses:
        return _refusal(404, "used_url")
    interaction.url_use_count += 1
    if interaction.channel is not None and interaction.channel.id not in server.channels:
        return _refusal(404, "channel_not_found")
    try:
        send_response(server, interaction, body, "response_url")
    except ApiError as error:
        return web.Response(status=400, text=error.error)
    return web.Response(text="ok")


def _refusal(status: int, error: str) -> web.Response:
    return web.json_response({"ok": False, "error": error}, status=status)


def send_response(server: "Server", interaction: Interaction, body: Json, where: str) -> None:
    """Post, replace or delete a message as the body says. Raises ApiError.

    Only an interaction with a message has an original. Without one, the body is posted as a new message.
    """
    original, channel = interaction.original, interaction.channel
    assert channel is not None  # an interaction without a channel has no response_url
    has_original = original is not None and original not in original.channel.deleted_messages
    if body.get("delete_original"):
        if original is not None and has_original:
            posting.delete(server, original)
    elif body.get("replace_original") and original is not None:
        if has_original:
            posting.edit(server, original, body, where)
    else:
        is_public = body.get("response_type") == "in_channel"
        message = posting.create(
            server,
            channel,
            channel.team.bot,
            body,
            where,
            only_for=None if is_public else interaction.user,
            via_response_url=True,
        )
        interaction.followups.append(message)
        if interaction.kind == "slash_commands" and server.command_replaces:
            interaction.original = message
