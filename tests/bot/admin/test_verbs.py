"""What each verb of `/quotas` does, and what it says: before → after, and how it is taken back."""

import sqlite3
from contextlib import closing

import pytest

from bot import wording
from bot.port.cards import Notice, Refused
from bot.port.requests import Command, Person
from quotas.records import ANY, UNLIMITED, Limits
from quotas.records_workspace import Preferences
from tests.bot.admin.admins import (
    OP,
    OPERATOR,
    TEAM,
    filled,
    log_length,
    newest,
    number,
    quotas,
    report,
    sentence,
)
from tests.bot.conftest import Build
from tests.bot.running_bot import ANN, BOB, BOSS, RunningBot, at, request_id

MIDNIGHT_OF_2027 = 1_798_761_600  # UTC


async def said(running: RunningBot, text: str, person: Person = BOSS) -> str:
    """The answer to a change that is made, without how it is taken back."""
    answer = await quotas(running, text, person)
    assert isinstance(answer, Notice), answer
    change, _, taken_back_by = answer.sentence.partition(" To take it back: ")
    assert taken_back_by == f"/quotas undo {await number(running)}"
    return change


@pytest.fixture
async def known(running: RunningBot) -> RunningBot:
    """A bot for which Ann has drawn once, so that her name is known."""
    await running.draw("a fox -n 1")
    return running


@pytest.mark.parametrize(
    ("text", "place", "change", "limits"),
    [
        (
            "set @ann --images-per-day 5",
            ("person", ANN.id),
            "Ann: pictures a day not set → 5.",
            Limits(images_per_day=5),
        ),
        (
            "set --images-per-day unlimited --money-per-day 2.50 --tiers fast,standard --until 2026-12-31",
            ("everyone", ANY),
            "Everyone: pictures a day not set → no limit, money a day not set → $2.50, "
            "tiers not set → fast and standard, until the end of Thu 31 Dec 2026.",
            Limits(
                images_per_day=UNLIMITED,
                money_per_day=2_500_000,
                tiers=("fast", "standard"),
                until=MIDNIGHT_OF_2027,
            ),
        ),
        (
            "set <@&77> --images-per-day 0",
            ("role", "chat:77"),
            "Role chat:77: pictures a day not set → 0.",
            Limits(images_per_day=0),
        ),
        (
            "set <@!9> --images-per-day 1",
            ("person", "chat:9"),
            "chat:9: pictures a day not set → 1.",
            Limits(images_per_day=1),
        ),
        (
            "set <!subteam^S1|@art> --images-per-day 1",
            ("role", "chat:S1"),
            "Role chat:S1: pictures a day not set → 1.",
            Limits(images_per_day=1),
        ),
        (
            "set <#C1|art> --images-per-day 1",
            ("channel", "chat:C1"),
            "Channel chat:C1: pictures a day not set → 1.",
            Limits(images_per_day=1),
        ),
        (
            "set #general --money-per-month 9",
            ("channel", "general"),
            "Channel general: money a month not set → $9.00.",
            Limits(money_per_month=9_000_000),
        ),
        (
            "set --whole workspace --money-per-month 9",
            ("workspace", ANY),
            "This workspace: money a month not set → $9.00.",
            Limits(money_per_month=9_000_000),
        ),
        (
            "set --role chat:team --images-per-day 3",
            ("everyone", ANY),
            "Everyone: pictures a day not set → 3.",
            Limits(images_per_day=3),
        ),
    ],
)
async def test_set(known: RunningBot, text: str, place: tuple[str, str], change: str, limits: Limits) -> None:
    assert await said(known, text) == change
    assert await known.ledger.settings.limits(TEAM, *place) == limits  # type: ignore[arg-type]


async def test_set_once_more_says_what_was_before(known: RunningBot) -> None:
    await quotas(known, "set @ann --images-per-day 5 --until 2026-12-31")
    assert await said(known, "set @ann --images-per-day 7") == "Ann: pictures a day 5 → 7."
    assert await said(known, "set @ann --images-per-day 7") == "Ann: as before."
    assert (
        await said(known, "set @ann --images-per-day 7 --until 2026-12-24")
        == "Ann: until the end of Thu 31 Dec 2026 → the end of Thu 24 Dec 2026."
    )


