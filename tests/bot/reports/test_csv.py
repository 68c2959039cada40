"""Usage as CSV: spreadsheets can read it, and never read a name as a formula."""

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
from tests.quotas.helpers import draw

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


def test_the_file_follows_rfc_4180() -> None:
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
def test_no_name_is_a_formula_or_breaks_a_line(name: str) -> None:
    (row,) = rows(format_csv([line(name)]))
    assert list(row) == list(HEADINGS)
    assert row["model"] == "gpt-image-2"
    assert not row["name"].lstrip(" \"'“”").startswith(tuple(FORMULAS)) or row["name"].startswith("'")
    assert "\n" not in row["name"]


@pytest.mark.parametrize("begin", FORMULAS.replace("\t", "").replace("\r", "").replace("\n", ""))
@pytest.mark.parametrize("before", ["", " ", '"', "'", "“"])
def test_a_cell_that_begins_like_a_formula_becomes_text(begin: str, before: str) -> None:
    assert escape_formula(f"{before}{begin}1+1") == f"'{f'{before}{begin}1+1'.strip()}"


@pytest.mark.parametrize("plain", ["", "Ann", "O'Brien", "a=b", "Zoë 田中 🦊", "2026-11-22", "discord:1"])
def test_other_text_stays_as_it_is(plain: str) -> None:
    assert escape_formula(plain) == plain


def test_every_text_cell_is_escaped() -> None:
    hostile = {name: "=1" for name in ("workspace", "day", "person", "name", "channel", "tier", "model")}
    (row,) = rows(format_csv([line(**hostile)]))
    assert {name: row[name] for name in hostile} == dict.fromkeys(hostile, "'=1")


def test_writing_stops_at_the_limit() -> None:
    numbers = []

    def lines() -> Iterator[Line]:
        for number in range(1_000):
            numbers.append(number)
            yield line()

    assert format_csv(lines(), most=1_000) is None
    assert len(numbers) < 20


# --- in chat


async def test_a_member_gets_their_own_usage(running: RunningBot) -> None:
    await draw(running.ledger, 2, workspace="chat:team", person=ANN.id, name="=Ann")
    await draw(running.ledger, 1, workspace="chat:team", person="chat:bob", name="Bob")
    answer = await running.command("usage", "--csv")
    assert not isinstance(answer, Refused)
    file = getattr(answer, "file", None)
    assert isinstance(file, File)
    assert file.name == "usage-chat-team-chat-ann-2026-11-01-2026-11-22.csv"
    (row,) = rows(file.data)
    assert (row["name"], row["images"], row["charge"]) == ("'=Ann", "2", "0.120000")


async def test_admins_get_the_figures_of_the_report(running: RunningBot) -> None:
    for number in range(5):
        who = {"person": f"chat:{number}", "name": f"Person {number}"}
        await draw(running.ledger, 2, workspace="chat:team", **who)
    answer = await running.command("usage", "--workspace --csv --by person", BOSS)
    lines = rows(getattr(answer, "file").data)  # noqa: B009 - a Report, or the test fails
    assert sum(int(row["images"]) for row in lines) == 10
    assert {row["name"] for row in lines} == {row[0] for row in getattr(answer, "rows")}  # noqa: B009


async def test_a_file_too_large_for_a_message_is_refused(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage, "MESSAGE_FILE", 200)
    await draw(running.ledger, 2, workspace="chat:team", person=ANN.id)
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
async def test_the_file_name_is_safe_on_every_system(running: RunningBot, where: UsageFilter) -> None:
    file = await usage.export_usage(running.ledger, where)
    assert isinstance(file, File)
    assert re.fullmatch(r"usage(-[a-z0-9]+)*\.csv", file.name)
    assert len(file.name) < 150


async def test_writing_a_file_does_not_block_the_event_loop(running: RunningBot) -> None:
    """The writer waits for the event loop, which therefore must run at the same time."""
    writing = turns = 0

    def slow(lines: Iterator[Line]) -> bytes | None:
        nonlocal writing
        writing += 1
        while not turns:
            time.sleep(0.001)
        return format_csv(lines)

    task = asyncio.ensure_future(running.ledger.reports.usage_lines(UsageFilter(), slow))
    while not writing:  # noqa: ASYNC110 - the thread that writes has no event
        await asyncio.sleep(0)
    turns = 1
    assert rows(await task) == []
