"""The registry has every command and option, and fits every platform."""

import re
from dataclasses import FrozenInstanceError

import pytest

from bot.commands.registry import registry
from bot.commands.spec import Command
from quotas.catalog import load_catalog

COMMANDS = registry(load_catalog())


def test_every_command_of_the_product_is_there() -> None:
    verbs = ["set", "grant", "reset", "block", "unblock", "pause", "resume"]
    verbs += ["log", "undo", "budget", "export", "settings"]
    everyones = ["imagine", "compare", "tiers", "quota", "usage", "recent", "find", "kept"]
    everyones += ["link", "forget", "help"]
    admins = [*(f"quotas {verb}" for verb in verbs), "styles set", "styles remove", "styles list"]
    assert list(COMMANDS) == [*everyones, *admins]
    assert [name for name, command in COMMANDS.items() if command.admin] == admins


def test_options_have_the_names_of_the_product() -> None:
    assert _names("imagine") == [
        *("prompt", "tier", "ratio", "variants", "private", "quality", "transparent", "style"),
        *("reference", "mask"),
    ]
    assert _names("tiers") == ["per_day"]
    assert _names("quotas set") == [
        *("person", "role", "channel", "whole", "images_per_day", "money_per_day", "money_per_month"),
        *("tiers", "reason", "until", "dry_run", "confirm"),
    ]
    assert _names("quotas grant") == ["person", "images", "money", "reason", "until", "dry_run", "confirm"]


def test_every_change_has_a_dry_run() -> None:
    changes = [name for name in COMMANDS if {"dry_run", "confirm"} <= set(_names(name))]
    verbs = ("set", "grant", "reset", "block", "unblock", "pause", "resume", "undo", "budget", "settings")
    assert changes == [*(f"quotas {verb}" for verb in verbs), "styles set", "styles remove"]
    assert all("reason" in _names(name) for name in changes)


def _names(command: str) -> list[str]:
    return [option.name for option in COMMANDS[command].options]


def test_choices_come_from_the_catalog() -> None:
    catalog = load_catalog()
    options = {option.name: option for option in COMMANDS["imagine"].options}
    assert options["tier"].choices == ("fast", "standard", "ultra", "gpt")
    assert options["ratio"].choices == tuple(catalog.ratios)
    assert options["quality"].choices == ("low", "medium", "high")
    assert options["variants"].maximum == 4

    disabled = catalog.tiers["gpt"].model_copy(update={"enabled": False})
    smaller = registry(catalog.model_copy(update={"tiers": {**catalog.tiers, "gpt": disabled}}))
    options = {option.name: option for option in smaller["imagine"].options}
    assert options["tier"].choices == ("fast", "standard", "ultra")
    assert options["quality"].choices == ()


@pytest.mark.parametrize("command", COMMANDS.values(), ids=str)
def test_every_command_fits_discords_limits(command: Command) -> None:
    """Names of 32 letters, descriptions of 100, 25 options and choices, required options first."""
    assert all(re.fullmatch(r"[a-z_]{1,32}", word) for word in command.name.split(" "))
    assert 1 <= len(command.help) <= 100
    assert len(command.options) <= 25
    required = [option.required for option in command.options]
    assert required == sorted(required, reverse=True)
    for option in command.options:
        assert re.fullmatch(r"[a-z_]{1,32}", option.name)
        assert 1 <= len(option.help) <= 100
        assert len(option.choices) <= 25


@pytest.mark.parametrize("command", COMMANDS.values(), ids=str)
def test_no_two_options_are_typed_alike(command: Command) -> None:
    flags = [flag for option in command.options for flag in (option.flag, *option.flags)]
    flags += [f"--{choice}" for option in command.options if option.choice_flags for choice in option.choices]
    assert len(flags) == len(set(flags))


def test_the_registry_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        COMMANDS["imagine"] = COMMANDS["help"]  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        COMMANDS["imagine"].name = "draw"  # type: ignore[misc]


def test_a_group_of_verbs_is_not_too_long_for_discord() -> None:
    """Names, descriptions and choices of one command with all its verbs: 8,000 characters at most."""
    verbs = [command for command in COMMANDS.values() if command.name.startswith("quotas ")]
    assert len(verbs) <= 25
    assert sum(map(_length, verbs)) + len("quotas") * 2 <= 8_000


def _length(command: Command) -> int:
    choices = [2 * len(choice) for option in command.options for choice in option.choices]
    texts = [len(option.name) + len(option.help) for option in command.options]
    return len(command.name) + len(command.help) + sum(choices) + sum(texts)
