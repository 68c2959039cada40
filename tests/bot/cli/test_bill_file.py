"""A bill is read to the micro-dollar, or refused with its line; a separator is never just dropped."""

from pathlib import Path

import pytest

from bot.cli.commands.bill_file import BadFile, read


def micros(folder: Path, text: str) -> list[int]:
    path = folder / "bill.csv"
    path.write_text(text, encoding="utf-8")
    return [line.micros for line in read(path)]


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("time,cost\n2026-11-22,0.06\n", [60_000]),
        ("time;cost\n2026-11-22;0,06\n", [60_000]),
        ("time;cost\n2026-11-22;1.234,50\n", [1_234_500_000]),
        ("time;cost\n2026-11-22;1,234\n", [1_234_000]),
        ("time;cost\n2026-11-22;0.06\n", [60_000]),
        ("time;cost\n2026-11-22;0,06 USD\n", [60_000]),
        ('time,cost\n2026-11-22,"1,234.50"\n', [1_234_500_000]),
        ("time,cost\n2026-11-22,$0.06\n", [60_000]),
        ("time,cost\n2026-11-22,-0.06\n", [-60_000]),
        ("time,cost\n2026-11-22,0.060000000000000005\n", [60_000]),
        ("time,cost\n2026-11-22,０.０６\n", [60_000]),
        ("time,cost,currency\n2026-11-22,0.06,usd\n2026-11-22,0.06,\n", [60_000, 60_000]),
        ("time;cost\n1795348800,5;0,06\n", [60_000]),
        ("time,cost_usd\n2026-11-22,0.06\n", [60_000]),
    ],
)
def test_an_amount_is_what_its_file_means(text: str, amounts: list[int], tmp_path: Path) -> None:
    assert micros(tmp_path, text) == amounts


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('time,cost\n2026-11-22,"0,06"\n', "'0,06' is not an amount of dollars"),
        ("time\tcost\n2026-11-22\t0,06\n", "'0,06' is not an amount of dollars"),
        ("time;cost\n2026-11-22;1.234\n", "'1.234' is not an amount of dollars"),
        ("time,cost\n2026-11-22,6e-2\n", "'6e-2' is not an amount of dollars"),
        ("time,cost\n2026-11-22,1_000\n", "'1_000' is not an amount of dollars"),
        ("time,cost\n2026-11-22,+5\n", r"'\+5' is not an amount of dollars"),
        ("time,cost\n2026-11-22,0.06 EUR\n", "'0.06 EUR' is not an amount of dollars"),
        ("time,cost\n2026-11-22,0.06 €\n", "is not an amount of dollars"),
        ("time,cost\n2026-11-22,nan\n", "'nan' is not an amount of dollars"),
        ("time,cost,currency\n2026-11-22,0.06,EUR\n", "line 2: 'EUR' is not USD"),
        ("time,cost (€)\n2026-11-22,0.06\n", r"line 1: 'cost \(€\)' is not in US dollars"),
        ("time,cost,images\n2026-11-22,0.06,1e0\n", "'1e0' is not a number of pictures"),
        ("time,cost,images\n2026-11-22,0.06,1.5\n", "'1.5' is not a number of pictures"),
        ("time,cost\n1e9,0.06\n", "'1e9' is not a time"),
        ("time,cost\nnan,0.06\n", "'nan' is not a time"),
        ("time,cost\n0001-01-01T00:00:00+14:00,1\n", "is not a time"),
        ("time,cost\n9999-12-31T23:59:59-12:00,1\n", "is not a time"),
        ("time,cost\n253402300799001,1\n", "is not a time"),
        ("time,cost\n2026-11-22,1000000000000000000000000000000\n", "is not an amount"),
    ],
)
def test_what_may_be_another_amount_is_refused(text: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=reason):
        micros(tmp_path, text)
