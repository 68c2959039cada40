"""Usage as a file: what a spreadsheet makes of it, and what it must never make of a name."""

import asyncio
import csv
import io
import re
import time
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot import wording
from bot.port.cards import File, Refused
from bot.reports import usage
from bot.reports.csv import BOM, HEADINGS, escape_formula, format_csv
from quotas.records import Totals, UsageFilter
from quotas.reports.service import Line
from tests.bot.running_bot import ANN, BOSS, RunningBot
from tests.quotas.asking import settled

FORMULAS = "=+-@|%\t\r\n＝＋－＠"
MONEY = {"charge_micros": 66_000, "cost_micros": 82_500, "uncertain_micros": 1, "beyond_micros": 16_500}
SUMS = Totals(jobs=1, images=4, **MONEY)


def line(name: str = "Ann", **changes: object) -> Line:
    plain = Line("chat:team", "2026-11-22", "chat:ann", name, "general", "", "gpt", "gpt-image-2", SUMS)
    return plain._replace(**changes)


def rows(data: bytes | None) -> list[dict[str, str]]:
    assert data is not None
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


def test_every_figure_has_its_column() -> None:
    assert rows(format_csv([line()])) == [
        {
            "day": "2026-11-22",
            "workspace": "chat:team",
            "person": "chat:ann",
            "name": "Ann",
            "channel": "general",
            "channel_name": "",
            "tier": "gpt",
            "model": "gpt-image-2",
            "jobs": "1",
            "images": "4",
            "charge_micros": "66000",
            "cost_micros": "82500",
            "uncertain_micros": "1",
            "beyond_micros": "16500",
            "charge": "0.066000",
            "cost": "0.082500",
            "uncertain": "0.000001",
            "beyond": "0.016500",
        }
    ]


def test_its_form_is_that_of_rfc_4180() -> None:
    data = format_csv([line('Ann "the fox", Smith')])
    assert data is not None
    assert data.startswith(BOM + b"day,workspace,")
    assert data.endswith(b"\r\n")
    assert data.count(b"\r\n") == data.count(b"\n") == 2
    assert b'"Ann ""the fox"", Smith"' in data


@given(st.text(max_size=60))
@example("=HYPERLINK(1)")
@example('"=1+1')
@example("'=1+1")
@example(" \t=1")
@example("\r=1")
@example("\u200b=1")
@example("＝1")
@example("@SUM(1)")
@example("a\0b,\n=1")
def test_no_name_is_a_formula_and_none_breaks_a_line(name: str) -> None:
    (row,) = rows(format_csv([line(name)]))
    assert list(row) == list(HEADINGS)
    assert row["model"] == "gpt-image-2"
    assert not row["name"].lstrip(" \"'“”").startswith(tuple(FORMULAS)) or row["name"].startswith("'")
    assert "\n" not in row["name"]


@pytest.mark.parametrize("begin", FORMULAS.replace("\t", "").replace("\r", "").replace("\n", ""))
@pytest.mark.parametrize("before", ["", " ", '"', "'", "“"])
def test_what_begins_a_formula_is_made_text(begin: str, before: str) -> None:
    assert escape_formula(f"{before}{begin}1+1") == f"'{f'{before}{begin}1+1'.strip()}"


@pytest.mark.parametrize("plain", ["", "Ann", "O'Brien", "a=b", "Zoë 田中 🦊", "2026-11-22", "discord:1"])
def test_what_is_none_stays_as_it_is(plain: str) -> None:
    assert escape_formula(plain) == plain


def test_every_cell_that_is_text_is_made_harmless() -> None:
    hostile = {name: "=1" for name in ("workspace", "day", "person", "name", "channel", "tier", "model")}
    (row,) = rows(format_csv([line(**hostile)]))
    assert {name: row[name] for name in hostile} == dict.fromkeys(hostile, "'=1")


def test_it_ends_at_its_limit() -> None:
    taken = []

    def lines() -> Iterator[Line]:
        for number in range(1_000):
            taken.append(number)
            yield line()

    assert format_csv(lines(), most=1_000) is None
    assert len(taken) < 20


# --- asked for in chat


async def test_a_member_has_their_own(running: RunningBot) -> None:
    await settled(running.ledger, 2, workspace="chat:team", person=ANN.id, name="=Ann")
    await settled(running.ledger, 1, workspace="chat:team", person="chat:bob", name="Bob")
    answer = await running.command("usage", "--csv")
    assert not isinstance(answer, Refused)
    file = getattr(answer, "file", None)
    assert isinstance(file, File)
    assert file.name == "usage-chat-team-chat-ann-2026-11-01-2026-11-22.csv"
    (row,) = rows(file.data)
    assert (row["name"], row["images"], row["charge"]) == ("'=Ann", "2", "0.120000")


async def test_admins_have_everyones_as_the_report_tells_it(running: RunningBot) -> None:
    for number in range(5):
        who = {"person": f"chat:{number}", "name": f"Person {number}"}
        await settled(running.ledger, 2, workspace="chat:team", **who)
    answer = await running.command("usage", "--workspace --csv --by person", BOSS)
    listed = rows(getattr(answer, "file").data)  # noqa: B009 - a Report, or the test fails
    assert sum(int(row["images"]) for row in listed) == 10
    assert {row["name"] for row in listed} == {row[0] for row in getattr(answer, "rows")}  # noqa: B009


async def test_one_that_no_message_holds_is_refused(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage, "MESSAGE_FILE", 200)
    await settled(running.ledger, 2, workspace="chat:team", person=ANN.id)
    answer = await running.command("usage", "--csv")
    assert answer == Refused(why="input", sentence=wording.too_many_lines(200))


@pytest.mark.parametrize(
    "where",
    [
        UsageFilter(),
        UsageFilter(workspace="../../etc", person="..\\con:<>|", channel="a b\0\n"),
        UsageFilter(workspace="x" * 500, person="田中"),
    ],
)
async def test_its_name_is_safe_everywhere(running: RunningBot, where: UsageFilter) -> None:
    file = await usage.export_usage(running.ledger, where)
    assert isinstance(file, File)
    assert re.fullmatch(r"usage(-[a-z0-9]+)*\.csv", file.name)
    assert len(file.name) < 150


async def test_a_long_file_leaves_the_loop_alone(running: RunningBot) -> None:
    """As many turns of the loop come by as it takes long: it is written elsewhere."""
    writing = threads = 0

    def slow(lines: Iterator[Line]) -> bytes | None:
        nonlocal writing
        writing += 1
        while not threads:  # ends only where the loop goes on meanwhile
            time.sleep(0.001)
        return format_csv(lines)

    task = asyncio.ensure_future(running.ledger.reports.usage_lines(UsageFilter(), slow))
    while not writing:  # noqa: ASYNC110 - it begins in a thread, which has no event
        await asyncio.sleep(0)
    threads = 1
    assert rows(await task) == []