async def test_a_day_ends_at_the_workspaces_midnight(known: RunningBot) -> None:
    await quotas(known, "settings --time-zone Asia/Tokyo")
    known.clock.now += 24 * 3600
    assert "the end of Thu 31 Dec 2026" in await said(known, "set --images-per-day 5 --until 2026-12-31")
    limits = await known.ledger.settings.limits(TEAM, "everyone", ANY)
    assert limits is not None
    assert limits.until == MIDNIGHT_OF_2027 - 9 * 3600


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("grant @ann --images 5", "Ann: 5 pictures on top on Sun 22 Nov 2026."),
        (
            "grant @Ann --images 1 --money 2.50 --until 2026-11-24",
            "Ann: 1 picture and $2.50 on top on each day from Sun 22 Nov 2026 to Tue 24 Nov 2026.",
        ),
    ],
)
async def test_grant(known: RunningBot, text: str, change: str) -> None:
    assert await said(known, text) == change
    allowance = await known.ledger.reports.allowance(TEAM, ANN.id, ())
    assert allowance.images_day.granted in (1, 5)


async def test_block_and_unblock(known: RunningBot) -> None:
    assert await said(known, "block @ann --until 2026-11-30") == (
        "Ann: may draw → blocked until the end of Mon 30 Nov 2026."
    )
    assert "You are blocked" in sentence(await known.ask())
    assert await said(known, "unblock @ann") == ("Ann: blocked until the end of Mon 30 Nov 2026 → may draw.")
    await known.draw()
    assert await said(known, "block everyone --confirm") == "Everyone: may draw → blocked."
    assert "Everyone is blocked" in sentence(await known.ask(person=BOB))


async def test_pause_and_resume(known: RunningBot) -> None:
    known.painter.gate.clear()
    before = await known.accept()
    assert await said(known, "pause --confirm") == "This workspace: drawing → paused."
    assert sentence(await known.ask()) == "Drawing is paused here; an admin can resume it."
    assert sentence(await quotas(known, "pause")) == wording.ALREADY_PAUSED
    known.painter.gate.set()
    await known.finish()
    assert (await known.job(before.job)).state == "settled", "what was accepted before goes on"
    assert await said(known, "resume") == "This workspace: paused → drawing."
    assert sentence(await quotas(known, "resume")) == wording.NOT_PAUSED
    await known.draw()


async def test_reset(known: RunningBot) -> None:
    assert sentence(await quotas(known, "reset @ann")) == wording.nothing_set("Ann")
    await quotas(known, "set @ann --images-per-day 5 --tiers fast")
    assert await said(known, "reset @ann --confirm") == (
        "Ann: pictures a day 5 → not set, tiers fast → not set."
    )
    assert await known.usage_today() == (1, 0), "usage stays"


async def test_undo_and_undo_of_undo(known: RunningBot) -> None:
    await quotas(known, "set @ann --images-per-day 5")
    first = await number(known)
    assert await said(known, f"undo {first.lower()} --confirm") == "Ann: pictures a day 5 → not set."
    second = await number(known)
    assert sentence(await quotas(known, f"undo {first}")) == (
        f"Change {first} was taken back already, by {second}."
    )
    assert await said(known, f"undo {second} --confirm") == "Ann: pictures a day not set → 5."
    third = await number(known)
    await quotas(known, "set @ann --images-per-day 6")
    later = await number(known)
    assert sentence(await quotas(known, f"undo {third}")) == (
        f"What {third} changed was changed again by {later}; take that back first."
    )


@pytest.mark.parametrize("typed", ["7", "0000000000001", "no such number", "🦊"])
async def test_undo_of_nothing(running: RunningBot, typed: str) -> None:
    answer = await quotas(running, f"undo {typed}")
    assert answer == Refused(why="input", sentence=wording.no_entry(typed))


