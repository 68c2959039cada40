"""`/usage`: figures by person and time, as a table and as the words of a chart."""

import json
import random
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import wording
from bot.cli.commands.usage import print_usage
from bot.imagine.records import ImageSpec, spec_text
from bot.port.cards import Refused, Report
from bot.port.requests import Command, Imagine, Named, Person
from bot.reports import charts, usage
from bot.reports.usage import LONGEST_PERIOD, parse_period, total_spending
from quotas.catalog import Catalog
from quotas.ids import id_text
from quotas.records import Close, Totals, UsageFilter
from tests.bot.conftest import Build
from tests.bot.running_bot import ANN, BOB, BOSS, NOON, RunningBot, at
from tests.quotas.helpers import UNIT, draw, make_close, reserve

TODAY = date(2026, 11, 22)
OPERATOR = Person(id="chat:op", name="Op")
LATE = Person(id="chat:late", name="Late")
SPEC = spec_text(ImageSpec(prompt="a red fox", tier="standard", ratio="1:1", images=1, quality=""))


@pytest.fixture(autouse=True)
def _no_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw no charts here: test_charts.py tests them, and these tests read only their words."""

    async def nothing(*_: object) -> tuple[bytes, bytes]:
        return b"light", b"dark"

    monkeypatch.setattr(charts, "draw_by_day", nothing)
    monkeypatch.setattr(charts, "draw_ranked", nothing)


def report(answer: object) -> Report:
    assert isinstance(answer, Report), answer
    return answer


async def spend(running: RunningBot, images: int = 1, **changes: object) -> None:
    """Settle a job with all its images: of Ann in #general, unless `changes` say otherwise."""
    values = {"workspace": "chat:team", "channel": "general", "person": ANN.id, "platform": "chat", **changes}
    await draw(running.ledger, images, **values)


async def test_without_options_it_is_my_usage_of_this_month_by_tier(running: RunningBot) -> None:
    await running.draw("a fox -n 3")
    await running.draw("a fox --ultra -n 1")
    await running.draw("a fox", BOB)
    answer = report(await running.command("usage"))
    assert answer.title == "You, 2026-11-01 to 2026-11-22: $0.30 for 4 pictures"
    assert answer.columns == ("Tier", "Pictures", "Charged")
    assert set(answer.rows) == {("standard", "3", "$0.18"), ("ultra", "1", "$0.12")}
    assert answer.lines == ()
    assert answer.chart is not None
    assert (answer.chart.png, answer.chart.dark) == (b"light", b"dark")
    assert answer.chart.alt == (
        f"{answer.title}. By tier: standard $0.18; ultra $0.12. By day: 2026-11-22 $0.30."
    )


async def test_a_report_of_nothing(running: RunningBot) -> None:
    answer = report(await running.command("usage"))
    assert answer.title == "You, 2026-11-01 to 2026-11-22: $0.00 for 0 pictures"
    assert (answer.columns, answer.rows) == ((), ())
    assert answer.chart is not None
    assert answer.chart.alt == f"{answer.title}. By day: nothing."


@pytest.fixture
async def busy(running: RunningBot) -> RunningBot:
    await spend(running, 3)
    await spend(running, 2, channel="art")
    await spend(running, 1, person=BOB.id, name="Bob", channel="art", tier="ultra", model="imagen-4-ultra")
    await spend(running, 4, workspace="chat:other", person=BOB.id, name="Bob")
    return running


@pytest.mark.parametrize(
    ("text", "title", "rows"),
    [
        ("--workspace", "Everyone here", {"standard": "5", "ultra": "1"}),
        ("--workspace --by person", "Everyone here", {"Ann": "5", "Bob": "1"}),
        ("--workspace --by channel", "Everyone here", {"general": "3", "art": "3"}),
        ("--workspace --by model", "Everyone here", {"imagen-4-0": "5", "imagen-4-ultra": "1"}),
        ("--workspace --by day", "Everyone here", {"2026-11-22": "6"}),
        ("--person chat:bob", "Bob", {"ultra": "1"}),
        ("@bob", "Bob", {"ultra": "1"}),
        ("--channel chat:art", "Channel chat:art", {}),
        ("#general", "Channel general", {"standard": "3"}),
        ("--person @ann #general", "Ann in channel general", {"standard": "3"}),
        ("--person chat:boss", "You", {}),
    ],
)
async def test_admins_see_the_usage_of_others(
    busy: RunningBot, text: str, title: str, rows: dict[str, str]
) -> None:
    answer = report(await busy.command("usage", text, BOSS))
    assert answer.title.startswith(f"{title}, 2026-11-01 to 2026-11-22: ")
    assert {row[0]: row[1] for row in answer.rows} == rows


