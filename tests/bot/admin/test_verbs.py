"""Each verb of `/quotas`: its change, and its answer with before → after and how to take it back."""

import sqlite3
from contextlib import closing

import pytest

from bot import wording
from bot.port.cards import Notice, Refused, SettingChange
from bot.port.requests import Command, Person
from quotas.records import ANY, UNLIMITED, Limits
from quotas.records_workspace import Preferences
from tests.bot.admin.admins import (
    OP,
    OPERATOR,
    TEAM,
    log_length,
    newest_entry,
    newest_number,
    quotas,
    quotas_with_fields,
    report,
    sentence,
)
from tests.bot.conftest import Build
from tests.bot.running_bot import ANN, BOB, BOSS, RunningBot, at, request_id

MIDNIGHT_OF_2027 = 1_798_761_600  # UTC


async def change_of(running: RunningBot, text: str, person: Person = BOSS) -> str:
    """Make a change, and return the answer without how to take it back."""
    answer = await quotas(running, text, person)
    assert isinstance(answer, Notice), answer
    change, _, undo_command = answer.sentence.partition(" To take it back: ")
    assert undo_command == f"/quotas undo {await newest_number(running)}"
    return change


@pytest.fixture
async def with_ann(running: RunningBot) -> RunningBot:
    """A bot on which Ann has drawn once, so her name is known."""
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
async def test_set(
    with_ann: RunningBot, text: str, place: tuple[str, str], change: str, limits: Limits
) -> None:
    assert await change_of(with_ann, text) == change
    assert await with_ann.ledger.settings.limits(TEAM, *place) == limits  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["<@U0ANN>", "<@U0ANN|ann>", "slack:U0ANN", "slack:T0TEAM:U0ANN"])
async def test_a_slack_user_without_a_team_is_one_of_this_team(with_ann: RunningBot, text: str) -> None:
    await quotas(with_ann, f"set {text} --images-per-day 0", address=at("slack:T0TEAM"))
    assert (await newest_entry(with_ann, "slack:T0TEAM")).ref == "slack:T0TEAM:U0ANN"


@pytest.mark.parametrize(
    ("text", "kind", "wanted"),
    [
        ("set <!subteam^S1|@art> --person <!subteam^S1|@art> --images-per-day 0", "role", "person"),
        ("set --person <!subteam^S1|@art> --images-per-day 0", "role", "person"),
        ("set --person <@&77> --images-per-day 0", "role", "person"),
        ("set --person <#C1|art> --images-per-day 0", "channel", "person"),
        ("set --person chat:guests --images-per-day 0", "role", "person"),
        ("set --role <@1> --images-per-day 0", "person", "role"),
        ("set --role <#C1|art> --images-per-day 0", "channel", "role"),
        ("set --channel <@1> --images-per-day 0", "person", "channel"),
        ("set --channel <@&77> --images-per-day 0", "role", "channel"),
        ("grant <@&77> --images 5", "role", "person"),
        ("block <!subteam^S1|@art>", "role", "person"),
        ("log <#C1|art>", "channel", "person"),
        ("settings --admin-channel <@1>", "person", "channel"),
        ("settings --alert-channel <@&77>", "role", "channel"),
    ],
)
async def test_what_was_picked_is_never_taken_for_something_else(
    with_ann: RunningBot, text: str, kind: str, wanted: str
) -> None:
    before = await log_length(with_ann)
    refused = await quotas(with_ann, text)
    assert isinstance(refused, Refused)
    if not text.startswith("set <!"):
        assert refused.sentence == wording.other_kind(kind, wanted)
    assert await log_length(with_ann) == before


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("set", {"person": "slack:S0INTERNS", "images_per_day": "0"}),
        ("set", {"role": "slack:T1:U1", "images_per_day": "0"}),
        ("grant", {"person": "slack:C0ROOM", "images": "5"}),
        ("settings", {"admin_channel": "slack:T1:U1"}),
    ],
)
async def test_a_field_with_an_id_of_another_kind_is_refused(
    with_ann: RunningBot, verb: str, fields: dict[str, str]
) -> None:
    assert "Pick a" in sentence(await quotas_with_fields(with_ann, verb, **fields))
    assert await log_length(with_ann) == 0


