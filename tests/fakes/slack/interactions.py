"""What a person does, as Slack words it to the app: docs.slack.dev/reference/interaction-payloads."""

import re
import secrets
from typing import TYPE_CHECKING

from tests.fakes.slack import forms
from tests.fakes.slack.deliveries import Interaction, Kind
from tests.fakes.slack.errors import Json
from tests.fakes.slack.messages import Message, View
from tests.fakes.slack.payloads import actor_json, message_json, view_json
from tests.fakes.slack.places import Channel, Team, User

if TYPE_CHECKING:
    from tests.fakes.slack.server import Server

NAME = re.compile(r"(?<!\w)([@#])([\w.\-]+)")
LINK = re.compile(r"https?://[^\s<>|]+")


def begin(
    server: "Server", kind: Kind, user: User, payload: Json, channel: Channel | None, *, url: bool = True
) -> Interaction:
    """An interaction with its trigger_id, and its response_url where there is one."""
    payload["trigger_id"] = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
    interaction = Interaction(kind=kind, payload=payload, user=user, channel=channel, created=server.now())
    if url and channel is not None:
        key = secrets.token_urlsafe(16)
        payload["response_url"] = f"{server.origin}/respond/{key}"
        server.urls[key] = interaction
    server.triggers[interaction.trigger_id] = interaction
    return interaction


def command_json(server: "Server", user: User, channel: Channel, command: str, text: str) -> Json:
    names = {"im": "directmessage", "private": "privategroup"}
    return {
        "token": server.verification_token,
        "team_id": channel.team.id,
        "team_domain": channel.team.domain,
        "channel_id": channel.id,
        "channel_name": names.get(channel.kind, channel.name),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": escape(channel.team, text, names=server.should_escape, labels=True),
        "api_app_id": server.app_id,
        "is_enterprise_install": "false",
    }


def _envelope(server: "Server", kind: str, user: User, team: Team) -> Json:
    return {
        "type": kind,
        "user": actor_json(user),
        "team": {"id": team.id, "domain": team.domain},
        "api_app_id": server.app_id,
        "token": server.verification_token,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _where(channel: Channel) -> Json:
    return {"id": channel.id, "name": "directmessage" if channel.kind == "im" else channel.name}


def click_json(
    server: "Server", user: User, where: Message | View, block: Json, element: Json, chosen: Json
) -> Json:
    """block_actions. `chosen`: what was chosen, for what is no button."""
    team = where.team if isinstance(where, View) else where.channel.team
    kept = ("type", "action_id", "text", "value", "style", "url", "placeholder", "initial_option")
    action = {name: element[name] for name in kept if name in element} | chosen
    action |= {"block_id": block["block_id"], "action_ts": server.new_ts()}
    body = _envelope(server, "block_actions", user, team) | {"actions": [action]}
    if isinstance(where, View):
        told = view_json(server, where, forms.standing(where) | _entered(block, element, chosen))
        return body | {"container": {"type": "view", "view_id": where.id}, "view": told}
    container: Json = {
        "type": "message",
        "message_ts": where.ts,
        "channel_id": where.channel.id,
        "is_ephemeral": where.only_for is not None,
    }
    if where.thread_ts:
        container["thread_ts"] = where.thread_ts
    body |= {"container": container, "channel": _where(where.channel)}
    body["state"] = {"values": _entered(block, element, chosen)}
    # An ephemeral message is kept nowhere, so that there is nothing to tell of it.
    return body if where.only_for else body | {"message": message_json(server, where)}


def _entered(block: Json, element: Json, chosen: Json) -> Json:
    return {block["block_id"]: {element["action_id"]: chosen}} if chosen else {}


def view_event_json(server: "Server", kind: str, view: View, values: Json | None = None) -> Json:
    """view_submission and view_closed."""
    body = _envelope(server, kind, view.user, view.team) | {"view": view_json(server, view, values)}
    more: Json = {"response_urls": []} if kind == "view_submission" else {"is_cleared": False}
    return body | more


def shortcut_json(server: "Server", user: User, message: Message | None, callback_id: str) -> Json:
    """message_action, or shortcut where it is about no message."""
    team = message.channel.team if message else user.team
    kind = "message_action" if message else "shortcut"
    body = _envelope(server, kind, user, team) | {"callback_id": callback_id, "action_ts": server.new_ts()}
    if message is None:
        return body
    told = message_json(server, message)
    return body | {"channel": _where(message.channel), "message_ts": message.ts, "message": told}


def escape(team: Team, text: str, *, names: bool = True, labels: bool = False) -> str:
    """What was typed, as Slack passes it on: & < > as entities, names and links as tokens.

    `labels`: tokens tell the name, too, as in commands.
    """
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if not names:
        return text
    text = LINK.sub(lambda found: f"<{found[0]}>", text)
    return NAME.sub(lambda found: _token(team, found[1], found[2], labels) or found[0], text)


def _token(team: Team, sign: str, name: str, labels: bool) -> str:
    label = f"|{name}" if labels else ""
    if sign == "#":
        channel = next((channel for channel in team.channels if channel.name == name), None)
        return f"<#{channel.id}|{name}>" if channel else ""
    if name in ("channel", "here", "everyone"):
        return f"<!{name}>"
    user = next((user for user in [team.bot, *team.users] if user.name == name), None)
    group = next((group for group in team.groups if group.handle == name), None)
    if user is None:
        return f"<!subteam^{group.id}|@{name}>" if group else ""
    return f"<@{user.id}{label}>"
