"""The registry as Discord's application commands: slash commands, and two in a message's menu."""

import hashlib
import inspect
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, cast

import discord
from discord import AppCommandOptionType as Type
from discord import app_commands

from adapters.discord.render import limits
from bot import wording
from bot.commands.spec import Command, Option
from bot.port.requests import OptionValue

LOCALIZED_FIELDS = ("name", "description")  # Discord takes these in several languages (application-commands)
_TYPES = {
    "integer": Type.integer,
    "flag": Type.boolean,
    "person": Type.user,
    "role": Type.role,
    "channel": Type.channel,
    "picture": Type.attachment,
}

Interaction = discord.Interaction[Any]
Tree = app_commands.CommandTree[Any]
Choices = list[app_commands.Choice[str]]
Json = dict[str, Any]
Files = Mapping[str, Sequence[discord.Attachment]]
Registry = Mapping[str, Command]  # its texts are looked up in the active language


class CommandHandler(Protocol):
    """Handles the commands that people use.

    `allowed`: Discord let the person use a command for admins.
    A person, role or channel among the options is platform-qualified, such as "discord:123".
    `files`: those of each picture option, in order.
    """

    async def slash(
        self,
        interaction: Interaction,
        name: str,
        options: Mapping[str, OptionValue],
        *,
        allowed: bool,
        files: Files,
    ) -> None: ...

    async def suggest(
        self, interaction: Interaction, name: str, option: str, typed: str, *, allowed: bool
    ) -> Choices: ...

    async def menu(self, interaction: Interaction, message: discord.Message) -> None: ...

    async def edit_menu(self, interaction: Interaction, message: discord.Message) -> None: ...

    async def describe_menu(self, interaction: Interaction, message: discord.Message) -> None: ...


def build(
    tree: Tree, commands: Registry, handler: CommandHandler | None, language: str = wording.USUAL
) -> None:
    """Add every command to the tree. `handler`: None if the tree only serves to make a payload.

    Discord sends a command's name in the usual language, whatever language a person's app shows.
    """
    with wording.override(language):
        _add(tree, commands, handler)


def payload(commands: Registry) -> list[Json]:
    """Make the body that replaces all of the application's commands at Discord, in every language."""
    others = [language for language in wording.LANGUAGES if language != wording.USUAL]
    return _localize_all(
        _payload_in(commands, wording.USUAL), {each: _payload_in(commands, each) for each in others}
    )


def digest(payload: list[Json]) -> str:
    """Hash a payload; equal payloads have equal digests, whatever the order of their keys."""
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()


def _payload_in(commands: Registry, language: str) -> list[Json]:
    tree = app_commands.CommandTree(discord.Client(intents=discord.Intents(guilds=True)))
    build(tree, commands, None, language)
    return [command.to_dict(tree) for command in tree.get_commands()]


def _localize_all(parts: list[Json], translations: Mapping[str, list[Json]]) -> list[Json]:
    """Localize each part by the part at the same place in each other language."""
    return [
        _localize(part, {language: others[place] for language, others in translations.items()})
        for place, part in enumerate(parts)
    ]


def _localize(part: Json, translations: Mapping[str, Json]) -> Json:
    """Add the texts of other languages to a command, option or choice.

    A text that is the same is left out: Discord then shows the part's own (application-commands,
    "Localization").
    """
    localized = dict(part)
    for field in filter(part.get, LOCALIZED_FIELDS):
        texts = {language: own[field] for language, own in translations.items() if own[field] != part[field]}
        localized |= {f"{field}_localizations": texts} if texts else {}
    for inner in filter(part.get, ("options", "choices")):
        inner_translations = {language: own[inner] for language, own in translations.items()}
        localized[inner] = _localize_all(part[inner], inner_translations)
    return localized


def _add(tree: Tree, commands: Registry, handler: CommandHandler | None) -> None:
    groups: dict[str, app_commands.Group] = {}
    for command in commands.values():
        group, _, name = command.name.rpartition(" ")
        if group and group not in groups:
            groups[group] = _group(group, admin=command.admin)
            tree.add_command(groups[group])
        (groups[group] if group else tree).add_command(_command(command, name, handler))

    async def menu(interaction: Interaction, message: discord.Message) -> None:
        await _require(handler).menu(interaction, message)

    async def edit_menu(interaction: Interaction, message: discord.Message) -> None:
        await _require(handler).edit_menu(interaction, message)

    async def describe_menu(interaction: Interaction, message: discord.Message) -> None:
        await _require(handler).describe_menu(interaction, message)

    menus = {wording.IMAGINE_THIS: menu, wording.EDIT_THIS: edit_menu}
    if any(command.describes for command in commands.values()):
        menus[wording.DESCRIBE_THIS] = describe_menu
    for name, callback in menus.items():
        tree.add_command(app_commands.ContextMenu(name=name, callback=callback, **_contexts(admin=False)))


def _require(handler: CommandHandler | None) -> CommandHandler:
    assert handler is not None, "a tree that only makes a payload is never called"
    return handler