async def test_setting_again_says_what_held_before(with_ann: RunningBot) -> None:
    await quotas(with_ann, "set @ann --images-per-day 5 --until 2026-12-31")
    assert await change_of(with_ann, "set @ann --images-per-day 7") == "Ann: pictures a day 5 → 7."
    assert await change_of(with_ann, "set @ann --images-per-day 7") == "Ann: as before."
    assert (
        await change_of(with_ann, "set @ann --images-per-day 7 --until 2026-12-24")
        == "Ann: until the end of Thu 31 Dec 2026 → the end of Thu 24 Dec 2026."
    )


async def test_a_day_ends_at_the_workspaces_midnight(with_ann: RunningBot) -> None:
    await quotas(with_ann, "settings --time-zone Asia/Tokyo")
    with_ann.clock.now += 24 * 3600
    assert "the end of Thu 31 Dec 2026" in await change_of(
        with_ann, "set --images-per-day 5 --until 2026-12-31"
    )
    limits = await with_ann.ledger.settings.limits(TEAM, "everyone", ANY)
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
async def test_grant(with_ann: RunningBot, text: str, change: str) -> None:
    assert await change_of(with_ann, text) == change
    allowance = await with_ann.ledger.reports.allowance(TEAM, ANN.id, ())
    assert allowance.images_day.granted in (1, 5)


async def test_block_and_unblock(with_ann: RunningBot) -> None:
    assert await change_of(with_ann, "block @ann --until 2026-11-30") == (
        "Ann: may draw → blocked until the end of Mon 30 Nov 2026."
    )
    assert "You are blocked" in sentence(await with_ann.ask())
    assert await change_of(with_ann, "unblock @ann") == (
        "Ann: blocked until the end of Mon 30 Nov 2026 → may draw."
    )
    await with_ann.draw()
    assert await change_of(with_ann, "block everyone --confirm") == "Everyone: may draw → blocked."
    assert "Everyone is blocked" in sentence(await with_ann.ask(person=BOB))


async def test_pause_and_resume(with_ann: RunningBot) -> None:
    with_ann.painter.gate.clear()
    before = await with_ann.accept()
    assert await change_of(with_ann, "pause --confirm") == "This workspace: drawing → paused."
    assert sentence(await with_ann.ask()) == "Drawing is paused here; an admin can resume it."
    assert sentence(await quotas(with_ann, "pause")) == wording.ALREADY_PAUSED
    with_ann.painter.gate.set()
    await with_ann.finish()
    assert (await with_ann.job(before.job)).state == "settled", "a job accepted before goes on"
    assert await change_of(with_ann, "resume") == "This workspace: paused → drawing."
    assert sentence(await quotas(with_ann, "resume")) == wording.NOT_PAUSED
    await with_ann.draw()


async def test_reset(with_ann: RunningBot) -> None:
    assert sentence(await quotas(with_ann, "reset @ann")) == wording.nothing_set("Ann")
    await quotas(with_ann, "set @ann --images-per-day 5 --tiers fast")
    assert await change_of(with_ann, "reset @ann --confirm") == (
        "Ann: pictures a day 5 → not set, tiers fast → not set."
    )
    assert await with_ann.usage_today() == (1, 0), "usage stays"


async def test_undo_and_undo_of_undo(with_ann: RunningBot) -> None:
    await quotas(with_ann, "set @ann --images-per-day 5")
    first = await newest_number(with_ann)
    assert await change_of(with_ann, f"undo {first.lower()} --confirm") == "Ann: pictures a day 5 → not set."
    second = await newest_number(with_ann)
    assert sentence(await quotas(with_ann, f"undo {first}")) == (
        f"Change {first} was taken back already, by {second}."
    )
    assert await change_of(with_ann, f"undo {second} --confirm") == "Ann: pictures a day not set → 5."
    third = await newest_number(with_ann)
    await quotas(with_ann, "set @ann --images-per-day 6")
    later = await newest_number(with_ann)
    assert sentence(await quotas(with_ann, f"undo {third}")) == (
        f"What {third} changed was changed again by {later}; take that back first."
    )


