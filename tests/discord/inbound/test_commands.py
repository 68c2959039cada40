"""Discord's commands, made from the registry: the exact payload, its limits, and what a call passes on.

`UPDATE_GOLDEN=1 python -m pytest tests/discord/inbound/test_commands.py` writes commands.json anew.
"""

import asyncio
import itertools
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands

from adapters.discord.inbound.commands import Files, build, digest, payload
from bot import wording
from bot.commands.registry import registry
from bot.commands.spec import Command, Option
from bot.port.requests import OptionValue
from bot.wording import german
from quotas.catalog import load_catalog
from tests.fakes.discord import openapi

GOLDEN = Path(__file__).with_name("commands.json")
COMMAND_LIMIT = 8_000  # characters of names, descriptions and values (application-commands, "Registering")
REGISTRY = registry(load_catalog(Decimal("1.5")), date(2026, 11, 23))


def characters(part: Mapping[str, Any]) -> int:
    """Count as Discord does: a command with all that is in it, each text in its longest language."""
    own = sum(
        max(len(str(text)) for text in (part.get(name, ""), *part.get(f"{name}_localizations", {}).values()))
        for name in ("name", "description", "value")
    )
    return own + sum(map(characters, [*part.get("options", ()), *part.get("choices", ())]))


def by_name(*commands: Command) -> dict[str, Command]:
    return {command.name: command for command in commands}


