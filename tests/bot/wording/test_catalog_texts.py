"""Texts of the registry and the catalog: each has a German translation, and no translation is left over."""

from collections.abc import Iterator

import pytest

from bot.commands.registry import registry
from bot.wording.german.catalog import _TEXTS
from quotas.catalog import load_catalog

LONGEST = 100  # characters of a description on the platform that allows the fewest


def texts() -> Iterator[str]:
    """Yield the English texts of the registry and of the catalog that comes with the program."""
    catalog = load_catalog()
    for command in registry(catalog).values():
        yield command.help
        yield from (option.help for option in command.options)
    yield from (tier.use for tier in catalog.tiers.values())
    yield from catalog.ratios.values()


def test_every_text_has_a_german_translation_and_no_other_is_there() -> None:
    assert _TEXTS.keys() == set(filter(None, texts()))


@pytest.mark.parametrize("text", _TEXTS)
def test_a_german_text_fits_as_a_description(text: str) -> None:
    assert 0 < len(_TEXTS[text]) <= LONGEST