class _Option(app_commands.Transformer):
    """One option: how Discord asks for it, and the value that the core gets."""

    def __init__(self, option: Option) -> None:
        self._option = option

    @property
    def type(self) -> Type:
        """Return Discord's type; text for a number that may also be "unlimited", which the core parses."""
        return Type.string if self._option.unlimited else _TYPES.get(self._option.kind, Type.string)

    @property
    def min_value(self) -> int | None:
        return self._option.minimum if self._is_bounded else None

    @property
    def max_value(self) -> int | None:
        return self._option.maximum if self._is_bounded else None

    @property
    def _is_bounded(self) -> bool:
        """Return whether Discord checks the bounds; an option for a file takes one, and has none."""
        return not self._option.unlimited and self._option.kind != "picture"

    @property
    def choices(self) -> list[app_commands.Choice[str | int | float]] | None:
        """List the choices; None if there are too many or several may be chosen: the core parses the text."""
        option = self._option
        if option.kind != "choice" or len(option.choices) > limits.CHOICES_LIMIT:
            return None
        titles = option.titles or option.choices
        return [
            app_commands.Choice(name=title[: limits.CHOICE_LIMIT], value=value)
            for value, title in zip(option.choices, titles, strict=True)
        ]

    async def transform(self, _interaction: Interaction, value: Any, /) -> OptionValue | discord.Attachment:
        plain = isinstance(value, str | int | bool | discord.Attachment)
        return value if plain else f"discord:{value.id}"


class _SuggestedOption(_Option):
    """An option that the core suggests values for.

    It is a class of its own because discord.py offers suggestions for every option with this method.
    """

    def __init__(self, command: Command, option: Option, handler: CommandHandler | None) -> None:
        super().__init__(option)
        self._command = command
        self._handler = handler

    async def autocomplete(  # type: ignore[override]
        self, interaction: Interaction, value: str, /
    ) -> Choices:
        handler, command = _require(self._handler), self._command
        return await handler.suggest(
            interaction, command.name, self._option.name, value, allowed=command.admin
        )


def _command(
    command: Command, name: str, handler: CommandHandler | None
) -> app_commands.Command[Any, ..., None]:
    async def callback(interaction: Interaction, **values: OptionValue | discord.Attachment | None) -> None:
        files: dict[str, list[discord.Attachment]] = {}
        options: dict[str, OptionValue] = {}
        for name, option in _single_options(command):
            value = values.get(name)
            if isinstance(value, discord.Attachment):
                files.setdefault(option.name, []).append(value)
            elif value is not None:
                options[name] = value
        await _require(handler).slash(interaction, command.name, options, allowed=command.admin, files=files)

    callback.__signature__ = _signature(command, handler)  # type: ignore[attr-defined]
    described = app_commands.describe(**{name: option.help for name, option in _single_options(command)})
    is_top_level = name == command.name
    app_command: app_commands.Command[Any, ..., None] = app_commands.Command(
        name=name,
        description=command.help,
        callback=cast(Any, described(callback)),
        **(_contexts(admin=command.admin) if is_top_level else {}),
    )
    if is_top_level and command.admin:
        app_command.default_permissions = discord.Permissions(manage_guild=True)
    return app_command


def _single_options(command: Command) -> Iterator[tuple[str, Option]]:
    """Iterate over Discord's options, as (name, ours): one for each file that ours takes."""
    for option in command.options:
        yield option.name, option
        count = (option.maximum or 1) if option.kind == "picture" else 1
        yield from ((f"{option.name}_{number}", option) for number in range(2, count + 1))


def _signature(command: Command, handler: CommandHandler | None) -> inspect.Signature:
    """Make the signature of a command's callback; discord.py reads the options from it.

    It is written for callbacks with one parameter an option, and ours takes any options.
    """
    parameter = inspect.Parameter
    options = [
        parameter(
            name,
            parameter.KEYWORD_ONLY,
            default=parameter.empty if option.required else None,
            annotation=_SuggestedOption(command, option, handler) if option.suggested else _Option(option),
        )
        for name, option in _single_options(command)
    ]
    return inspect.Signature([parameter("interaction", parameter.POSITIONAL_OR_KEYWORD), *options])


def _group(name: str, *, admin: bool) -> app_commands.Group:
    """Make a group of subcommands.

    Its permissions say who may use it at first; a server's own settings for the command decide from then on.
    """
    permissions = discord.Permissions(manage_guild=True) if admin else None
    contexts = _contexts(admin=admin)
    means = wording.STYLES_MEANS if name == "styles" else wording.QUOTAS_MEANS
    return app_commands.Group(name=name, description=means, default_permissions=permissions, **contexts)


def _contexts(*, admin: bool) -> dict[str, Any]:
    """Say where a command can be used: everywhere, but one for admins only in servers."""
    everywhere = not admin
    return {
        "allowed_installs": app_commands.AppInstallationType(guild=True, user=everywhere),
        "allowed_contexts": app_commands.AppCommandContext(
            guild=True, dm_channel=everywhere, private_channel=everywhere
        ),
    }
