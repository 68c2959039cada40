"""Changes that ask first: a question with a button, for its author, for ten minutes, once."""

import asyncio

import pytest

from bot import wording
from bot.admin.confirmations import PATIENCE
from bot.port.cards import Notice
from bot.port.requests import Person
from quotas.records import ANY, Limits
from tests.bot.admin.admins import (
    CHIEF,
    OP,
    OPERATOR,
    TEAM,
    button,
    log_length,
    quotas,
    report,
    sentence,
)
from tests.bot.conftest import Build
from tests.bot.running_bot import ANN, BOSS, RunningBot, at

ASKING = {
    "reset": ("reset", "Everyone: pictures a day 5 → not set."),
    "pause": ("pause", "This workspace: drawing → paused."),
    "undo": ("undo {number}", "Everyone: pictures a day 5 → not set."),
    "block everyone": ("block", "Everyone: may draw → blocked."),
}
NOT_YOURS = Notice(sentence=wording.NO_LONGER_YOURS)


@pytest.fixture
async def limited(running: RunningBot) -> RunningBot:
    """Where everyone may draw five pictures a day."""
    await quotas(running, "set --images-per-day 5")
    return running


async def asked(running: RunningBot, verb: str = "pause") -> str:
    """The name that the button carries."""
    number = wording.number((await running.ledger.settings.entries(TEAM, 1))[0])
    return button(await quotas(running, ASKING[verb][0].format(number=number))).target


@pytest.mark.parametrize("verb", ASKING)
async def test_asks_first_and_then_does_it(limited: RunningBot, verb: str) -> None:
    text, change = ASKING[verb]
    number = wording.number((await limited.ledger.settings.entries(TEAM, 1))[0])
    question = report(await quotas(limited, text.format(number=number)))
    assert (question.title, question.lines[0]) == (wording.QUESTION, change)
    assert [(each.verb, each.label) for each in question.buttons] == [("confirm", "Confirm")]
    assert await log_length(limited) == 1, "nothing has changed yet"
    assert sentence(await limited.press("confirm", question.buttons[0].target, BOSS)).startswith(change)
    assert await log_length(limited) == 2


@pytest.mark.parametrize("verb", ["set --images-per-day 7", "grant chat:ann --images 1", "block chat:ann"])
async def test_these_do_not_ask(limited: RunningBot, verb: str) -> None:
    assert isinstance(await quotas(limited, verb), Notice)
    assert await log_length(limited) == 2


@pytest.mark.parametrize("somebody", [ANN, CHIEF, OP], ids=["member", "another admin", "operator"])
async def test_nobody_else_confirms_it(build: Build, somebody: Person) -> None:
    running = await build(operators=frozenset({OPERATOR}))
    await quotas(running, "set --images-per-day 5")
    job = await asked(running)
    assert await running.press("confirm", job, somebody) == NOT_YOURS
    assert await log_length(running) == 1
    assert "paused" in sentence(await running.press("confirm", job, BOSS))


async def test_once(limited: RunningBot) -> None:
    job = await asked(limited, "undo")
    await limited.press("confirm", job, BOSS)
    assert await limited.press("confirm", job, BOSS) == NOT_YOURS
    assert await log_length(limited) == 2


async def test_pressed_twice_at_once_it_is_done_once(limited: RunningBot) -> None:
    job = await asked(limited, "reset")
    answers = await asyncio.gather(*(limited.press("confirm", job, BOSS) for _ in range(5)))
    done = {sentence(each) for each in answers} - {wording.NO_LONGER_YOURS}
    assert len(done) == 1
    assert await log_length(limited) == 2


@pytest.mark.parametrize(("late", "works"), [(PATIENCE - 1, True), (PATIENCE, False)])
async def test_for_ten_minutes(limited: RunningBot, late: float, works: bool) -> None:
    job = await asked(limited)
    limited.clock.now += late
    answer = await limited.press("confirm", job, BOSS)
    assert (answer != NOT_YOURS) == works
    assert await log_length(limited) == 1 + works


async def test_after_a_restart(limited: RunningBot) -> None:
    job = await asked(limited)
    await limited.crash()
    await limited.open()
    assert "paused" in sentence(await limited.press("confirm", job, BOSS))


async def test_not_from_another_workspace(limited: RunningBot) -> None:
    job = await asked(limited)
    assert await limited.press("confirm", job, BOSS, address=at("other:team")) == NOT_YOURS
    assert await log_length(limited) == 1


async def test_what_became_impossible_meanwhile_is_said(limited: RunningBot) -> None:
    first, second = await asked(limited, "undo"), await asked(limited, "undo")
    await limited.press("confirm", first, BOSS)
    assert "was taken back already" in sentence(await limited.press("confirm", second, BOSS))
    assert await log_length(limited) == 2
    assert await limited.ledger.settings.limits(TEAM, "everyone", ANY) in (None, Limits())


async def test_a_made_up_button_is_nobodys(running: RunningBot) -> None:
    for job in ("", "0000000000001", "x/y"):
        assert await running.press("confirm", job, BOSS) == NOT_YOURS
