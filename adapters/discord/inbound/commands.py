"""From the registry to Discord's application commands: slash commands, and a message's "Imagine this"."""

import hashlib
import inspect
import json
from collections.abc import Mapping
from typing import Any, Protocol, cast

import discord
from discord import AppCommandOptionType as Type
from discord import app_commands

from adapters.discord.render import limits
from bot import wording
from bot.commands.registry import Command, Option
from bot.port.requests import OptionValue

LOCALIZED = ("name", "description")  # what may be said in several languages (application-commands)
_TYPES = {
    "integer": Type.integer,
    "flag": Type.boolean,
    "person": Type.user,
    "role": Type.role,
    "channel": Type.channel,
}

Interaction = discord.Interaction[Any]
Tree = app_commands.CommandTree[Any]
Suggested = list[app_commands.Choice[str]]
Json = dict[str, Any]
Registry = Mapping[str, Command]  # whose words are in the language that is spoken, as the registry's are


class CommandHandler(Protocol):
    """What is called when somebody uses a command. `allowed`: Discord let them use one that is for admins.

    A person, role or channel among the options is platform-qualified, such as "discord:123".
    """

    async def slash(
        self, interaction: Interaction, name: str, options: Mapping[str, OptionValue], *, allowed: bool
    ) -> None: ...

    async def suggest(
        self, interaction: Interaction, name: str, option: str, typed: str, *, allowed: bool
    ) -> Suggested: ...

    async def menu(self, interaction: Interaction, message: discord.Message) -> None: ...


def build(tree: Tree, commands: Registry, ways: CommandHandler | None, language: str = wording.USUAL) -> None:
    """Add every command to the tree, to be used these ways; None: only what Discord is told of them.

    Discord calls a command by its name in the usual language, whatever a person's app shows.
    """
    with wording.override(language):
        _add(tree, commands, ways)


def payload(commands: Registry) -> list[Json]:
    """The body that replaces all of the application's commands at Discord, in every language."""
    further = [language for language in wording.LANGUAGES if language != wording.USUAL]
    return _together(_told(commands, wording.USUAL), {each: _told(commands, each) for each in further})


def digest(payload: list[Json]) -> str:
    """What tells one payload from another."""
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()


def _told(commands: Registry, language: str) -> list[Json]:
    tree = app_commands.CommandTree(discord.Client(intents=discord.Intents(guilds=True)))
    build(tree, commands, None, language)
    return [command.to_dict(tree) for command in tree.get_commands()]


def _together(parts: list[Json], further: Mapping[str, list[Json]]) -> list[Json]:
    """Each of the parts, with what further languages have in its place."""
    return [
        _localized(part, {language: others[place] for language, others in further.items()})
        for place, part in enumerate(parts)
    ]


def _localized(part: Json, further: Mapping[str, Json]) -> Json:
    """What is the same is left out: Discord shows the part's own (application-commands, "Localization")."""
    made = dict(part)
    for field in filter(part.get, LOCALIZED):
        said = {language: own[field] for language, own in further.items() if own[field] != part[field]}
        made |= {f"{field}_localizations": said} if said else {}
    for inner in filter(part.get, ("options", "choices")):
        made[inner] = _together(part[inner], {language: own[inner] for language, own in further.items()})
    return made


def _add(tree: Tree, commands: Registry, ways: CommandHandler | None) -> None:
    groups: dict[str, app_commands.Group] = {}
    for command in commands.values():
        group, _, name = command.name.rpartition(" ")
        if group and group not in groups:
            groups[group] = _group(group, admin=command.admin)
            tree.add_command(groups[group])
        (groups[group] if group else tree).add_command(_command(command, name, ways))

    async def menu(interaction: Interaction, message: discord.Message) -> None:
        await _used(ways).menu(interaction, message)

    tree.add_command(
        app_commands.ContextMenu(name=wording.IMAGINE_THIS, callback=menu, **_places(admin=False))
    )


