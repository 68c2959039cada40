"""From the registry to Discord's application commands: slash commands, and a message's "Imagine this"."""

import hashlib
import inspect
import json
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, cast

import discord
from discord import AppCommandOptionType as Type
from discord import app_commands

from adapters.discord import limits
from adapters.discord.client import Client
from bot import wording
from bot.messages import OptionValue
from bot.typed.commands import Command, Option

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


class Ways(Protocol):
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


def build(tree: Tree, commands: Iterable[Command], ways: Ways | None) -> None:
    """Add every command to the tree, to be used these ways; None: only what Discord is told of them."""
    groups: dict[str, app_commands.Group] = {}
    for command in commands:
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


def payload(commands: Iterable[Command]) -> list[dict[str, Any]]:
    """The body that replaces all of the application's commands at Discord."""
    tree = Client().tree
    build(tree, commands, None)
    return [command.to_dict(tree) for command in tree.get_commands()]


def digest(payload: list[dict[str, Any]]) -> str:
    """What tells one payload from another."""
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()


def _used(ways: Ways | None) -> Ways:
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

    def __init__(self, command: Command, option: Option, ways: Ways | None) -> None:
        super().__init__(option)
        self._command = command
        self._ways = ways

    async def autocomplete(  # type: ignore[override]
        self, interaction: Interaction, value: str, /
    ) -> Suggested:
        name, allowed = self._command.name, self._command.admin
        return await _used(self._ways).suggest(interaction, name, self._option.name, value, allowed=allowed)


def _command(command: Command, name: str, ways: Ways | None) -> app_commands.Command[Any, ..., None]:
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


def _signature(command: Command, ways: Ways | None) -> inspect.Signature:
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