@pytest.mark.parametrize("text", ["--workspace", "--person @bob", "--person @nobody", "--channel #general"])
@pytest.mark.parametrize("person", [ANN, replace(BOSS, admin=False)])
async def test_others_see_only_their_own_usage(busy: RunningBot, person: Person, text: str) -> None:
    """A name that nobody has is refused in the same words; otherwise people could try out names."""
    assert await busy.command("usage", text, person) == Refused(why="policy", sentence=wording.ADMINS_ONLY)
    assert await busy.command("usage", f"{text} --csv", person) == Refused(
        why="policy", sentence=wording.ADMINS_ONLY
    )


async def test_people_may_name_themselves(busy: RunningBot) -> None:
    for text in ("--person @ann", "--person chat:ann"):
        assert report(await busy.command("usage", text)).title.startswith("You, ")


async def test_an_admin_of_a_workspace_is_none_in_direct_messages(busy: RunningBot) -> None:
    refused = await busy.command("usage", "--workspace", BOSS, address=at("dm"))
    assert refused == Refused(why="policy", sentence=wording.ADMINS_ONLY)


async def test_operators_see_everything_everywhere(build: Build) -> None:
    running = await build(operators=frozenset((OPERATOR.id,)))
    await spend(running, 3)
    await spend(running, 2, workspace="chat:other")
    for workspace, images in (("chat:team", 3), ("chat:other", 2), ("dm", 0), ("*", 5)):
        answer = report(await running.command("usage", "--workspace", OPERATOR, address=at(workspace)))
        assert answer.title.endswith(f"for {wording.plural(images, 'picture')}")


@pytest.mark.parametrize("text", ["--person @ghost", "--channel #nowhere"])
async def test_admins_are_told_that_nobody_has_a_name(busy: RunningBot, text: str) -> None:
    answer = await busy.command("usage", text, BOSS)
    assert isinstance(answer, Refused)
    assert answer.why == "input"


async def test_namesakes_are_told_apart(running: RunningBot) -> None:
    await spend(running, 2, person="chat:1", name="Sam")
    await spend(running, 1, person="chat:2", name="Sam")
    await spend(running, 1, person="chat:3", name="")
    answer = report(await running.command("usage", "--workspace --by person", BOSS))
    assert [row[0] for row in answer.rows] == ["Sam (chat:1)", "Sam (chat:2)", "chat:3"]


async def test_a_long_table_ends_with_the_sum_of_the_rest(running: RunningBot) -> None:
    for number in range(23):
        await spend(running, 1 + number % 3, person=f"chat:{number}", name=f"Person {number}")
    answer = report(await running.command("usage", "--workspace --by person", BOSS))
    assert len(answer.rows) == usage.TOP + 1
    assert answer.rows[-1][:3] == ("and 3 more", "3", "$0.18")
    assert answer.chart is not None
    assert answer.chart.alt.endswith("; and 3 more $0.18.")
    assert sum(int(row[1]) for row in answer.rows) == 45


async def test_days_come_newest_first(running: RunningBot) -> None:
    for _ in range(40):
        await spend(running)
        running.clock.now -= 24 * 3_600
    running.clock.now = NOON
    answer = report(await running.command("usage", "--by day --period 2026-10..2026-11"))
    assert [row[0] for row in answer.rows[:2]] == ["2026-11-22", "2026-11-21"]
    assert (len(answer.rows), answer.rows[-1][0]) == (usage.TOP_DAYS + 1, "and 9 more")


async def test_cost_has_a_column_if_it_is_not_the_charge(running: RunningBot) -> None:
    job = await reserve(running.ledger, 4, workspace="chat:team", person=ANN.id)
    await running.ledger.jobs.start(job.id)
    await running.ledger.jobs.settle(job.id, make_close(3, cost=4 * UNIT))
    job = await reserve(running.ledger, 1, workspace="chat:team", person=ANN.id, tier="ultra")
    await running.ledger.jobs.release(job.id, Close(uncertain_micros=UNIT))
    answer = report(await running.command("usage"))
    assert answer.columns == ("Tier", "Pictures", "Charged", "Cost", "Uncertain", "Beyond charge")
    assert answer.rows == (
        ("standard", "3", "$0.18", "$0.24", "$0.00", "$0.06"),
        ("ultra", "0", "$0.00", "$0.00", "$0.06", "$0.00"),
    )
    assert answer.lines == (wording.uncertain_cost(UNIT), wording.beyond_charge(UNIT))