def _used(ways: CommandHandler | None) -> CommandHandler:
    assert ways is not None, "a payload is not used"
    return ways


class _Value(app_commands.Transformer):
    """One option: how Discord asks for it, and what the core is given."""

    def __init__(self, option: Option) -> None:
        self._option = option

    @property
    def type(self) -> Type:
        """A number that may also be the word "unlimited" is text, and read as typed text is."""
        return Type.string if self._option.unlimited else _TYPES.get(self._option.kind, Type.string)

    @property
    def min_value(self) -> int | None:
        return None if self._option.unlimited else self._option.minimum

    @property
    def max_value(self) -> int | None:
        return None if self._option.unlimited else self._option.maximum

    @property
    def choices(self) -> list[app_commands.Choice[str | int | float]] | None:
        """None where there are too many, or several may be chosen: then the core reads what was typed."""
        option = self._option
        if option.kind != "choice" or len(option.choices) > limits.CHOICES_LIMIT:
            return None
        titles = option.titles or option.choices
        return [
            app_commands.Choice(name=title[: limits.CHOICE_LIMIT], value=value)
            for value, title in zip(option.choices, titles, strict=True)
        ]

    async def transform(self, _interaction: Interaction, value: Any, /) -> OptionValue:
        return value if isinstance(value, str | int | bool) else f"discord:{value.id}"


class _Suggested(_Value):
    """An option of which the core knows what it may become. discord.py looks for the method."""

    def __init__(self, command: Command, option: Option, ways: CommandHandler | None) -> None:
        super().__init__(option)
        self._command = command
        self._ways = ways

    async def autocomplete(  # type: ignore[override]
        self, interaction: Interaction, value: str, /
    ) -> Suggested:
        name, allowed = self._command.name, self._command.admin
        return await _used(self._ways).suggest(interaction, name, self._option.name, value, allowed=allowed)


def _command(
    command: Command, name: str, ways: CommandHandler | None
) -> app_commands.Command[Any, ..., None]:
    async def called(interaction: Interaction, **values: OptionValue | None) -> None:
        given = {name: value for name, value in values.items() if value is not None}
        await _used(ways).slash(interaction, command.name, given, allowed=command.admin)

    called.__signature__ = _signature(command, ways)  # type: ignore[attr-defined]
    described = app_commands.describe(**{option.name: option.help for option in command.options})
    alone = name == command.name
    made: app_commands.Command[Any, ..., None] = app_commands.Command(
        name=name,
        description=command.help,
        callback=cast(Any, described(called)),
        **(_places(admin=command.admin) if alone else {}),
    )
    if alone and command.admin:
        made.default_permissions = discord.Permissions(manage_guild=True)
    return made


def _signature(command: Command, ways: CommandHandler | None) -> inspect.Signature:
    """What discord.py reads the options from: it wants a function written out by hand."""
    one = inspect.Parameter
    given = [
        one(
            option.name,
            one.KEYWORD_ONLY,
            default=one.empty if option.required else None,
            annotation=_Suggested(command, option, ways) if option.suggested else _Value(option),
        )
        for option in command.options
    ]
    return inspect.Signature([one("interaction", one.POSITIONAL_OR_KEYWORD), *given])


def _group(name: str, *, admin: bool) -> app_commands.Group:
    """Whom Discord lets use it at first; a server's own settings for the command decide from then on."""
    permissions = discord.Permissions(manage_guild=True) if admin else None
    places = _places(admin=admin)
    return app_commands.Group(
        name=name, description=wording.QUOTAS_MEANS, default_permissions=permissions, **places
    )


def _places(*, admin: bool) -> dict[str, Any]:
    """Where a command can be used: everywhere, or, where it changes a server's allowances, in servers."""
    everywhere = not admin
    return {
        "allowed_installs": app_commands.AppInstallationType(guild=True, user=everywhere),
        "allowed_contexts": app_commands.AppCommandContext(
            guild=True, dm_channel=everywhere, private_channel=everywhere
        ),
    }
