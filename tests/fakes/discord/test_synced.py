"""This Discord refuses invalid commands and modals, as Discord does."""

from typing import Any

import pytest

from tests.fakes.discord.errors import ApiError
from tests.fakes.discord.fixtures import fake_discord
from tests.fakes.discord.modals import check_modal
from tests.fakes.discord.scene import Scene, empty_scene

__all__ = ["empty_scene", "fake_discord"]

Json = dict[str, Any]


def command(**changes: Any) -> Json:
    return {"name": "imagine", "description": "Draw", "type": 1, "options": []} | changes


def option(**changes: Any) -> Json:
    return {"name": "prompt", "description": "What", "type": 3} | changes


def choices(count: int, length: int = 1, german: int = 1) -> list[Json]:
    return [
        {"name": f"{n:0{length}}", "value": str(n), "name_localizations": {"de": f"{n:0{german}}"}}
        for n in range(count)
    ]


BAD_COMMANDS: dict[str, list[Json]] = {
    "capitals": [command(name="Imagine")],
    "a long name": [command(name="x" * 33)],
    "no description": [command(description="")],
    "a long description": [command(description="x" * 101)],
    "26 options": [command(options=[option(name=f"o{n}") for n in range(26)])],
    "an option twice": [command(options=[option(), option()])],
    "required after optional": [command(options=[option(), option(name="b", required=True)])],
    "26 choices": [command(options=[option(choices=choices(26))])],
    "choices and autocomplete": [command(options=[option(choices=choices(1), autocomplete=True)])],
    "a long choice": [command(options=[option(choices=choices(1, 101))])],
    "8001 characters": [
        command(options=[option(name=f"o{n}", choices=choices(25, 97)) for n in range(4)]),
    ],
    "8001 characters in German": [
        command(options=[option(name=f"o{n}", choices=choices(25, german=97)) for n in range(4)]),
    ],
    "a long choice in German": [command(options=[option(choices=choices(1, german=101))])],
    "a long description in German": [command(description_localizations={"de": "x" * 101})],
    "a menu with a long name in German": [
        {"name": "Menu", "type": 3, "name_localizations": {"de": "x" * 33}}
    ],
    "inside a subcommand": [command(options=[option(type=1, options=[option(name="BAD")])])],
    "a command twice": [command(), command()],
    "101 commands": [command(name=f"c{n}") for n in range(101)],
    "16 menus": [{"name": f"Menu {n}", "type": 3} for n in range(16)],
    "a menu with a description": [command(type=3)],
    "a menu with a long name": [{"name": "x" * 33, "type": 3}],
}


@pytest.mark.parametrize("commands", BAD_COMMANDS.values(), ids=BAD_COMMANDS)
async def test_invalid_commands_are_not_synced(empty_scene: Scene, commands: list[Json]) -> None:
    path = f"/applications/{empty_scene.fake.application_id}/commands"
    status, answer = await empty_scene.request("PUT", path, commands)
    assert (status, answer["code"]) == (400, 50035)
    assert (empty_scene.fake.commands[0], empty_scene.fake.creates) == ([], 0)
    empty_scene.fake.violations.clear()


async def test_commands_can_be_synced_in_one_guild(empty_scene: Scene) -> None:
    path = f"/applications/{empty_scene.fake.application_id}/guilds/{empty_scene.guild.id}/commands"
    status, answer = await empty_scene.request("PUT", path, [command(name="local")])
    assert (status, [one["guild_id"] for one in answer]) == (200, [str(empty_scene.guild.id)])
    assert await empty_scene.request("GET", path) == (200, answer)
    empty_scene.fake.patience = 0.0
    interaction = await empty_scene.fake.slash(empty_scene.bob, empty_scene.room, "local")
    assert interaction.data["guild_id"] == str(empty_scene.guild.id)
    status, answer = await empty_scene.request("PUT", "/applications/1/commands", [])
    assert (status, answer["code"]) == (403, 50001)


def field(**changes: Any) -> Json:
    return {"type": 4, "style": 1, "custom_id": "prompt"} | changes


def label(inner: Json, text: str = "Prompt") -> Json:
    return {"type": 18, "label": text, "component": inner}


def modal(*components: Json, **changes: Any) -> Json:
    return {"title": "Edit", "custom_id": "m1", "components": list(components)} | changes


BAD_MODALS: dict[str, Json] = {
    "no title": modal(label(field()), title=""),
    "a long title": modal(label(field()), title="x" * 46),
    "no custom_id": modal(label(field()), custom_id=""),
    "nothing in it": modal(),
    "six fields": modal(*(label(field(custom_id=str(n))) for n in range(6))),
    "a custom_id twice": modal(label(field()), label(field())),
    "a button": modal({"type": 2, "style": 1, "label": "x", "custom_id": "b"}),
    "a long label": modal(label(field(), "x" * 46)),
    "two labels": modal(label(field(label="Prompt"))),
    "no label": modal({"type": 1, "components": [field()]}),
    "a long value": modal(label(field(value="xx", max_length=1))),
}


@pytest.mark.parametrize("data", BAD_MODALS.values(), ids=BAD_MODALS)
def test_invalid_modals_are_refused(data: Json) -> None:
    with pytest.raises(ApiError, match="50035"):
        check_modal(data)


def test_modals_at_the_limits_are_accepted() -> None:
    check_modal(modal(label(field(value="x", max_length=1)), title="x" * 45))
    check_modal(modal({"type": 1, "components": [field(label="Prompt")]}))
