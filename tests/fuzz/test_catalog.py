"""An operator's catalog with anything in it: a catalog that works, or the declared error with a sentence."""

import copy
import tomllib
from datetime import UTC, date, datetime, time
from decimal import Decimal
from importlib import resources
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bot.commands.registry import registry
from bot.imagine import parse
from bot.imagine.records import ImageSpec
from quotas.catalog import CatalogError, load_catalog
from tests.fuzz.fuzzer import TIMEOUT, Fuzzer
from tests.fuzz.generators import damaged, damaged_bytes, odd_text, word

pytestmark = [pytest.mark.soak, pytest.mark.timeout(TIMEOUT)]

TEXT = (resources.files("quotas") / "catalog.toml").read_text(encoding="utf-8")
WHOLE = tomllib.loads(TEXT)
DAY = date(2026, 11, 22)
BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def toml(value: Any) -> str:
    """Write a value as TOML, tables inline."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(letter):08x}" for letter in value) + '"'
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)} = {toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, int) and value >= 2**63:
        return hex(value)  # Python writes no decimal number of so many digits
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _key(key: str) -> str:
    return key if key and BARE.issuperset(key) else toml(key)


def text_of(dice: Random) -> str:
    """Return text without lone surrogates, which TOML cannot hold."""
    return odd_text(dice).encode("utf-8", "ignore").decode()


def anything(dice: Random, depth: int = 0) -> Any:
    """Return a value of any type that TOML has."""
    match dice.randrange(11 if depth < 2 else 9):
        case 0:
            return dice.choice((0, 1, -1, 4, 65, 2**63, 10**4_400))
        case 1:
            return dice.choice((0.0, 0.04, -1.5, 1e308, float("inf"), float("nan")))
        case 2:
            return dice.choice((True, False))
        case 3:
            return dice.choice((date.min, date.max, DAY, datetime(2026, 1, 1, tzinfo=UTC), time(1, 2)))
        case 4:
            return dice.choice(
                ("", "0.04", "-1", "0", "1e9", "0.0000001", "999999999999", "16:9", "1x1", "seed")
            )
        case 5 | 6:
            return text_of(dice)
        case 7:
            return []
        case 8:
            return {}
        case 9:
            return [anything(dice, depth + 1) for _ in range(dice.randint(1, 3))]
    return {_name(dice): anything(dice, depth + 1) for _ in range(dice.randint(1, 3))}


def _name(dice: Random) -> str:
    known = (
        "since",
        "image",
        "high",
        "16:9",
        "fast",
        "prices",
        "sizes",
        "name",
        "model",
        "micros",
        "enabled",
    )
    return dice.choice((*known, word(dice), text_of(dice)))


def place(dice: Random, table: Any) -> tuple[Any, Any]:
    """Return a table or list somewhere in this one, and one of its keys; each depth is as likely."""
    key = dice.choice(list(table) if isinstance(table, dict) else range(len(table)))
    inner = table[key]
    return (
        place(dice, inner)
        if isinstance(inner, dict | list) and inner and dice.random() < 0.7
        else (table, key)
    )


def changed(dice: Random) -> Any:
    """Return the built-in catalog with a few values of a wrong type, missing, renamed, or added."""
    catalog = copy.deepcopy(WHOLE)
    for _ in range(dice.choice((1, 1, 2, 4))):
        if not catalog:
            break
        table, key = place(dice, catalog)
        match dice.randrange(4):
            case 0 | 1:
                table[key] = anything(dice)
            case 2 if isinstance(table, dict):
                table[_name(dice)] = dice.choice((anything(dice), copy.deepcopy(table[key])))
            case 3 if isinstance(table, dict):
                del table[key]
    if dice.random() < 0.7:  # the operator's file names what it changes
        catalog = {key: catalog[key] for key in catalog if dice.random() < 0.7}
    return catalog


def test_catalog_toml(fuzzer: Fuzzer, tmp_path: Path) -> None:
    path = tmp_path / "catalog.toml"
    for dice in fuzzer:
        match dice.randrange(8):
            case 0:
                data = damaged_bytes(dice, TEXT.encode())
            case 1:
                data = damaged(dice, TEXT).encode("utf-8", "ignore")
            case _:
                catalog = changed(dice)
                data = "".join(f"{_key(key)} = {toml(value)}\n" for key, value in catalog.items()).encode()
        fuzzer.input = data.decode("utf-8", "replace")[-2_000:]
        path.write_bytes(data)
        check_any(dice, path)


def check_any(dice: Random, path: Path) -> None:
    try:
        catalog = load_catalog(dice.choice((Decimal("1.5"), Decimal(1), Decimal(10))), path)
    except CatalogError as error:
        sentence = str(error)
        assert sentence.strip()
        return
    assert catalog.default_tier in catalog.enabled
    assert catalog.default_ratio in catalog.ratios
    for tier in catalog.tiers.values():
        assert set(catalog.ratios) <= set(tier.sizes)
        assert all(side > 0 for size in tier.sizes.values() for side in size)
        for quality in tier.qualities or ("",):
            quote = catalog.quote(tier, quality, DAY)
            if quote is not None:
                assert type(quote.unit_micros) is int
                assert 0 < quote.official_micros <= quote.unit_micros
    command = registry(catalog, DAY)["imagine"]
    for name in catalog.enabled:
        spec = parse.read("a fox", {"tier": name}, command, catalog)
        assert isinstance(spec, ImageSpec)
        refused = parse.check(spec, catalog)
        assert refused is None or refused.sentence
