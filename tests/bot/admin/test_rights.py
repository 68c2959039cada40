"""Rights to change settings: every actor, every place, every verb."""

from dataclasses import replace

import pytest

from bot import wording
from bot.port.cards import Refused
from bot.port.requests import Address, Person
from quotas.limits.rules import GUESTS
from quotas.records import ANY, Identity
from tests.bot.admin.admins import (
    CHIEF,
    NUMBER,
    OP,
    OPERATOR,
    TEAM,
    button,
    log_length,
    quotas,
    sentence,
)
from tests.bot.conftest import Build
from tests.bot.running_bot import ANN, BOB, BOSS, RunningBot, at

VERBS = {
    "set": "set --images-per-day 5",
    "grant": "grant chat:bob --images 5",
    "reset": "reset --confirm",
    "block": "block chat:bob",
    "unblock": "unblock chat:bob",
    "pause": "pause --confirm",
    "resume": "resume",
    "log": "log",
    "undo": f"undo {NUMBER} --confirm",
    "budget": "budget --money-per-month 5",
    "export": "export",
    "settings": "settings --default-tier fast",
}
ACTORS = {
    "member": ANN,
    "guest": Person(id="chat:guest", name="Guest", roles=(f"chat{GUESTS}",)),
    "admin": BOSS,
    "admin of another workspace": Person(id="other:boss", name="Other"),
    "demoted admin": replace(BOSS, admin=False),
    "joined with an admin": BOB,
    "operator": OP,
    "shell": Person(id="shell:root", name="root", operator=True),
}
PLACES = {
    "here": at(),
    "elsewhere": at("other:team"),
    "direct": at("dm"),
    "everywhere": Address(platform="shell", workspace=ANY, channel="shell"),
}
ALLOWED = {
    ("admin", "here"),
    *((actor, place) for actor in ("operator", "shell") for place in PLACES),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("actor", ACTORS)
async def test_only_admins_and_operators_may_use_the_verbs(build: Build, actor: str, place: str) -> None:
    """A platform names the admins of one workspace. In direct messages or everywhere, that gives no right."""
    running = await build(operators=frozenset({OPERATOR}))
    ids = (Identity(TEAM, BOSS.id, "Boss"), Identity(TEAM, BOB.id, "Bob"))
    await running.ledger.people.link(*ids, reason="", request_id="joined")
    person = ACTORS[actor]
    if person.admin and place == "elsewhere":
        person = replace(person, admin=False)
    before = await log_length(running)
    for verb, text in VERBS.items():
        answer = await quotas(running, text, person, address=PLACES[place])
        refused = isinstance(answer, Refused) and answer.why == "policy"
        assert refused == ((actor, place) not in ALLOWED), (verb, answer)
    assert (await log_length(running) > before) == ((actor, place) in ALLOWED)


async def test_a_member_is_refused_before_anything_is_looked_up(running: RunningBot) -> None:
    for text in ("set @ann --images-per-day 5", "undo 7", "set", "log @nobody"):
        answer = await quotas(running, text, ANN)
        assert answer == Refused(why="policy", sentence=wording.FOR_ADMINS)


@pytest.mark.parametrize("text", ["set --whole bot --money-per-day 5", "pause --whole bot --confirm"])
async def test_only_operators_may_change_the_whole_bot(build: Build, text: str) -> None:
    running = await build(operators=frozenset({OPERATOR}))
    answer = await quotas(running, text)
    assert answer == Refused(why="policy", sentence=wording.FOR_OPERATORS)
    assert await log_length(running) == 0
    assert not isinstance(await quotas(running, text, OP), Refused)
    assert (await running.ledger.settings.entries(ANY, 1))[0].kind == "bot"


async def test_an_admin_may_change_only_their_own_workspace(build: Build) -> None:
    running = await build(operators=frozenset({OPERATOR}))
    there = at("other:team")
    await quotas(running, "set --images-per-day 5", CHIEF, address=there)
    entry = (await running.ledger.settings.entries("other:team", 1))[0]
    number = wording.number(entry)
    assert await running.ledger.settings.entries(TEAM, 1) == []
    assert "another workspace" in sentence(await quotas(running, f"undo {number} --confirm"))
    assert "5 → not set" in sentence(await quotas(running, f"undo {number} --confirm", OP))
    assert await running.ledger.settings.limits("other:team", "everyone", ANY) is None


async def test_a_former_admin_cannot_confirm(running: RunningBot) -> None:
    confirm_button = button(await quotas(running, "pause"))
    demoted = replace(BOSS, admin=False)
    answer = await running.press("confirm", confirm_button.target, demoted)
    assert answer == Refused(why="policy", sentence=wording.FOR_ADMINS)
    assert await log_length(running) == 0
    assert "paused" in sentence(await running.press("confirm", confirm_button.target, BOSS)), "an admin again"


async def test_help_lists_the_verbs_for_admins_only(running: RunningBot) -> None:
    for person, is_listed in ((ANN, False), (BOSS, True)):
        names = [row[0] for row in (await running.command("help", person=person)).rows]  # type: ignore[union-attr]
        assert ("/quotas undo" in names) == is_listed
