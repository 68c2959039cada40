"""The commands and options that a person's Discord client offers them. Anything else is NotOffered."""

from collections.abc import Mapping
from typing import Any

from tests.fakes.discord import place_payloads
from tests.fakes.discord.api_commands import CHAT, GROUP, SUBCOMMAND
from tests.fakes.discord.errors import Json, NotOffered
from tests.fakes.discord.message_payloads import attachment_json
from tests.fakes.discord.messages import Attachment
from tests.fakes.discord.places import DM, Channel, Guild, Member, Person, Role, User, bits
from tests.fakes.discord.state import State

# application-commands, "Application Command Option Type"
STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = 3, 4, 5, 6, 7, 8, 9, 10, 11
_TYPES: dict[int, tuple[type, ...]] = {
    STRING: (str,),
    INTEGER: (int,),
    BOOLEAN: (bool,),
    USER: (User, Member),
    CHANNEL: (Channel,),
    ROLE: (Role,),
    MENTIONABLE: (User, Member, Role),
    NUMBER: (int, float),
    ATTACHMENT: (Attachment,),
}


def owners_of(state: State, person: Person, channel: Channel) -> dict[str, str]:
    """Return who installed the app here: "0" the server ("0" again in the bot's own DM), "1" the person.

    Raises NotOffered if nobody did.
    """
    owners: dict[str, str] = {}
    guild = channel.guild
    if guild is not None and guild.has_bot:
        owners["0"] = str(guild.id)
    if guild is None and channel.kind == DM and state.shares_guild(person.user):
        owners["0"] = "0"
    if person.user.installed:
        owners["1"] = str(person.user.id)
    if not owners:
        raise NotOffered(f"the app is not installed for {person} here")
    return owners


def find_command(state: State, person: Person, channel: Channel, name: str, kind: int = CHAT) -> Json:
    """Find the synced command by its first word. Raises NotOffered if this person does not see it here."""
    guild = channel.guild
    commands = [*state.commands.get(guild.id if guild else 0, []), *state.commands[0]]
    command = next((c for c in commands if c["name"] == name and c["type"] == kind), None)
    if command is None:
        raise NotOffered(f"no command {name!r} was synced; there are {[c['name'] for c in commands]}")
    owners = owners_of(state, person, channel)
    context = 0 if guild else 1 if channel.kind == DM else 2
    contexts = command.get("contexts")
    if contexts is not None and context not in contexts:
        raise NotOffered(f"{name!r} is not offered in context {context}, only in {contexts}")
    installs = {str(number) for number in command.get("integration_types") or [0]}
    if not installs & set(owners):
        raise NotOffered(f"{name!r} is not offered to this kind of install")
    if guild is not None and not _is_allowed(guild, command, guild.members[person.user.id], channel):
        raise NotOffered(f"{person} may not use {name!r} here")
    return command


def _is_allowed(guild: Guild, command: Json, member: Member, channel: Channel) -> bool:
    """Return whether a member may use a command.

    The server's own settings decide, or else the default permission (application-commands, "Permissions").
    """
    rights = guild.command_rights
    if channel.permissions_of(member) & bits("administrator"):
        return True
    own = rights.get((command["name"], member.id))
    if own is not None:
        return own
    roles = [
        rights[command["name"], role.id] for role in member.roles if (command["name"], role.id) in rights
    ]
    if roles:
        return any(roles)
    needed = command["default_member_permissions"]
    if needed is None:
        return True
    return needed != "0" and not int(needed) & ~channel.permissions_of(member)


def option_data(command: Json, words: list[str], options: Mapping[str, Any], focused: str = "") -> list[Json]:
    """Make the options of an interaction's data, down through subcommands.

    Raises NotOffered if they do not match the command's definition. `focused`: the option being typed.
    """
    definitions = {option["name"]: option for option in command.get("options") or []}
    if words:
        inner = definitions.get(words[0])
        if inner is None or inner["type"] not in (SUBCOMMAND, GROUP):
            raise NotOffered(f"{command['name']!r} has no {words[0]!r}")
        inner_options = option_data(inner, words[1:], options, focused)
        return [{"name": words[0], "type": inner["type"], "options": inner_options}]
    if any(option["type"] in (SUBCOMMAND, GROUP) for option in definitions.values()):
        raise NotOffered(f"{command['name']!r} needs one of {sorted(definitions)}")
    for name, option in definitions.items():
        if option.get("required") and name not in options and not focused:
            raise NotOffered(f"option {name!r} is required")
    return [_option(definitions, name, value, focused) for name, value in options.items()]


def _option(definitions: dict[str, Json], name: str, value: Any, focused: str) -> Json:
    option = definitions.get(name)
    if option is None:
        raise NotOffered(f"there is no option {name!r}; there are {sorted(definitions)}")
    kind = option["type"]
    has_right_type = isinstance(value, _TYPES[kind]) and (kind == BOOLEAN or not isinstance(value, bool))
    if name != focused:
        if not has_right_type:
            raise NotOffered(f"option {name!r} takes {_TYPES[kind]}, not {value!r}")
        _check_range(option, value)
    data = {"name": name, "type": kind, "value": str(value.id) if hasattr(value, "id") else value}
    return data | ({"focused": True} if name == focused else {})


def _check_range(option: Json, value: Any) -> None:
    name, choices = option["name"], [choice["value"] for choice in option.get("choices") or []]
    if choices and value not in choices:
        raise NotOffered(f"option {name!r} offers {choices}, not {value!r}")
    size = len(value) if isinstance(value, str) else value
    suffix = "_length" if isinstance(value, str) else "_value"
    least, most = option.get("min" + suffix), option.get("max" + suffix)
    if (least is not None and size < least) or (most is not None and size > most):
        raise NotOffered(f"option {name!r} takes {least} to {most}, not {size}")


def resolved_data(state: State, channel: Channel, values: list[Any]) -> Json:
    """Make the objects that the ids among the values name."""
    objects: dict[str, Json] = {}
    for value in values:
        if isinstance(value, User | Member):
            objects.setdefault("users", {})[str(value.id)] = place_payloads.user_json(value.user)
            member = channel.guild.members.get(value.id) if channel.guild else None
            if member is not None:
                data = place_payloads.member_json(member)
                del data["user"]
                data["permissions"] = str(member.permissions)
                objects.setdefault("members", {})[str(value.id)] = data
        elif isinstance(value, Channel):
            data = place_payloads.channel_json(state, value) | {"permissions": "0"}
            objects.setdefault("channels", {})[str(value.id)] = data
        elif isinstance(value, Role):
            objects.setdefault("roles", {})[str(value.id)] = place_payloads.role_json(value)
        elif isinstance(value, Attachment):
            objects.setdefault("attachments", {})[str(value.id)] = attachment_json(value)
    return objects