async def test_undo_takes_a_grant_back(known: RunningBot) -> None:
    await quotas(known, "grant @ann --images 5")
    assert await said(known, f"undo {await number(known)} --confirm") == (
        "Ann: taken back: 5 pictures on top on Sun 22 Nov 2026."
    )
    assert (await known.ledger.reports.allowance(TEAM, ANN.id, ())).images_day.granted == 0


async def test_budget(known: RunningBot) -> None:
    assert await said(known, "budget --money-per-month 50 --at-end cheaper") == (
        "This workspace: money a month not set → $50.00, "
        "at the end of the budget stop → draw in a cheaper tier."
    )
    assert report(await quotas(known, "budget")).rows == (
        ("Amount", "$50.00 a month"),
        ("Spent", "$0.06, 0 %"),
        ("Held", "$0.00"),
        ("Forecast", "too few days to tell"),
        ("Ends on", "not known"),
        ("At the end", "a cheaper tier is drawn in, while it fits"),
    )
    assert await said(known, "budget --money-per-month unlimited") == (
        "This workspace: money a month $50.00 → not set."
    )


async def test_budget_with_a_forecast(build: Build) -> None:
    running = await build()
    running.clock.now -= 8 * 24 * 3600
    for _ in range(8):
        await running.draw("a fox -n 4")
        running.clock.now += 24 * 3600
    await quotas(running, "budget --money-per-month 2")
    rows = dict(report(await quotas(running, "budget")).rows)
    assert rows["Spent"] == "$1.92, 96 %"
    assert rows["Forecast"].startswith("$")
    assert "most likely between" in rows["Forecast"]
    assert rows["Ends on"] == "Sun 22 Nov 2026"


async def test_settings(known: RunningBot) -> None:
    change = await said(
        known,
        "settings --time-zone Europe/Berlin --default-tier fast --default-ratio 16:9 --default-variants 2",
    )
    assert change == (
        "This workspace: time zone UTC → Europe/Berlin, from Mon 23 Nov, 00:00 on, "
        "default tier not set → fast, default ratio not set → 16:9, default number of pictures not set → 2."
    )
    rows = dict(report(await quotas(known, "settings")).rows)
    assert (rows["Default tier"], rows["Default ratio"]) == ("fast", "16:9")
    assert (rows["Default number of pictures"], rows["Language"]) == ("2", "en")
    assert await said(known, "settings --clear default_variants") == (
        "This workspace: default number of pictures 2 → not set."
    )
    assert (await known.ledger.settings.preferences(TEAM)) == Preferences(
        default_tier="fast", default_ratio="16:9"
    )


async def test_channels_can_be_cleared(running: RunningBot) -> None:
    await quotas(running, "settings --alert-channel here --admin-channel chat:admins")
    before = await running.ledger.settings.preferences(TEAM)
    assert (before.alert_channel, before.admin_channel) == ("general", "chat:admins")
    await quotas(running, "settings --clear alert_channel")
    assert (await running.ledger.settings.preferences(TEAM)).alert_channel is None


async def test_log(known: RunningBot) -> None:
    assert report(await quotas(known, "log")).lines == (wording.NO_ENTRIES,)
    await quotas(known, "set @ann --images-per-day 5 --reason trial for a week")
    first = await number(known)
    await quotas(known, "block chat:bob")
    answer = report(await quotas(known, "log"))
    assert answer.columns == ("When", "Who", "What", "Why", "Number")
    assert answer.rows == (
        (
            "Sun 22 Nov, 12:00",
            "Boss",
            "block · chat:bob: may draw → blocked",
            "",
            await number(known),
        ),
        ("Sun 22 Nov, 12:00", "Boss", "set · Ann: pictures a day not set → 5", "trial for a week", first),
    )
    assert report(await quotas(known, "log @ann")).rows == answer.rows[1:]


async def test_log_is_the_newest_twenty_by_the_workspaces_clock(running: RunningBot) -> None:
    await quotas(running, "settings --time-zone Asia/Tokyo")
    running.clock.now += 24 * 3600
    for images in range(25):
        await quotas(running, f"set --images-per-day {images}")
    rows = report(await quotas(running, "log")).rows
    assert len(rows) == 20
    assert rows[0][:3] == ("Mon 23 Nov, 21:00", "Boss", "set · Everyone: pictures a day 23 → 24")


