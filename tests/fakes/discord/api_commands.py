"""Application commands: a bulk overwrite as `tree.sync()` sends it, and the rules for one."""

import re
from collections.abc import Iterator

from tests.fakes.discord.call import Call
from tests.fakes.discord.errors import Json, invalid, refusal
from tests.fakes.discord.state import State

# interactions/application-commands
CHAT, USER_MENU, MESSAGE_MENU = 1, 2, 3
SUBCOMMAND, GROUP = 1, 2
NAME = re.compile(r"^[-_'\w]{1,32}$")
TEXT_LIMIT = 100
OPTIONS_LIMIT = 25
CHOICES_LIMIT = 25
SIZE_LIMIT = 8_000
CHAT_LIMIT, MENU_LIMIT = 100, 15  # menus: raised from 5 in 2025


def get(state: State, call: Call) -> list[Json]:
    return state.commands.get(_guild(state, call), [])


def put(state: State, call: Call) -> list[Json]:
    """Replace all commands. One with the same name and type keeps its id; others count as created."""
    guild = _guild(state, call)
    commands = call.body or []
    for index, command in enumerate(commands):
        for place, problem in _problems(command):
            raise invalid(f"{index}.{place}", problem)
    _check_unique(commands)
    old = {_key(command): command["id"] for command in state.commands.get(guild, [])}
    state.creates += sum(_key(command) not in old for command in commands)
    state.commands[guild] = [
        _full_command(state, command, old.get(_key(command)) or str(state.ids()), guild)
        for command in commands
    ]
    state.touch()
    return state.commands[guild]


def _guild(state: State, call: Call) -> int:
    if call.id("application_id") != state.application_id:
        raise refusal(50001)
    if "guild_id" not in call.ids:
        return 0
    return state.guild_of(call.id("guild_id")).id


def _key(command: Json) -> tuple[str, int]:
    return command["name"], command.get("type") or CHAT


def _full_command(state: State, command: Json, number: str, guild: int) -> Json:
    place = {"guild_id": str(guild)} if guild else {}
    rights = command.get("default_member_permissions")
    return {
        "description": "",
        "type": CHAT,
        **command,
        **place,
        "id": number,
        "application_id": str(state.application_id),
        "version": str(state.ids()),
        "default_member_permissions": None if rights is None else str(rights),
    }


def _check_unique(commands: list[Json]) -> None:
    keys = [_key(command) for command in commands]
    if len(set(keys)) < len(keys):
        raise invalid("name", "Application command names must be unique")
    chats = sum(kind == CHAT for _, kind in keys)
    if chats > CHAT_LIMIT or any(sum(k == kind for _, k in keys) > MENU_LIMIT for kind in (2, 3)):
        raise invalid("name", "Too many application commands of this type")


def _problems(command: Json) -> Iterator[tuple[str, str]]:
    kind = command.get("type") or CHAT
    if kind != CHAT:
        if any(not 1 <= len(name) <= 32 for name in _texts(command, "name")):
            yield "name", "Must be between 1 and 32 in length."
        if command.get("description") or command.get("options"):
            yield "description", "A context menu has no description and no options."
        return
    yield from _option_problems(command)
    if _size(command) > SIZE_LIMIT:
        yield "name", f"Must be {SIZE_LIMIT} or fewer characters in all."


def _option_problems(option: Json) -> Iterator[tuple[str, str]]:
    """Find the problems of a command or an option, and of everything in it, as (place, problem)."""
    name, inner = option["name"], option.get("options") or []
    if not NAME.match(name) or name != name.lower():
        yield "name", "must be 1 to 32 letters, digits, - or _, in lower case"
    if any(not 1 <= len(text) <= TEXT_LIMIT for text in _texts(option, "description")):
        yield "description", f"Must be between 1 and {TEXT_LIMIT} in length."
    if len(inner) > OPTIONS_LIMIT or len({each["name"] for each in inner}) < len(inner):
        yield "options", f"Must be {OPTIONS_LIMIT} or fewer, each of a name of its own."
    required = [bool(each.get("required")) for each in inner]
    if required != sorted(required, reverse=True):
        yield "options", "Required options must be placed before non-required options"
    choices = option.get("choices") or []
    if len(choices) > CHOICES_LIMIT or (choices and option.get("autocomplete")):
        yield "choices", f"Must be {CHOICES_LIMIT} or fewer, and none with autocomplete."
    if any(not 1 <= len(text) <= TEXT_LIMIT for each in choices for text in _texts(each, "name")):
        yield "choices", f"A choice's name must be between 1 and {TEXT_LIMIT} in length."
    for index, each in enumerate(inner):
        yield from ((f"options.{index}.{place}", problem) for place, problem in _option_problems(each))


def _size(option: Json) -> int:
    """Count the characters of names, descriptions and values; of translations the longest counts."""
    total = sum(max(map(len, _texts(option, field))) for field in ("name", "description"))
    total += len(str(option.get("value", "")))
    return total + sum(map(_size, [*(option.get("options") or []), *(option.get("choices") or [])]))


def _texts(part: Json, field: str) -> list[str]:
    """Return a text in every language that it has."""
    return [part.get(field) or "", *(part.get(f"{field}_localizations") or {}).values()]


_GLOBAL = "/applications/{application_id}/commands"
_LOCAL = "/applications/{application_id}/guilds/{guild_id}/commands"
ROUTES = [
    (method, path, action) for path in (_GLOBAL, _LOCAL) for method, action in (("GET", get), ("PUT", put))
]