async def test_what_delivered_pictures_may_have_cost_besides_has_a_line_of_its_own(
    running: RunningBot, capsys: pytest.CaptureFixture[str]
) -> None:
    """The gateway sent no usage, or none for one call of several."""
    for uncertain in (UNIT, 0, 3):
        job = await reserve(running.ledger, 1, workspace="chat:team", person=ANN.id)
        await running.ledger.jobs.start(job.id)
        await running.ledger.jobs.settle(job.id, replace(make_close(1), uncertain_micros=uncertain))
    unproven = wording.unproven_cost(UNIT + 3)
    assert unproven.startswith("Up to $0.060003 more than this cost may have been billed")
    print_usage(await running.ledger.reports.usage(UsageFilter(), "tier"), False)
    assert capsys.readouterr().out.endswith(f"\n{unproven}\n")
    assert report(await running.command("usage")).lines == (unproven,)
    job = await reserve(running.ledger, 1, workspace="chat:team", person=ANN.id)
    await running.ledger.jobs.release(job.id, Close(uncertain_micros=2 * UNIT))
    assert report(await running.command("usage")).lines == (wording.uncertain_cost(2 * UNIT), unproven)
    await spend(running, person=BOB.id)
    theirs = report(await running.command("usage", person=BOB))
    assert theirs.lines == ()


async def test_a_year_is_broken_down_by_month(running: RunningBot) -> None:
    await spend(running)
    answer = report(await running.command("usage", "--period 2026-01..2026-12"))
    assert answer.chart is not None
    assert answer.chart.alt == f"{answer.title}. By month: 2026-11 $0.06."


@pytest.mark.parametrize("period", ["0001-01", "9999-12", "9999-01-01..9999-12-31"])
async def test_the_first_and_the_last_year_have_reports_too(running: RunningBot, period: str) -> None:
    answer = report(await running.command("usage", f"--period {period}"))
    assert answer.chart is not None


async def test_the_words_of_a_chart_are_short_with_long_names(running: RunningBot) -> None:
    for number in range(30):
        await spend(running, person=f"chat:{number}", name=f"{number} " + "Konstantinopolitanska" * 4)
    for text in ("--workspace --by person", f"--person chat:{3}"):
        answer = report(await running.command("usage", text, BOSS))
        assert answer.chart is not None
        assert len(answer.chart.alt) <= 1_000
        assert len(answer.title) < 200


# --- periods


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("today", "2026-11-22", "2026-11-22"),
        ("Week", "2026-11-16", "2026-11-22"),
        ("month", "2026-11-01", "2026-11-22"),
        ("2026-03", "2026-03-01", "2026-03-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("9999-12", "9999-12-01", "9999-12-31"),
        ("2026-01..2026-03", "2026-01-01", "2026-03-31"),
        ("2026-03-01..2026-03-31", "2026-03-01", "2026-03-31"),
        ("2026-03-01…2026-03-31", "2026-03-01", "2026-03-31"),
        ("2026-03-01 to 2026-03-31", "2026-03-01", "2026-03-31"),
        (" 2026-03-01 – 2026-03-31 ", "2026-03-01", "2026-03-31"),
        ("2026-03-01", "2026-03-01", "2026-03-01"),
    ],
)
def test_a_period_is_parsed(text: str, first: str, last: str) -> None:
    assert parse_period(text, TODAY) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "2026-13", "2026-13-01", "2026-03-31..2026-03-01", "2020-01-01..2026-01-01"),
        *("..", "2026-01-01..", "2026-01..2026-02..2026-03", "9999-12..", "0000-01"),
    ],
)
def test_other_text_is_no_period(text: str) -> None:
    assert parse_period(text, TODAY) is None


@given(st.text(alphabet="0123456789-. to…wekmonhday", max_size=24))
def test_any_text_is_a_period_or_none(text: str) -> None:
    span = parse_period(text, TODAY)
    assert span is None or 0 <= (span[1] - span[0]).days < LONGEST_PERIOD


async def test_text_that_is_no_period_is_refused(running: RunningBot) -> None:
    answer = await running.command("usage", "--period someday")
    assert answer == Refused(why="input", sentence=wording.no_period("someday"))


# --- one set of figures


