"""Commands that answer at once, for the requester only."""

import pytest

from bot.commands.registry import registry
from bot.commands.spec import Option
from bot.port.cards import Refused, Reply, Report
from quotas.catalog import load_catalog
from tests.bot.running_bot import BOB, BOSS, RunningBot

NAMES = ("imagine", "compare", "tiers", "quota", "usage", "recent", "find", "kept", "link", "forget", "help")


def report(answer: Reply) -> Report:
    assert isinstance(answer, Report), answer
    return answer


async def test_tiers_price_a_month_of_a_hundred_pictures_a_day(running: RunningBot) -> None:
    answer = report(await running.command("tiers"))
    assert {row[0]: row[-1] for row in answer.rows} == {
        "fast": "$90.00",
        "standard": "$180.00",
        "ultra": "$360.00",
        "gpt low": "$49.50",
        "gpt medium": "$189.00",
        "gpt high": "$751.50",
    }


@pytest.mark.parametrize("text", ["10", "--per-day 10"])
async def test_tiers_price_a_month_of_another_number_a_day(running: RunningBot, text: str) -> None:
    answer = report(await running.command("tiers", text))
    assert answer.columns[-1] == "10 a day, 30 days"
    assert answer.rows[0][-1] == "$9.00"
    assert answer == report(await running.command("tiers", per_day=10))


async def test_tiers_say_what_each_cannot_draw(running: RunningBot) -> None:
    lines = "\n".join(report(await running.command("tiers")).lines)
    assert "Not for a transparent background, editing a picture, readable text." in lines
    assert "gpt: readable text, transparent background, editing a picture.\n" in lines
    assert "9:16 phone wallpaper" in lines


async def test_quota_shows_what_is_used_held_and_left(running: RunningBot) -> None:
    await running.draw("a fox -n 3")
    running.painter.gate.clear()
    await running.accept("a fox -n 2")
    answer = report(await running.command("quota"))
    assert answer.columns == ("", "Limit", "Granted", "Used", "Held", "Left")
    assert answer.rows[0] == ("Pictures today", "400", "0", "3", "2", "395")
    assert answer.rows[1] == ("Money today", "no limit", "$0.00", "$0.18", "$0.12", "no limit")
    assert answer.lines == ("Renews in 12 h, at midnight UTC.",)
    assert report(await running.command("quota", person=BOB)).rows[0][3] == "0"


async def test_help_lists_the_commands_for_everyone(running: RunningBot) -> None:
    names = [row[0] for row in report(await running.command("help")).rows]
    assert names == [f"/{name}" for name in NAMES]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("tiers", "--per-dya 5", "--per-day"),
        ("tiers", "many", "“many” is not something /tiers takes"),
        ("usage", "--by teir", "tier"),
        ("quota", "please", "please"),
        ("draw", "", "There is no command /draw; /help lists those that are."),
    ],
)
async def test_a_misread_command_is_refused_with_the_nearest_word(
    running: RunningBot, name: str, text: str, expected: str
) -> None:
    answer = await running.command(name, text)
    assert isinstance(answer, Refused)
    assert answer.why == "input"
    assert expected in answer.sentence


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fox --ultar", "did you mean --ultra?"),
        ("fox --ratio 16:8", "nearest is 16:9"),
        ("fox -n 5", "from 1 to 4"),
        ("fox --fast --transparent", "GPT-Image-2 (tier gpt) can"),
        ("fox --quality high", "has no quality to choose; GPT-Image-2 has"),
        ("", "Say what to draw"),
    ],
)
async def test_a_request_that_cannot_be_drawn_is_refused_before_anything_is_spent(
    running: RunningBot, text: str, expected: str
) -> None:
    answer = await running.ask(text)
    assert isinstance(answer, Refused)
    assert expected in answer.sentence
    assert await running.usage_today() == (0, 0)
    assert running.painter.orders == []


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"tier": "best"}, "There is no tier 'best'"),
        ({"ratio": "5:1"}, "There is no ratio '5:1'"),
        ({"variants": 9}, "9 is not possible"),
        ({"variants": 0}, "0 is not possible"),
        ({"tier": "gpt", "quality": "huge"}, "no quality 'huge'"),
    ],
)
async def test_a_field_with_an_unknown_value_is_refused(
    running: RunningBot, options: dict[str, str | int], expected: str
) -> None:
    answer = await running.ask("fox", **options)  # type: ignore[arg-type]
    assert isinstance(answer, Refused)
    assert expected in answer.sentence


async def test_a_tier_that_is_switched_off_says_so(running: RunningBot) -> None:
    running.painter.off["standard"] = "Imagen 4 Standard is switched off."
    answer = await running.ask()
    assert answer == Refused(why="unavailable", sentence="Imagen 4 Standard is switched off.")


async def test_without_a_price_there_is_no_picture(running: RunningBot) -> None:
    running.clock.now -= 300 * 24 * 3600  # before any price holds
    answer = await running.ask()
    assert isinstance(answer, Refused)
    assert "No price is known" in answer.sentence
    assert report(await running.command("tiers")).rows == ()


DAYS = ("0001-01-01", "1970-01-01", "2126-10-29", "9999-12-30", "9999-12-31", "10000-01-01", "today+9999999")
NUMBERS = ("0", "1", "-1", "9" * 19, "1" + "0" * 30, "9" * 2_000, "1e308", "0." + "0" * 300 + "1", "inf", "²")
PERIODS = (*DAYS, "0001-01", "9999-12", "0000-01", "9999-01..9999-12", "0001-01-01..9999-12-31", "9999-13")
COMMANDS = [command for command in registry(load_catalog()).values() if command.name != "imagine"]
EXTREMES = {"day": DAYS, "integer": NUMBERS, "money": NUMBERS}


def extremes(option: Option) -> tuple[str, ...]:
    return PERIODS if option.name == "period" else EXTREMES.get(option.kind, ())


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
async def test_no_day_and_no_figure_breaks_a_command(running: RunningBot, command) -> None:  # type: ignore[no-untyped-def]
    await running.draw("a fox -n 1")
    beside = {
        "quotas set": " --images-per-day 5",
        "quotas grant": " --images 1",
        "quotas block": " --confirm",
    }
    name, _, verb = command.name.partition(" ")
    here = "@ann " if verb in ("grant", "block") else ""
    for option in command.options:
        for value in extremes(option):
            more = beside.get(verb, "") if option.kind == "day" else ""
            answer = await running.command(name, f"{verb} {here}{option.flag} {value}{more}", BOSS)
            assert not isinstance(answer, Refused) or answer.why == "input", answer
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
        await running.command("quotas", f"settings --time-zone {zone}", BOSS)
        running.clock.now += 48 * 3600
        report(await running.command("quotas", "log", BOSS))
        report(await running.command("quota"))
