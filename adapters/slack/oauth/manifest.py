"""The app's manifest, made from the registry of commands. Slack reads it once, when somebody creates the app.

docs.slack.dev/reference/app-manifest. The tests check it against the limits of its fields.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from adapters.slack.messages import SCOPES as NEEDED
from adapters.slack.oauth.pages import EVENTS_PATH, REDIRECT_PATH
from bot import wording
from bot.commands.spec import Command, Option

Json = dict[str, Any]

EDIT_THIS, DESCRIBE_THIS = "edit_this", "describe_this"  # callback_ids of shortcuts
NEW_APP = "https://api.slack.com/apps?new_app=1&manifest_json="
# usergroups:read: to see the members of groups that have an allowance, or whose members are admins.
SCOPES = (*NEEDED, "usergroups:read")
BOT_EVENTS = (
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "message.im",
    "reaction_added",
    "tokens_revoked",
)
# Slack has no /help of its own any more, but another app may have one; `/imagine help` is this app's alone.
_NO_SLASH_COMMAND = frozenset({"help"})
_MOST_NUMBERS = 10  # of a longer range, the usage hint shows only the option's name


def manifest(commands: Iterable[Command], url: str = "") -> Json:
    """Make the manifest for Socket Mode, or for HTTP with the `url` of the bot's web server."""
    known, events = list(commands), f"{url}{EVENTS_PATH}"
    request_url: Json = {"request_url": events} if url else {}
    redirects: Json = {"redirect_urls": [f"{url}{REDIRECT_PATH}"]} if url else {}
    slash = [command | ({"url": events} if url else {}) for command in _slash_commands(known)]
    return {
        "display_information": {
            "name": "imagine",
            "description": "Draws pictures from words, and keeps an honest account of what they cost",
            "background_color": "#2b2540",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "imagine", "always_online": True},
            "shortcuts": [
                {
                    "name": "Imagine this",
                    "type": "message",
                    "callback_id": "imagine_this",
                    "description": "Draw what this message says",
                },
                {
                    "name": "Edit this",
                    "type": "message",
                    "callback_id": EDIT_THIS,
                    "description": "Draw from this message's pictures",
                },
                *_describing(known),
            ],
            "slash_commands": slash,
        },
        "oauth_config": {**redirects, "scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**request_url, "bot_events": list(BOT_EVENTS)},
            "interactivity": {"is_enabled": True, **request_url},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": False,
        },
    }


def _describing(commands: Iterable[Command]) -> list[Json]:
    shortcut = {
        "name": "Describe this",
        "type": "message",
        "callback_id": DESCRIBE_THIS,
        "description": "Write a prompt for this message's picture",
    }
    return [shortcut] if any(command.describes for command in commands) else []


def link(manifest: Json) -> str:
    """Return the URL of Slack's page that creates an app, with this manifest filled in."""
    return NEW_APP + quote(json.dumps(manifest, separators=(",", ":")), safe="")


def as_json(manifest: Json) -> str:
    return json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"


def as_yaml(manifest: Json) -> str:
    """Write a manifest as YAML. It knows maps, lists, booleans, and texts, which it quotes as JSON does."""
    return "\n".join(_lines(manifest)) + "\n"


def _slash_commands(commands: Iterable[Command]) -> list[Json]:
    """Describe each command; a command with several verbs is one, with the verbs as its usage hint."""
    slash: dict[str, Json] = {}
    for command in commands:
        name, _, verb = command.name.partition(" ")
        if name in _NO_SLASH_COMMAND:
            continue
        if not verb:
            slash[name] = _slash_command(command)
        elif name not in slash:
            means = wording.STYLES_MEANS if name == "styles" else wording.QUOTAS_MEANS
            summary = replace(command, name=name, help=means, options=())
            slash[name] = _slash_command(summary) | {"usage_hint": verb}
        else:
            slash[name]["usage_hint"] += f"|{verb}"
    return list(slash.values())


def _slash_command(command: Command) -> Json:
    """Describe a command. `should_escape` makes Slack send the ids of people and channels in its text."""
    typed = (option for option in command.options if option.kind != "picture")
    hint = " ".join(map(_usage, typed))
    about = {"command": f"/{command.name}", "description": command.help}
    return about | ({"usage_hint": hint} if hint else {}) | {"should_escape": True}


def _usage(option: Option) -> str:
    """Show how to type an option; brackets stand around one that may be left out."""
    if option.bare:
        return option.name if option.required else f"[{option.name}]"
    value = ("," if option.kind == "choices" else "|").join(option.choices) or _range(option)
    return f"[{option.flag} {value}]" if value else f"[{option.flag}]"


def _range(option: Option) -> str:
    if option.kind == "flag":
        return ""
    if option.minimum is None or option.maximum is None or option.maximum - option.minimum > _MOST_NUMBERS:
        return option.name
    return f"{option.minimum}-{option.maximum}"


def _lines(value: Json | list[Any], indent: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _pair(key, entry, indent)
        return
    for entry in value:
        first, *rest = _lines(entry, f"{indent}  ") if isinstance(entry, dict) else (_scalar(entry),)
        yield f"{indent}- {first.lstrip()}"
        yield from rest


def _pair(key: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, dict | list):
        yield f"{indent}{key}:"
        yield from _lines(value, f"{indent}  ")
    else:
        yield f"{indent}{key}: {_scalar(value)}"


def _scalar(value: str | bool) -> str:
    return json.dumps(value, ensure_ascii=False)