async def test_log_of_all_workspaces_says_in_which(build: Build) -> None:
    running = await build(operators=frozenset({OPERATOR}))
    await quotas(running, "set --images-per-day 5")
    rows = report(await quotas(running, "log", OP, address=at(ANY))).rows
    assert [row[2] for row in rows] == ["chat:team · set · Everyone: pictures a day not set → 5"]


async def test_export(known: RunningBot) -> None:
    answer = report(await quotas(known, "export month"))
    assert answer.title == "Usage of this workspace, 2026-11-01 to 2026-11-22"
    assert answer.file is not None
    assert answer.file.name.endswith(".csv")
    assert b"Ann" in answer.file.data
    assert sentence(await quotas(known, "export tomorrow")) == wording.no_period("tomorrow")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("set", wording.NOTHING_TO_SET),
        ("set @ann --until 2026-12-31", wording.NOTHING_TO_SET),
        ("set @ann #general --images-per-day 5", wording.ONE_TARGET),
        ("set @ann --whole workspace --images-per-day 5", wording.ONE_TARGET),
        ("set --images-per-day 5 --until 2026-11-21", wording.past_day("2026-11-21")),
        ("set @paul --images-per-day 5", wording.nobody_called("@paul")),
        ("set --role @painters --images-per-day 5", wording.no_role("@painters")),
        ("set #art --images-per-day 5", wording.no_channel("#art")),
        ("grant @ann", wording.NOTHING_TO_GRANT),
        ("grant everyone --images 3", wording.GRANT_TO_ONE),
        ("grant @ann --images 3 --until 2026-12-23", wording.too_many_days(31)),
        ("grant @ann --images 3 --until 2026-11-21", wording.past_day("2026-11-21")),
        ("settings --time-zone Mars/Olympus", wording.no_zone("Mars/Olympus")),
        ("block @ann --until 2026-11-01", wording.past_day("2026-11-01")),
    ],
)
async def test_what_cannot_be_done_says_what_to_type(known: RunningBot, text: str, says: str) -> None:
    assert await quotas(known, text) == Refused(why="input", sentence=says)
    assert await log_length(known) == 0


async def test_the_last_day_of_a_grant_is_the_thirty_first(known: RunningBot) -> None:
    assert "to Tue 22 Dec 2026" in await said(known, "grant @ann --images 3 --until 2026-12-22")


async def test_two_of_one_name(running: RunningBot) -> None:
    for name in ("chat:twin1", "chat:twin2"):
        await running.draw("a fox -n 1", Person(id=name, name="Twin"))
    assert sentence(await quotas(running, "set @twin --images-per-day 5")) == (
        "@twin may be Twin (chat:twin1), Twin (chat:twin2); give the id."
    )
    assert await said(running, "set chat:twin2 --images-per-day 5") == "Twin: pictures a day not set → 5."
    assert await said(running, "set @twin2 --images-per-day 6") == "Twin: pictures a day 5 → 6."


async def test_who_drew_elsewhere_is_not_known_here(running: RunningBot) -> None:
    await running.draw("a fox -n 1", Person(id="chat:zoe", name="Zoe"), address=at("other:team"))
    assert sentence(await quotas(running, "set @zoe --images-per-day 5")) == wording.nobody_called("@zoe")


@pytest.mark.parametrize(
    "text",
    [
        "grant chat:ann --images 5",
        "set --channel chat:art --images-per-day 5",
        "budget --money-per-month 5",
        "settings --default-tier fast",
    ],
)
async def test_what_is_of_one_workspace_must_say_which(build: Build, text: str) -> None:
    running = await build(operators=frozenset({OPERATOR}))
    answer = await quotas(running, text, OP, address=at(ANY))
    assert answer == Refused(why="input", sentence=wording.WHICH_WORKSPACE)


async def test_a_name_of_two_words(running: RunningBot) -> None:
    await running.draw("a fox -n 1", Person(id="chat:lee", name="Ann Lee"))
    assert await said(running, "set @ann lee --images-per-day 5") == "Ann Lee: pictures a day not set → 5."