async def test_chat_shell_home_and_web_show_the_same_figures(
    running: RunningBot, capsys: pytest.CaptureFixture[str]
) -> None:
    dice, jobs = random.Random(6), []
    for _ in range(60):
        running.clock.now += dice.randrange(36_000)
        person, images = dice.choice((ANN, BOB, LATE)), dice.randint(1, 4)
        job = await reserve(
            running.ledger,
            images,
            workspace=dice.choice(("chat:team", "chat:other")),
            channel=dice.choice(("general", "art")),
            person=person.id,
            name=person.name,
            tier=dice.choice(("fast", "standard", "ultra")),
            request=SPEC,
        )
        jobs.append(id_text(job.id))
        await running.ledger.jobs.start(job.id)
        delivered = dice.randint(0, images)
        close = Close(
            images=delivered,
            charge_micros=delivered * UNIT,
            cost_micros=dice.choice((delivered, images)) * UNIT,
            uncertain_micros=dice.choice((0, UNIT)),
        )
        await (running.ledger.jobs.settle if delivered else running.ledger.jobs.release)(job.id, close)
    here = UsageFilter(workspace="chat:team", first_day="2026-11-01", last_day="2026-12-31")
    for by in ("tier", "person", "channel", "day", "model"):
        expected = await running.ledger.reports.usage(here, by)  # type: ignore[arg-type]
        answer = report(
            await running.command("usage", f"--workspace --by {by} --period 2026-11..2026-12", BOSS)
        )
        extra = ("cost_micros", "uncertain_micros", "beyond_micros")
        assert sorted(answer.rows) == sorted(
            wording.usage_row(name or key, sums, extra) for key, name, sums in expected.rows
        )
        everything = await running.ledger.reports.usage(UsageFilter(), by)  # type: ignore[arg-type]
        print_usage(everything, True)
        printed = json.loads(capsys.readouterr().out)
        page = await total_spending(running.ledger, by)
        figures = {name: getattr(page.totals, name) for name in Totals.__dataclass_fields__}
        assert printed["totals"] == figures
        assert [row["key"] for row in printed["rows"]] == [key for key, _, _ in page.rows]
        assert sum(row["charge_micros"] for row in printed["rows"]) == figures["charge_micros"]
    bills = [await running.bot.bill(job) for job in jobs]
    assert {name: sum(getattr(bill, name) for bill in bills) for name in figures} == figures
    mine = report(await running.command("usage", person=ANN))
    assert (await running.bot.home(ANN, at())).lines[0] == mine.title
    assert await running.ledger.verify() == []


async def test_a_job_that_there_is_not_has_an_empty_bill(running: RunningBot) -> None:
    assert (await running.bot.bill("0000000000001")).charge_micros == 0


async def test_a_price_changes_on_its_day(build: Build, catalog: Catalog) -> None:
    """Earlier charges stay as they were, in reports and in the details of a job."""
    running = await build(catalog=catalog)
    old = await running.draw("a fox -n 1")
    before = await running.ledger.reports.usage(UsageFilter(), "day")
    running.clock.now += 24 * 3_600
    new = await running.draw("a fox -n 1")
    assert (old.charge_micros, new.charge_micros) == (60_000, 75_000)
    assert (old.price_since, new.price_since) == ("2026-05-09", "2026-11-23")
    after = await running.ledger.reports.usage(UsageFilter(), "day")
    assert set(before.rows) < set(after.rows)
    assert after.totals.charge_micros == 135_000
    tiers = {row[0]: row[3] for row in report(await running.command("tiers")).rows}
    assert tiers["standard"] == "$0.075"
    for job, price in ((old, "$0.04 × 1.5 per picture, since 2026-05-09"), (new, "$0.05 × 1.5 per picture")):
        rows = dict(running.bot.lifecycle.presenter.details(job, running.clock()).rows)
        assert rows["Price"].startswith(price)


@pytest.fixture
def catalog() -> Catalog:
    """A catalog in which the standard tier is dearer from tomorrow on."""
    plain = RunningBot.__dataclass_fields__["catalog"].default_factory()  # type: ignore[misc]
    tier = plain.tiers["standard"]
    (price,) = tier.prices
    dearer = price.model_copy(update={"since": date(2026, 11, 23), "micros": {"image": 50_000}})
    later = tier.model_copy(update={"prices": (price, dearer)})
    return plain.model_copy(update={"tiers": {**plain.tiers, "standard": later}})


async def test_channels_are_shown_by_their_names(running: RunningBot) -> None:
    named = Named("channel", "general", "art & craft")
    await running.bot.imagine(Imagine(id="1", person=ANN, address=at(), text="a fox", names=(named,)))
    await running.finish()
    report = await running.bot.command(
        Command(id="2", person=BOSS, address=at(), name="usage", options={"workspace": True, "by": "channel"})
    )
    assert isinstance(report, Report)
    assert report.rows[0][0] == "art & craft"


async def test_a_name_cannot_turn_a_row_around(running: RunningBot) -> None:
    await draw(running.ledger, workspace="chat:team", person="chat:eve", name="\u202eeve\u2066" + "e" * 200)
    options = {"workspace": True, "by": "person"}
    report = await running.bot.command(
        Command(id="1", person=BOSS, address=at(), name="usage", options=options)
    )
    assert isinstance(report, Report)
    assert report.rows[0][0] == "eve" + "e" * 56 + "…"
