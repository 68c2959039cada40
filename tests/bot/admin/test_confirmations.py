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

QUESTIONS = {
    "reset": ("reset", "Everyone: pictures a day 5 → not set."),
    "pause": ("pause", "This workspace: drawing → paused."),
    "undo": ("undo {number}", "Everyone: pictures a day 5 → not set."),
    "block everyone": ("block", "Everyone: may draw → blocked."),
}
NOT_YOURS = Notice(sentence=wording.NO_LONGER_YOURS)


@pytest.fixture
async def with_limit(running: RunningBot) -> RunningBot:
    """A bot where everyone may draw five pictures a day."""
    await quotas(running, "set --images-per-day 5")
    return running


async def ask(running: RunningBot, verb: str = "pause") -> str:
    """Ask for a change, and return the target of the button that confirms it."""
    number = wording.number((await running.ledger.settings.entries(TEAM, 1))[0])
    return button(await quotas(running, QUESTIONS[verb][0].format(number=number))).target


@pytest.mark.parametrize("verb", QUESTIONS)
async def test_some_verbs_ask_before_they_change_anything(with_limit: RunningBot, verb: str) -> None:
    text, change = QUESTIONS[verb]
    number = wording.number((await with_limit.ledger.settings.entries(TEAM, 1))[0])
    question = report(await quotas(with_limit, text.format(number=number)))
    assert (question.title, question.lines[0]) == (wording.QUESTION, change)
    assert [(each.verb, each.label) for each in question.buttons] == [("confirm", "Confirm")]
    assert await log_length(with_limit) == 1, "nothing has changed yet"
    assert sentence(await with_limit.press("confirm", question.buttons[0].target, BOSS)).startswith(change)
    assert await log_length(with_limit) == 2


@pytest.mark.parametrize("verb", ["set --images-per-day 7", "grant chat:ann --images 1", "block chat:ann"])
async def test_other_verbs_do_not_ask(with_limit: RunningBot, verb: str) -> None:
    assert isinstance(await quotas(with_limit, verb), Notice)
    assert await log_length(with_limit) == 2


@pytest.mark.parametrize("somebody", [ANN, CHIEF, OP], ids=["member", "another admin", "operator"])
async def test_nobody_else_can_confirm_a_change(build: Build, somebody: Person) -> None:
    running = await build(operators=frozenset({OPERATOR}))
    await quotas(running, "set --images-per-day 5")
    target = await ask(running)
    assert await running.press("confirm", target, somebody) == NOT_YOURS
    assert await log_length(running) == 1
    assert "paused" in sentence(await running.press("confirm", target, BOSS))


async def test_a_change_is_confirmed_once(with_limit: RunningBot) -> None:
    target = await ask(with_limit, "undo")
    await with_limit.press("confirm", target, BOSS)
    assert await with_limit.press("confirm", target, BOSS) == NOT_YOURS
    assert await log_length(with_limit) == 2


async def test_presses_at_the_same_time_make_one_change(with_limit: RunningBot) -> None:
    target = await ask(with_limit, "reset")
    answers = await asyncio.gather(*(with_limit.press("confirm", target, BOSS) for _ in range(5)))
    sentences = {sentence(each) for each in answers} - {wording.NO_LONGER_YOURS}
    assert len(sentences) == 1
    assert await log_length(with_limit) == 2


@pytest.mark.parametrize(("late", "works"), [(PATIENCE - 1, True), (PATIENCE, False)])
async def test_a_change_can_be_confirmed_for_ten_minutes(
    with_limit: RunningBot, late: float, works: bool
) -> None:
    target = await ask(with_limit)
    with_limit.clock.now += late
    answer = await with_limit.press("confirm", target, BOSS)
    assert (answer != NOT_YOURS) == works
    assert await log_length(with_limit) == 1 + works


async def test_a_change_can_be_confirmed_after_a_restart(with_limit: RunningBot) -> None:
    target = await ask(with_limit)
    await with_limit.crash()
    await with_limit.open()
    assert "paused" in sentence(await with_limit.press("confirm", target, BOSS))


async def test_a_change_cannot_be_confirmed_from_another_workspace(with_limit: RunningBot) -> None:
    target = await ask(with_limit)
    assert await with_limit.press("confirm", target, BOSS, address=at("other:team")) == NOT_YOURS
    assert await log_length(with_limit) == 1


async def test_confirming_a_change_that_became_impossible_says_so(with_limit: RunningBot) -> None:
    first, second = await ask(with_limit, "undo"), await ask(with_limit, "undo")
    await with_limit.press("confirm", first, BOSS)
    assert "was taken back already" in sentence(await with_limit.press("confirm", second, BOSS))
    assert await log_length(with_limit) == 2
    assert await with_limit.ledger.settings.limits(TEAM, "everyone", ANY) in (None, Limits())


async def test_an_unknown_button_confirms_nothing(running: RunningBot) -> None:
    for target in ("", "0000000000001", "x/y"):
        assert await running.press("confirm", target, BOSS) == NOT_YOURS