@pytest.mark.parametrize("text", ["7", "0000000000001", "no such number", "🦊"])
async def test_undo_of_an_unknown_entry_is_refused(running: RunningBot, text: str) -> None:
    answer = await quotas(running, f"undo {text}")
    assert answer == Refused(why="input", sentence=wording.no_entry(text))


async def test_undo_takes_a_grant_back(with_ann: RunningBot) -> None:
    await quotas(with_ann, "grant @ann --images 5")
    assert await change_of(with_ann, f"undo {await newest_number(with_ann)} --confirm") == (
        "Ann: taken back: 5 pictures on top on Sun 22 Nov 2026."
    )
    assert (await with_ann.ledger.reports.allowance(TEAM, ANN.id, ())).images_day.granted == 0


async def test_budget(with_ann: RunningBot) -> None:
    assert await change_of(with_ann, "budget --money-per-month 50 --at-end cheaper") == (
        "This workspace: money a month not set → $50.00, "
        "at the end of the budget stop → draw in a cheaper tier."
    )
    assert report(await quotas(with_ann, "budget")).rows == (
        ("Amount", "$50.00 a month"),
        ("Spent", "$0.06, 0 %"),
        ("Held", "$0.00"),
        ("Forecast", "too few days to tell"),
        ("Ends on", "not known"),
        ("At the end", "a cheaper tier is drawn in, while it fits"),
    )
    assert await change_of(with_ann, "budget --money-per-month unlimited") == (
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


async def test_settings(with_ann: RunningBot) -> None:
    change = await change_of(
        with_ann,
        "settings --time-zone Europe/Berlin --default-tier fast --default-ratio 16:9 --default-variants 2",
    )
    assert change == (
        "This workspace: time zone UTC → Europe/Berlin, from Mon 23 Nov, 00:00 on, "
        "default tier not set → fast, default ratio not set → 16:9, default number of pictures not set → 2."
    )
    rows = dict(report(await quotas(with_ann, "settings")).rows)
    assert (rows["Default tier"], rows["Default ratio"]) == ("fast", "16:9")
    assert (rows["Default number of pictures"], rows["Language"]) == ("2", "en")
    assert await change_of(with_ann, "settings --clear default_variants") == (
        "This workspace: default number of pictures 2 → not set."
    )
    assert (await with_ann.ledger.settings.preferences(TEAM)) == Preferences(
        default_tier="fast", default_ratio="16:9"
    )


async def test_channels_can_be_cleared(running: RunningBot) -> None:
    await quotas(running, "settings --alert-channel here --admin-channel chat:admins")
    before = await running.ledger.settings.preferences(TEAM)
    assert (before.alert_channel, before.admin_channel) == ("general", "chat:admins")
    await quotas(running, "settings --clear alert_channel")
    assert (await running.ledger.settings.preferences(TEAM)).alert_channel is None


async def test_log(with_ann: RunningBot) -> None:
    assert report(await quotas(with_ann, "log")).lines == (wording.NO_ENTRIES,)
    await quotas(with_ann, "set @ann --images-per-day 5 --reason trial for a week")
    first = await newest_number(with_ann)
    await quotas(with_ann, "block chat:bob")
    answer = report(await quotas(with_ann, "log"))
    assert answer.columns == ("When", "Who", "What", "Why", "Number")
    assert answer.rows == (
        (
            "Sun 22 Nov, 12:00",
            "Boss",
            "block · chat:bob: may draw → blocked",
            "",
            await newest_number(with_ann),
        ),
        ("Sun 22 Nov, 12:00", "Boss", "set · Ann: pictures a day not set → 5", "trial for a week", first),
    )
    assert report(await quotas(with_ann, "log @ann")).rows == answer.rows[1:]


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


async def test_export(with_ann: RunningBot) -> None:
    answer = report(await quotas(with_ann, "export month"))
    assert answer.title == "Usage of this workspace, 2026-11-01 to 2026-11-22"
    assert answer.file is not None
    assert answer.file.name.endswith(".csv")
    assert b"Ann" in answer.file.data
    assert sentence(await quotas(with_ann, "export tomorrow")) == wording.no_period("tomorrow")


@pytest.mark.parametrize(
    ("text", "expected"),
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
        ("set @ann --images-per-day 5 --until 9999-12-31", wording.far_day("9999-12-31")),
        ("block @ann --until 2126-10-29", wording.far_day("2126-10-29")),
        ("settings --time-zone Mars/Olympus", wording.no_zone("Mars/Olympus")),
        ("block @ann --until 2026-11-01", wording.past_day("2026-11-01")),
    ],
)
async def test_an_impossible_change_says_what_to_type(with_ann: RunningBot, text: str, expected: str) -> None:
    assert await quotas(with_ann, text) == Refused(why="input", sentence=expected)
    assert await log_length(with_ann) == 0