async def test_fields_of_a_platform_are_read_as_typed_words_are(known: RunningBot) -> None:
    """A platform gives a subcommand by its whole name, and text for what may be a word or a number."""
    fields = {"person": ANN.id, "images_per_day": "unlimited", "money_per_day": "2.50", "tiers": "fast"}
    answer = await filled(known, "set", **fields)
    assert sentence(answer).startswith(
        "Ann: pictures a day not set → no limit, money a day not set → $2.50, tiers not set → fast."
    )
    answer = await filled(known, "grant", person=ANN.id, money="a lot")
    assert "not an amount of dollars" in sentence(answer)
    answer = await filled(known, "grant", person=ANN.id, images=5)
    assert sentence(answer).startswith("Ann: 5 pictures on top on Sun 22 Nov 2026.")
    assert "--person is missing" in sentence(await filled(known, "grant", images=5))


CHANGES = [
    "set @ann --images-per-day 5",
    "grant @ann --images 5 --money 1 --until 2026-11-30",
    "reset --confirm",
    "block @ann",
    "block everyone --confirm",
    "unblock chat:bob",
    "pause --confirm",
    "resume",
    "undo {number} --confirm",
    "budget --money-per-month 5 --at-end cheaper",
    "settings --time-zone Asia/Tokyo --default-tier fast --admin-channel chat:admins",
]


def everything(running: RunningBot) -> list[str]:
    """The whole content of the ledger, but for what is only remembered of words typed."""
    with closing(sqlite3.connect(running.folder / "imagine.db")) as db:
        return list(db.iterdump())


@pytest.mark.parametrize("text", CHANGES)
async def test_dry_run_changes_nothing_and_says_what_it_would(known: RunningBot, text: str) -> None:
    await quotas(known, "set --images-per-day 9")
    await quotas(known, "block chat:bob")
    if text == "resume":
        await quotas(known, "pause --confirm")
    text = text.format(number=await number(known))
    before, preferred = everything(known), await known.ledger.settings.preferences(TEAM)
    dry = sentence(await quotas(known, f"{text} --dry-run"))
    assert everything(known) == before
    assert await known.ledger.settings.preferences(TEAM) == preferred
    assert known.chat.messages.keys() <= {"m1"}, "nobody is told"
    assert wording.only_tried(await said(known, text)) == dry
    assert everything(known) != before


async def test_the_same_request_is_one_change(known: RunningBot) -> None:
    command = Command(id=request_id(), person=BOSS, address=at(), name="quotas", text="grant @ann --images 5")
    first, second = await known.bot.command(command), await known.bot.command(command)
    assert first == second
    assert await log_length(known) == 1


HOSTILE = "**@everyone** <b>x</b> [a](http://x) `\u202e\u200b" + "n" * 300


async def test_hostile_names_stay_short_and_on_one_line(running: RunningBot) -> None:
    await running.draw("a fox -n 1", Person(id="chat:mallory", name=HOSTILE))
    change = await said(
        running, "set chat:mallory --images-per-day 5", Person(id="chat:eve", name=HOSTILE, admin=True)
    )
    assert change.startswith("**@everyone** <b>x</b> [a](http://x) `nnn"), (
        "platforms escape it, with all else"
    )
    assert len(change) < 120
    assert "\u202e" not in change


async def test_reasons_are_kept_as_written_and_bounded(running: RunningBot) -> None:
    await quotas(running, "set --images-per-day 5 --reason <@U1> **because** =1+1 --until 2026-12-31")
    assert (await newest(running)).reason == "<@U1> **because** =1+1"
    answer = await quotas(running, f"set --images-per-day 6 --reason {'x' * 7_000}")
    assert "too long by 6,800" in sentence(answer)
    answer = await filled(running, "set", images_per_day=6, reason="x" * 10_000)
    assert "too long by 9,800" in sentence(answer)
    assert await log_length(running) == 1


async def test_a_ledger_that_fails_is_no_silence(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(**_: object) -> None:
        raise OSError("disk")

    monkeypatch.setattr(type(running.ledger.settings), "set_limits", fails)
    assert "Something broke on our side" in sentence(await quotas(running, "set --images-per-day 5"))
