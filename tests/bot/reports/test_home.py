"""A person's own page."""

from dataclasses import replace

from bot import wording
from bot.port.requests import Person
from bot.port.views import Home
from quotas.ids import id_text
from quotas.ledger import Ledger
from quotas.records import ANY, Kind, Limits
from tests.bot.conftest import Build
from tests.bot.running_bot import ANN, BOB, BOSS, NOON, RunningBot, at

WEEK = int(NOON) + 7 * 24 * 3600


async def page(running: RunningBot, person: Person = ANN, workspace: str = "chat:team") -> Home:
    return await running.bot.home(person, replace(at(workspace), channel=""))


async def set_limits(ledger: Ledger, kind: Kind, ref: str, limits: Limits) -> None:
    by = {"author": "boss", "reason": "", "request_id": f"{kind} {ref}"}
    await ledger.settings.set_limits(workspace="chat:team", kind=kind, ref=ref, change=limits, **by)


async def test_a_newcomers_page_says_how_to_begin(running: RunningBot) -> None:
    home = await page(running)
    assert home.title == "Your pictures"
    assert home.lines == (
        "You, 2026-11-01 to 2026-11-22: $0.00 for 0 pictures",
        "Renews in 12 h, at midnight UTC.",
        wording.HELP_LINE,
    )
    assert home.allowance.columns == wording.QUOTA_COLUMNS
    assert home.allowance.rows[0] == ("Pictures today", "400", "0", "0", "0", "400")
    assert (home.past, home.settings) == ((), None)
    assert [(button.verb, button.target) for button in home.buttons] == [("imagine", "")]


async def test_the_page_shows_the_last_pictures_and_what_they_cost(running: RunningBot) -> None:
    jobs = [await running.draw(f"fox {number} -n 1", private=number == 6) for number in range(7)]
    await running.draw("another one's", BOB)
    home = await page(running)
    assert home.lines == (
        "You, 2026-11-01 to 2026-11-22: $0.42 for 7 pictures",
        "Renews in 12 h, at midnight UTC.",
    )
    assert home.past_title == "Your last pictures"
    assert [past.prompt for past in home.past] == ["fox 6", "fox 5", "fox 4", "fox 3", "fox 2"]
    newest = home.past[0]
    assert (newest.tier, newest.when, newest.paid) == (
        *("standard", "Sun 22 Nov, 12:00 UTC"),
        "1 picture, $0.06",
    )
    assert [(button.verb, button.label, button.target) for button in newest.buttons] == [
        ("show", "Show", id_text(jobs[6].id)),
        ("again", "Again", id_text(jobs[6].id)),
        ("share", "Share", id_text(jobs[6].id)),
    ]
    assert [button.verb for button in home.past[1].buttons] == ["show", "again"]


async def test_the_page_shows_one_workspace_only(running: RunningBot) -> None:
    await running.draw("a fox")
    elsewhere = await page(running, workspace="chat:other")
    assert elsewhere.past == ()
    assert elsewhere.lines[0].endswith("$0.00 for 0 pictures")


async def test_an_admin_sees_the_limits_set_here(running: RunningBot) -> None:
    await running.draw("a fox")
    await set_limits(running.ledger, "everyone", ANY, Limits(images_per_day=20, tiers=("fast", "gpt")))
    await set_limits(running.ledger, "person", ANN.id, Limits(images_per_day=5, until=WEEK))
    await set_limits(running.ledger, "role", "chat:painters", Limits(money_per_month=50_000_000))
    await set_limits(running.ledger, "channel", "chat:old", Limits(images_per_day=1, until=int(NOON)))
    by = {"author": "boss", "reason": "", "request_id": "block"}
    await running.ledger.settings.block(workspace="chat:team", person=ANN.id, blocked=True, until=None, **by)
    settings = (await page(running, BOSS)).settings
    assert settings is not None
    assert (settings.title, settings.columns) == ("Allowances set here", ("Who", "What", "Until"))
    assert settings.rows == (
        ("Everyone", "images per day 20, tiers fast, gpt", ""),
        ("Role chat:painters", "money per month $50.00", ""),
        ("Ann", "images per day 5", "Sun 29 Nov, 12:00 UTC"),
        ("Ann", "blocked from drawing", ""),
    )
    other = (await page(running, BOSS, "chat:other")).settings
    assert other is not None
    assert other.rows == ()


async def test_an_operator_sees_the_limits_and_nobody_else(build: Build) -> None:
    running = await build(operators=frozenset({BOB.id}))
    assert (await page(running, BOB)).settings is not None
    assert (await page(running, ANN)).settings is None


async def test_a_page_that_cannot_be_built_says_so(running: RunningBot) -> None:
    await running.ledger.close()
    home = await page(running)
    assert home.title == "Your pictures"
    assert home.lines[0] == wording.NOT_NOTED
    await running.bot.stop(0)
    await running.open()