async def test_an_end_is_shown_rightly_before_a_day_without_midnight(with_ann: RunningBot) -> None:
    await quotas(with_ann, "settings --time-zone Asia/Beirut")
    with_ann.clock.now += 2 * 86_400
    assert "the end of Sat 27 Mar 2027" in await change_of(with_ann, "block @ann --until 2027-03-27")


async def test_a_grant_may_last_thirty_one_days(with_ann: RunningBot) -> None:
    assert "to Tue 22 Dec 2026" in await change_of(with_ann, "grant @ann --images 3 --until 2026-12-22")


async def test_in_direct_messages_an_id_names_somebody_who_is_not_known_yet(build: Build) -> None:
    running = await build(operators=frozenset((OPERATOR,)))
    answer = await quotas(running, "set chat:sam --images-per-day 5", OP, address=at("dm"))
    assert sentence(answer).startswith("chat:sam: pictures a day not set → 5.")


async def test_a_change_is_told_as_data_too(with_ann: RunningBot) -> None:
    async def change(text: str) -> SettingChange:
        answer = await quotas(with_ann, text)
        assert isinstance(answer, Notice)
        assert answer.change is not None
        return answer.change

    five = {
        "verb": "set",
        "workspace": TEAM,
        "kind": "person",
        "ref": ANN.id,
        "after": '{"images_per_day": 5}',
    }
    assert await change("set @ann --images-per-day 5 --dry-run") == SettingChange(**five)
    made = await change("set @ann --images-per-day 5")
    assert made == SettingChange(**five, entry=(await newest_entry(with_ann)).id)
    nothing = await change("reset #general --confirm")
    assert (nothing.verb, nothing.kind, nothing.entry, nothing.after) == ("reset", "channel", None, None)
    assert (await change("resume")).entry is None


async def test_a_name_of_two_people_asks_for_the_id(running: RunningBot) -> None:
    for name in ("chat:twin1", "chat:twin2"):
        await running.draw("a fox -n 1", Person(id=name, name="Twin"))
    assert sentence(await quotas(running, "set @twin --images-per-day 5")) == (
        "@twin may be Twin (chat:twin1), Twin (chat:twin2); give the id."
    )
    assert (
        await change_of(running, "set chat:twin2 --images-per-day 5") == "Twin: pictures a day not set → 5."
    )
    assert await change_of(running, "set @twin2 --images-per-day 6") == "Twin: pictures a day 5 → 6."


async def test_a_name_from_another_workspace_is_unknown_here(running: RunningBot) -> None:
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
async def test_a_verb_of_one_workspace_must_say_which(build: Build, text: str) -> None:
    running = await build(operators=frozenset({OPERATOR}))
    answer = await quotas(running, text, OP, address=at(ANY))
    assert answer == Refused(why="input", sentence=wording.WHICH_WORKSPACE)


async def test_a_name_may_have_two_words(running: RunningBot) -> None:
    await running.draw("a fox -n 1", Person(id="chat:lee", name="Ann Lee"))
    assert (
        await change_of(running, "set @ann lee --images-per-day 5") == "Ann Lee: pictures a day not set → 5."
    )