def test_the_payload_is_the_golden_one() -> None:
    text = json.dumps(payload(REGISTRY), indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_a_commands_verbs_are_its_subcommands() -> None:
    names = [command["name"] for command in payload(REGISTRY)]
    assert names == [
        *dict.fromkeys(name.split()[0] for name in REGISTRY),
        wording.IMAGINE_THIS,
        wording.EDIT_THIS,
    ]


def test_discords_own_document_takes_every_command() -> None:
    document = openapi.load()
    if document is None:
        pytest.skip(f"Discord's OpenAPI document is not at {openapi.BESIDE}, nor where DISCORD_OPENAPI says")
    route, every = "/applications/{application_id}/commands", payload(REGISTRY)
    assert document.check("PUT", route, every) == []
    assert document.check("PUT", route, [{**every[0], "name": "a" * 33}])


def test_no_command_is_longer_than_discord_takes() -> None:
    sizes = {command["name"]: characters(command) for command in payload(REGISTRY)}
    assert sizes["imagine"] > 500  # the count is not empty
    assert max(sizes.values()) <= COMMAND_LIMIT


def test_allowances_are_for_people_who_manage_the_server_and_only_there() -> None:
    [quotas] = [command for command in payload(REGISTRY) if command["name"] == "quotas"]
    assert quotas["default_member_permissions"] == discord.Permissions(manage_guild=True).value
    assert (quotas["contexts"], quotas["integration_types"]) == ([0], [0])
    assert [option["name"] for option in quotas["options"]][:3] == ["set", "grant", "reset"]
    alone = payload(by_name(Command(name="pause", help="Stop", admin=True)))[0]
    assert alone["default_member_permissions"] == quotas["default_member_permissions"]
    assert alone["contexts"] == [0]


def test_numbers_that_may_be_unlimited_and_too_many_choices_are_typed_as_text() -> None:
    many = tuple(f"tier{number}" for number in range(26))
    options = (
        Option(name="images", kind="integer", help="How many", minimum=0, maximum=9, unlimited=True),
        Option(name="tier", kind="choice", help="Which", choices=many),
        Option(name="tiers", kind="choices", help="Which ones", choices=("fast", "ultra")),
        Option(name="long", kind="choice", help="Which", choices=("a",), titles=("a" * 101,)),
    )
    *typed, long = payload(by_name(Command(name="x", help="y", options=options)))[0]["options"]
    for option in typed:
        assert option["type"] == discord.AppCommandOptionType.string.value
        assert not {"choices", "min_value", "min_length", "max_length"} & option.keys()
    assert long["choices"] == [{"name": "a" * 100, "value": "a"}]


def test_a_digest_depends_on_the_content_and_not_on_the_order() -> None:
    first = payload(REGISTRY)
    assert digest(first) == digest([dict(reversed(command.items())) for command in first])
    imagine = replace(REGISTRY["imagine"], help="Draw")
    assert digest(payload(by_name(imagine))) != digest(payload(by_name(REGISTRY["imagine"])))


# --- in other languages


def parts(commands: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Iterate over all commands, subcommands, options and choices."""
    for part in commands:
        yield part
        yield from parts([*part.get("options", ()), *part.get("choices", ())])


def texts(commands: Iterable[Mapping[str, Any]], language: str) -> list[tuple[str, str]]:
    """List the names and descriptions as an app in that language shows them."""
    return [(text(part, "name", language), text(part, "description", language)) for part in parts(commands)]


def text(part: Mapping[str, Any], field: str, language: str) -> str:
    return str(part.get(f"{field}_localizations", {}).get(language, part.get(field, "")))


def test_everything_is_localized_in_every_language() -> None:
    commands = payload(REGISTRY)
    with wording.override("de"):
        helps = {option.help for command in REGISTRY.values() for option in command.options}
        titles = {title for option in REGISTRY["imagine"].options for title in option.titles}
        helps |= {command.help for command in REGISTRY.values()} | {german.QUOTAS_MEANS, german.STYLES_MEANS}
    german_texts = texts(commands, "de")
    assert {description for _, description in german_texts} - {""} == helps
    assert titles <= {name for name, _ in german_texts}
    menus = [command["name_localizations"] for command in commands[-2:]]
    assert menus == [{"de": german.IMAGINE_THIS}, {"de": german.EDIT_THIS}]
    assert texts(commands, "en") != german_texts, "and the rest of the world reads English"


def test_names_to_type_and_values_to_send_back_are_the_same_in_every_language() -> None:
    names = [part for part in parts(payload(REGISTRY)[:-2]) if "value" not in part]
    assert not any("name_localizations" in part for part in names)
    tiers = payload(REGISTRY)[0]["options"][1]["choices"]
    assert [tier["value"] for tier in tiers] == list(REGISTRY["imagine"].options[1].choices)
    assert all(tier["name_localizations"]["de"].startswith(tier["value"]) for tier in tiers)


def test_a_text_that_is_the_same_in_another_language_is_left_out() -> None:
    (command, *_) = payload(by_name(Command(name="x", help="Nobody translates this")))
    assert "description_localizations" not in command
    for part in parts(payload(REGISTRY)):
        for field in ("name", "description"):
            assert part.get(field) not in part.get(f"{field}_localizations", {}).values()


def test_discord_knows_the_languages() -> None:
    others = {language for part in parts(payload(REGISTRY)) for language in languages(part)}
    assert others == set(wording.LANGUAGES) - {wording.USUAL}
    assert others <= {locale.value for locale in discord.Locale}


def languages(part: Mapping[str, Any]) -> set[str]:
    fields = ("name_localizations", "description_localizations")
    return {language for field in fields for language in part.get(field, {})}


def test_the_payload_does_not_depend_on_the_active_language() -> None:
    usual = payload(REGISTRY)
    with wording.override("de"):
        assert payload(REGISTRY) == usual


def test_a_changed_text_in_one_language_changes_the_payload(monkeypatch: pytest.MonkeyPatch) -> None:
    before = digest(payload(REGISTRY))
    monkeypatch.setattr(german, "QUOTAS_MEANS", "Etwas anderes")
    assert digest(payload(REGISTRY)) != before


# --- a call


class CallRecorder:
    """A CommandHandler that records calls."""

    def __init__(self) -> None:
        self.calls: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()

    async def slash(
        self,
        _: discord.Interaction,
        name: str,
        options: Mapping[str, OptionValue],
        *,
        allowed: bool,
        files: Files,
    ) -> None:
        names = {option: [each.filename for each in sent] for option, sent in files.items()}
        self.calls.put_nowait((name, options, *([names] if names else []), *(["allowed"] if allowed else [])))

    async def suggest(
        self, _: discord.Interaction, name: str, option: str, typed: str, *, allowed: bool
    ) -> list[app_commands.Choice[str]]:
        self.calls.put_nowait((name, option, typed, allowed))
        return []

    async def menu(self, _: discord.Interaction, message: discord.Message) -> None:
        self.calls.put_nowait(("menu", message.content))

    async def edit_menu(self, _: discord.Interaction, message: discord.Message) -> None:
        self.calls.put_nowait(("edit_menu", message.content))

    async def describe_menu(self, _: discord.Interaction, message: discord.Message) -> None:
        self.calls.put_nowait(("describe_menu", message.content))


async def call_of(commands: Mapping[str, Command], *, kind: int = 2, **data: Any) -> tuple[Any, ...]:
    """Return the call that a tree of these commands makes for one interaction from the gateway."""
    handler = CallRecorder()
    async with discord.Client(intents=discord.Intents(guilds=True)) as client:
        tree = app_commands.CommandTree(client)
        build(tree, commands, handler)
        user = {"id": "7", "username": "ann", "discriminator": "0", "avatar": None}
        interaction = {"id": "1", "application_id": "2", "type": kind, "token": "lent", "version": 1}
        where = {"channel_id": "3", "user": user, "locale": "en-US", "entitlements": [], "context": 1}
        more = {"authorizing_integration_owners": {}, "attachment_size_limit": 1, "app_permissions": "0"}
        client._connection.parse_interaction_create({**interaction, **where, **more, "data": data})  # type: ignore[typeddict-item]
        async with asyncio.timeout(5):
            return await handler.calls.get()


async def test_a_call_has_only_the_options_that_were_typed() -> None:
    options = [
        {"type": 3, "name": "prompt", "value": "a fox"},
        {"type": 4, "name": "variants", "value": 2},
        {"type": 5, "name": "private", "value": False},
    ]
    call = await call_of(by_name(REGISTRY["imagine"]), id="9", name="imagine", type=1, options=options)
    assert call == ("imagine", {"prompt": "a fox", "variants": 2, "private": False})


async def test_files_come_apart_from_the_options_and_in_their_order() -> None:
    files = {"reference_2": "21", "mask": "22", "reference": "23"}
    options = [{"type": 11, "name": name, "value": number} for name, number in files.items()]
    options.append({"type": 3, "name": "prompt", "value": "snow"})
    url = "https://cdn.discordapp.com/x.png"
    attachments = {
        number: {"id": number, "filename": f"{number}.png", "size": 1, "url": url, "proxy_url": url}
        for number in files.values()
    }
    call = await call_of(
        by_name(REGISTRY["imagine"]),
        id="9",
        name="imagine",
        type=1,
        options=options,
        resolved={"attachments": attachments},
    )
    assert call == ("imagine", {"prompt": "snow"}, {"reference": ["23.png", "21.png"], "mask": ["22.png"]})


async def test_people_roles_and_channels_become_platform_qualified_ids() -> None:
    options = [
        {"type": 6, "name": "person", "value": "11"},
        {"type": 8, "name": "role", "value": "12"},
        {"type": 7, "name": "channel", "value": "13"},
    ]
    group = [{"type": 1, "name": "set", "options": options}]
    call = await call_of(REGISTRY, id="9", name="quotas", type=1, options=group)
    assert call == (
        "quotas set",
        {"person": "discord:11", "role": "discord:12", "channel": "discord:13"},
        "allowed",
    )


async def test_a_half_typed_value_is_passed_on_for_suggestions() -> None:
    typing = {"type": 3, "name": "until", "value": "fri", "focused": True}
    group = [{"type": 1, "name": "set", "options": [typing]}]
    call = await call_of(REGISTRY, kind=4, id="9", name="quotas", type=1, options=group)
    assert call == ("quotas set", "until", "fri", True)


def test_options_have_suggestions_if_the_core_knows_values() -> None:
    commands = payload(REGISTRY)
    options = {
        (verb["name"], option["name"])
        for command in commands
        if command["name"] == "quotas"
        for verb in command["options"]
        for option in verb.get("options", ())
        if option.get("autocomplete")
    }
    assert {("set", "tiers"), ("set", "until"), ("undo", "entry"), ("settings", "time_zone")} <= options
    assert not any("choices" in option and option.get("autocomplete") for option in commands[0]["options"])


async def test_a_message_is_passed_on_whole() -> None:
    author = {"id": "8", "username": "bob", "discriminator": "0", "avatar": None}
    lists = ("attachments", "embeds", "mentions", "mention_roles", "components")
    message = {
        **{name: [] for name in lists},
        "id": "5",
        "channel_id": "3",
        "content": "a red fox",
        "author": author,
        "type": 0,
        "flags": 0,
        "pinned": False,
        "mention_everyone": False,
        "tts": False,
        "timestamp": "2026-11-23T00:00:00+00:00",
        "edited_timestamp": None,
    }
    resolved = {"messages": {"5": message}}
    # Discord sends these names, whatever language it shows.
    menus = {wording.IMAGINE_THIS: "menu", wording.EDIT_THIS: "edit_menu"}
    for language, (name, method) in itertools.product(wording.LANGUAGES, menus.items()):
        with wording.override(language):
            call = await call_of({}, id="9", name=name, type=3, target_id="5", resolved=resolved)
        assert call == (method, "a red fox")
