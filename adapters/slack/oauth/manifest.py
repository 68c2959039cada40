"""The app's manifest: all that Slack is told of the app once, when it is made. From the registry of commands.

docs.slack.dev/reference/app-manifest; limits are those of its fields, which the tests hold it to.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from adapters.slack.messages import SCOPES as NEEDED
from adapters.slack.oauth.pages import BACK, EVENTS
from bot import wording
from bot.commands.registry import Command, Option

Json = dict[str, Any]

NEW_APP = "https://api.slack.com/apps?new_app=1&manifest_json="
# usergroups:read: who is in a group that has an allowance, or whose members are admins.
SCOPES = (*NEEDED, "usergroups:read")
EVENTS_HEARD = (
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "message.im",
    "reaction_added",
    "tokens_revoked",
)
# Slack has none of its own any more, but other apps' are as likely meant; `/imagine help` is ours alone.
_NOT_OURS = frozenset({"help"})
_MOST_NUMBERS = 10  # a range of more is not spelled out


def manifest(commands: Iterable[Command], url: str = "") -> Json:
    """For Socket Mode, or with the `url` that our web server is reached by, for HTTP."""
    events = f"{url}{EVENTS}"
    reached: Json = {"request_url": events} if url else {}
    back: Json = {"redirect_urls": [f"{url}{BACK}"]} if url else {}
    slash = [each | ({"url": events} if url else {}) for each in _slash_commands(commands)]
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
                }
            ],
            "slash_commands": slash,
        },
        "oauth_config": {**back, "scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**reached, "bot_events": list(EVENTS_HEARD)},
            "interactivity": {"is_enabled": True, **reached},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": False,
        },
    }


def link(told: Json) -> str:
    """Opens Slack's page that makes an app, with all of this filled in."""
    return NEW_APP + quote(json.dumps(told, separators=(",", ":")), safe="")


def as_json(told: Json) -> str:
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def as_yaml(told: Json) -> str:
    """What a manifest is made of, as YAML: maps, lists, truths, and texts, which are quoted as in JSON."""
    return "\n".join(_lines(told)) + "\n"


def _slash_commands(commands: Iterable[Command]) -> list[Json]:
    """One for each command, and one for all the verbs of a command that has several."""
    told: dict[str, Json] = {}
    for command in commands:
        name, _, verb = command.name.partition(" ")
        if name in _NOT_OURS:
            continue
        if not verb:
            told[name] = _slash(command)
        elif name not in told:
            told[name] = _slash(replace(command, name=name, help=wording.QUOTAS_MEANS, options=()))
            told[name]["usage_hint"] = verb
        else:
            told[name]["usage_hint"] += f"|{verb}"
    return list(told.values())


def _slash(command: Command) -> Json:
    """`should_escape`: with the ids of the people and channels that are named in it."""
    hint = " ".join(_typed(option) for option in command.options)
    about = {"command": f"/{command.name}", "description": command.help}
    return about | ({"usage_hint": hint} if hint else {}) | {"should_escape": True}


def _typed(option: Option) -> str:
    """How an option is typed; what may be left out stands in brackets."""
    if option.bare:
        return option.name if option.required else f"[{option.name}]"
    value = "|".join(option.choices) or _range(option)
    return f"[{option.flag} {value}]" if value else f"[{option.flag}]"


def _range(option: Option) -> str:
    if option.kind == "flag":
        return ""
    if option.minimum is None or option.maximum is None or option.maximum - option.minimum > _MOST_NUMBERS:
        return option.name
    return f"{option.minimum}-{option.maximum}"


def _lines(told: Json | list[Any], indent: str = "") -> Iterator[str]:
    if isinstance(told, dict):
        for key, value in told.items():
            yield from _pair(key, value, indent)
        return
    for each in told:
        first, *rest = _lines(each, f"{indent}  ") if isinstance(each, dict) else (_scalar(each),)
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
