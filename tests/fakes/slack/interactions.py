"""The payloads of commands and interactions: docs.slack.dev/reference/interaction-payloads."""

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
    """Start an interaction: give it a trigger_id, and a response_url if it has a channel."""
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


def _place(channel: Channel) -> Json:
    return {"id": channel.id, "name": "directmessage" if channel.kind == "im" else channel.name}


def click_json(
    server: "Server", user: User, target: Message | View, block: Json, element: Json, choice: Json
) -> Json:
    """Make the payload block_actions. `choice`: the chosen value; {} for a button."""
    team = target.team if isinstance(target, View) else target.channel.team
    fields = ("type", "action_id", "text", "value", "style", "url", "placeholder", "initial_option")
    action = {name: element[name] for name in fields if name in element} | choice
    action |= {"block_id": block["block_id"], "action_ts": server.new_ts()}
    body = _envelope(server, "block_actions", user, team) | {"actions": [action]}
    if isinstance(target, View):
        view = view_json(server, target, forms.initial_state(target) | _state(block, element, choice))
        return body | {"container": {"type": "view", "view_id": target.id}, "view": view}
    container: Json = {
        "type": "message",
        "message_ts": target.ts,
        "channel_id": target.channel.id,
        "is_ephemeral": target.only_for is not None,
    }
    if target.thread_ts:
        container["thread_ts"] = target.thread_ts
    body |= {"container": container, "channel": _place(target.channel)}
    body["state"] = {"values": _state(block, element, choice)}
    # Slack keeps no ephemeral message, so the payload cannot have one.
    return body if target.only_for else body | {"message": message_json(server, target)}


def _state(block: Json, element: Json, choice: Json) -> Json:
    return {block["block_id"]: {element["action_id"]: choice}} if choice else {}


def view_event_json(server: "Server", kind: str, view: View, values: Json | None = None) -> Json:
    """Make the payload view_submission or view_closed."""
    body = _envelope(server, kind, view.user, view.team) | {"view": view_json(server, view, values)}
    more: Json = {"response_urls": []} if kind == "view_submission" else {"is_cleared": False}
    return body | more


def shortcut_json(server: "Server", user: User, message: Message | None, callback_id: str) -> Json:
    """Make the payload message_action, or shortcut if there is no message."""
    team = message.channel.team if message else user.team
    kind = "message_action" if message else "shortcut"
    body = _envelope(server, kind, user, team) | {"callback_id": callback_id, "action_ts": server.new_ts()}
    if message is None:
        return body
    payload = message_json(server, message)
    return body | {"channel": _place(message.channel), "message_ts": message.ts, "message": payload}


def escape(team: Team, text: str, *, names: bool = True, labels: bool = False) -> str:
    """Encode a person's text as Slack does: & < > as entities, names and links as tokens.

    `names`: turn names and links into tokens.
    `labels`: the tokens of users hold the name, too, as in commands.
    """
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if not names:
        return text
    text = LINK.sub(lambda match: f"<{match[0]}>", text)
    return NAME.sub(lambda match: _token(team, match[1], match[2], labels) or match[0], text)


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