async def test_fields_are_read_like_typed_words(with_ann: RunningBot) -> None:
    """A platform sends a subcommand by its whole name, and text for a word or a number."""
    fields = {"person": ANN.id, "images_per_day": "unlimited", "money_per_day": "2.50", "tiers": "fast"}
    answer = await quotas_with_fields(with_ann, "set", **fields)
    assert sentence(answer).startswith(
        "Ann: pictures a day not set → no limit, money a day not set → $2.50, tiers not set → fast."
    )
    answer = await quotas_with_fields(with_ann, "grant", person=ANN.id, money="a lot")
    assert "not an amount of dollars" in sentence(answer)
    answer = await quotas_with_fields(with_ann, "grant", person=ANN.id, images=5)
    assert sentence(answer).startswith("Ann: 5 pictures on top on Sun 22 Nov 2026.")
    assert "--person is missing" in sentence(await quotas_with_fields(with_ann, "grant", images=5))


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


def dump(running: RunningBot) -> list[str]:
    """Dump the whole database of the ledger."""
    with closing(sqlite3.connect(running.folder / "imagine.db")) as db:
        return list(db.iterdump())


@pytest.mark.parametrize("text", CHANGES)
async def test_a_dry_run_changes_nothing_and_says_what_would_change(with_ann: RunningBot, text: str) -> None:
    await quotas(with_ann, "set --images-per-day 9")
    await quotas(with_ann, "block chat:bob")
    if text == "resume":
        await quotas(with_ann, "pause --confirm")
    text = text.format(number=await newest_number(with_ann))
    before, preferences = dump(with_ann), await with_ann.ledger.settings.preferences(TEAM)
    dry = sentence(await quotas(with_ann, f"{text} --dry-run"))
    assert dump(with_ann) == before
    assert await with_ann.ledger.settings.preferences(TEAM) == preferences
    assert with_ann.chat.messages.keys() <= {"m1"}, "nobody is notified"
    assert wording.only_tried(await change_of(with_ann, text)) == dry
    assert dump(with_ann) != before


async def test_the_same_request_is_one_change(with_ann: RunningBot) -> None:
    command = Command(id=request_id(), person=BOSS, address=at(), name="quotas", text="grant @ann --images 5")
    first, second = await with_ann.bot.command(command), await with_ann.bot.command(command)
    assert first == second
    assert await log_length(with_ann) == 1


HOSTILE = "**@everyone** <b>x</b> [a](http://x) `\u202e\u200b" + "n" * 300


async def test_hostile_names_stay_short_and_on_one_line(running: RunningBot) -> None:
    await running.draw("a fox -n 1", Person(id="chat:mallory", name=HOSTILE))
    change = await change_of(
        running, "set chat:mallory --images-per-day 5", Person(id="chat:eve", name=HOSTILE, admin=True)
    )
    assert change.startswith("**@everyone** <b>x</b> [a](http://x) `nnn"), "the adapters escape it"
    assert len(change) < 120
    assert "\u202e" not in change


async def test_reasons_are_kept_as_written_and_bounded(running: RunningBot) -> None:
    await quotas(running, "set --images-per-day 5 --reason <@U1> **because** =1+1 --until 2026-12-31")
    assert (await newest_entry(running)).reason == "<@U1> **because** =1+1"
    answer = await quotas(running, f"set --images-per-day 6 --reason {'x' * 7_000}")
    assert "too long by 6,800" in sentence(answer)
    answer = await quotas_with_fields(running, "set", images_per_day=6, reason="x" * 10_000)
    assert "too long by 9,800" in sentence(answer)
    assert await log_length(running) == 1


async def test_a_ledger_that_fails_is_reported(running: RunningBot, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(**_: object) -> None:
        raise OSError("disk")

    monkeypatch.setattr(type(running.ledger.settings), "set_limits", fails)
    assert "Something broke on our side" in sentence(await quotas(running, "set --images-per-day 5"))
