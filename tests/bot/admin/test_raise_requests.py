"""*Ask for more*: a refusal, a card for the admins, one answer, and the asker hears of it."""

import asyncio
from dataclasses import replace

import pytest

from bot import wording
from bot.port.cards import Card, Form, Notice, Refused
from bot.port.requests import Address, MessageRef, Person
from quotas.ids import id_text
from tests.bot.admin.admins import (
    ADMINS,
    CHIEF,
    OP,
    OPERATOR,
    TEAM,
    button,
    log_length,
    newest,
    posted,
    quotas,
    report,
    sentence,
    with_admins,
)
from tests.bot.conftest import Build
from tests.bot.running_bot import ANN, BOB, BOSS, RunningBot, at, until
from tests.fakes.chat import FakeChat

NOBODYS = Notice(sentence=wording.NO_SUCH_REFUSAL)


@pytest.fixture
async def short(build: Build) -> RunningBot:
    """Where everyone may draw four pictures a day, and admins have a channel."""
    return await with_admins(await build(images=4, operators=frozenset({OPERATOR})))


async def stopped(running: RunningBot, person: Person = ANN, text: str = "a fox -n 4") -> str:
    """A refusal's button, by the name it carries."""
    if (await running.usage_today(person))[0] == 0:
        await running.draw("a fox -n 3", person)
    return button(await running.ask(text, person)).target


async def asked(running: RunningBot, person: Person = ANN) -> str:
    job = await stopped(running, person)
    assert await running.press("more", job, person) == Notice(sentence=wording.ASKED)
    return job


def told(running: RunningBot, person: Person = ANN) -> list[str]:
    """What this person alone was told."""
    messages = running.chat.messages.values()
    return [sentence(each.card) for each in messages if each.ref.address.private_to == person.id]


async def approve(running: RunningBot, job: str, person: Person = BOSS, **fields: str) -> str:
    return sentence(await running.press("approve", job, person, **fields))


async def test_the_whole_story(short: RunningBot) -> None:
    job = await asked(short)
    (card,) = posted(short)
    shown = report(card.card)
    assert shown.title == "Ann asks for more: 4 pictures"
    assert shown.rows == (
        ("Has", "4 pictures per day"),
        ("Used or held", "3 pictures"),
        ("Stopped by", "everyone's allowance"),
    )
    assert [(each.verb, each.label, each.target) for each in shown.buttons] == [
        ("approve", "Approve", job),
        ("deny", "Deny", job),
    ]
    form = await short.form(job, BOSS, verb="approve")
    assert isinstance(form, Form)
    assert [(field.name, field.value, field.required) for field in form.fields] == [
        ("images", "4", True),
        ("until", "", False),
    ]
    yes = "Boss said yes: 5 pictures on top on each day from Sun 22 Nov 2026 to Tue 24 Nov 2026."
    assert await approve(short, job, images="5", until="2026-11-24") == yes
    answered = report(card.card)
    assert (answered.lines, answered.buttons) == ((yes,), ())
    assert told(short) == [
        "You asked for more, and you have it: "
        "5 pictures on top on each day from Sun 22 Nov 2026 to Tue 24 Nov 2026."
    ]
    entry = await newest(short)
    assert (entry.verb, entry.author, entry.ref, entry.reason) == ("grant", BOSS.id, ANN.id, "asked for")
    await short.draw("a fox -n 4")
    assert len(short.chat.messages) == 4, "no more is told than that: two galleries, the card, the answer"


async def test_no(short: RunningBot) -> None:
    job = await asked(short)
    assert sentence(await short.press("deny", job, BOSS)) == "Boss said no."
    assert told(short) == ["You asked for more; Boss said no this time."]
    assert report(posted(short)[0].card).lines == ("Boss said no.",)
    entry = await newest(short)
    assert (entry.verb, entry.author, entry.ref) == ("deny", BOSS.id, ANN.id)
    assert "deny · Ann: asked for more, and was told no" in [
        row[2] for row in report(await quotas(short, "log")).rows
    ]
    again = await stopped(short)
    assert sentence(await short.press("more", again, ANN)) == wording.SAID_NO_TODAY
    short.clock.now += 24 * 3600
    await short.draw("a fox -n 3")
    again = await stopped(short)
    assert sentence(await short.press("more", again, ANN)) == wording.ASKED


@pytest.mark.parametrize(
    ("setting", "refusal"),
    [
        ("set chat:ann --images-per-day 4", "their own allowance"),
        ("set --role chat:painters --images-per-day 4", "their role's allowance"),
        ("set --money-per-day 0.24", "everyone's allowance"),
        ("set --money-per-month 0.24", "everyone's allowance"),
    ],
)
async def test_limits_that_a_grant_lifts_can_be_asked_about(build: Build, setting: str, refusal: str) -> None:
    running = await with_admins(await build())
    await quotas(running, setting)
    ann = replace(ANN, roles=("chat:painters",))
    job = await asked(running, ann)
    card = report(next(each for each in posted(running) if report(each.card).buttons).card)
    assert card.rows[-1] == ("Stopped by", refusal)
    await approve(running, job)
    await running.draw("a fox -n 4", ann)


@pytest.mark.parametrize(
    "setting",
    [
        "set #general --images-per-day 4",
        "set --whole workspace --images-per-day 4",
        "budget --money-per-month 0.24",
        "set --tiers fast",
        "block chat:ann",
        "pause --confirm",
    ],
)
async def test_what_no_grant_lifts_is_not_asked_about(build: Build, setting: str) -> None:
    running = await with_admins(await build())
    await running.draw("a fox -n 3")
    await quotas(running, setting)
    answer = await running.ask("a fox -n 4")
    assert isinstance(answer, Refused)
    assert answer.buttons == ()


async def test_without_a_channel_there_is_nobody_to_ask(build: Build) -> None:
    running = await build(images=2)
    answer = await running.ask("a fox -n 4")
    assert isinstance(answer, Refused)
    assert answer.buttons == ()


async def test_a_day_has_one_open_request(short: RunningBot) -> None:
    first, second = await stopped(short), await stopped(short)
    answers = await asyncio.gather(*(short.press("more", job, ANN) for job in (first, first, second, second)))
    assert sorted(map(sentence, answers)) == sorted([wording.ASKED, *[wording.ASKED_ALREADY] * 3])
    assert sentence(await short.press("more", second, ANN)) == wording.ASKED_ALREADY
    assert len(posted(short)) == 1
    await asked(short, BOB)
    assert len(posted(short)) == 2, "another person's is another request"


async def test_after_a_yes_one_may_ask_again(short: RunningBot) -> None:
    job = await asked(short)
    await approve(short, job, images="1")
    assert sentence(await short.press("more", job, ANN)) == wording.NO_SUCH_REFUSAL, "it was answered"
    await asked(short)


async def test_only_who_was_refused_asks(short: RunningBot) -> None:
    job = await stopped(short)
    assert await short.press("more", job, BOB) == NOBODYS
    assert await short.press("more", job, BOSS) == NOBODYS
    assert posted(short) == []


@pytest.mark.parametrize(
    ("person", "workspace", "says"),
    [
        (ANN, TEAM, wording.FOR_ADMINS),
        (replace(BOSS, admin=False), TEAM, wording.FOR_ADMINS),
        (BOSS, "other:team", wording.NO_SUCH_REFUSAL),
        (BOSS, "dm", wording.NO_SUCH_REFUSAL),
    ],
    ids=["the asker", "demoted", "an admin elsewhere", "an admin, directly"],
)
async def test_who_may_not_answer(short: RunningBot, person: Person, workspace: str, says: str) -> None:
    job = await asked(short)
    for verb in ("approve", "deny"):
        assert await short.press(verb, job, person, address=at(workspace)) == Notice(sentence=says)
    if workspace == TEAM:
        assert await short.form(job, person, verb="approve") == Notice(sentence=says)
    assert await log_length(short) == 1
    assert told(short) == []


async def test_an_operator_answers_from_anywhere(short: RunningBot) -> None:
    job = await asked(short)
    answer = await short.press("approve", job, OP, address=at("other:team"))
    assert sentence(answer).startswith("Op said yes: 4 pictures")
    assert (await newest(short)).workspace == TEAM


async def test_two_admins_at_once_are_one_answer(short: RunningBot) -> None:
    job = await asked(short)
    answers = [
        sentence(each)
        for each in await asyncio.gather(
            short.press("approve", job, BOSS, images="5"),
            short.press("approve", job, CHIEF, images="7"),
            short.press("deny", job, replace(CHIEF, id="chat:third", name="Third")),
        )
    ]
    assert sum("already" in each for each in answers) == 2
    assert len(told(short)) == 1
    assert await log_length(short) == 2, "the channel's setting, and one answer"
    allowance = await short.ledger.reports.allowance(TEAM, ANN.id, ())
    assert allowance.images_day.granted in (0, 5, 7)


async def test_an_answer_stands_after_a_restart(short: RunningBot) -> None:
    job = await asked(short)
    await short.crash()
    await short.open()
    await approve(short, job)
    await short.crash()
    await short.open()
    assert sentence(await short.press("deny", job, CHIEF)) == "It was answered already, by Boss."
    assert await short.form(job, CHIEF, verb="approve") == Notice(sentence=wording.answered_already("Boss"))
    assert await log_length(short) == 2


async def test_a_crash_between_the_answer_and_its_telling(short: RunningBot) -> None:
    """The entry is there, and nobody was told: whoever presses next tells what was answered first."""
    job = await asked(short)
    await short.ledger.people.record_person(TEAM, CHIEF.id, CHIEF.name, 0.0)
    await short.ledger.settings.grant(
        workspace=TEAM, person=ANN.id, images=2, money=0, author=CHIEF.id, reason="", request_id=f"more:{job}"
    )
    assert sentence(await short.press("deny", job, BOSS)).startswith("Chief said yes: 2 pictures")
    assert told(short) == ["You asked for more, and you have it: 2 pictures on top on Sun 22 Nov 2026."]
    assert await log_length(short) == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"images": "many"},
        {"images": "0"},
        {"images": "5", "until": "tomorrow"},
        {"images": "5", "until": "2026-11-21"},
        {"images": "5", "until": "2027-11-21"},
    ],
)
async def test_a_form_that_makes_no_sense_changes_nothing(short: RunningBot, fields: dict[str, str]) -> None:
    job = await asked(short)
    answer = await short.press("approve", job, BOSS, **fields)
    assert isinstance(answer, Refused)
    assert await log_length(short) == 1
    assert (await approve(short, job)).startswith("Boss said yes: 4 pictures")


@pytest.mark.parametrize("retryable", [True, False])
async def test_where_the_card_cannot_be_posted_it_was_not_asked(short: RunningBot, retryable: bool) -> None:
    job = await stopped(short)
    short.chat.fail("post", retryable=retryable)
    assert sentence(await short.press("more", job, ANN)) == wording.NOBODY_TO_ASK
    assert sentence(await short.press("more", job, ANN)) == wording.ASKED
    assert len(posted(short)) == 1


async def test_where_nobody_can_be_told_the_answer_still_stands(short: RunningBot) -> None:
    job = await asked(short)
    short.chat.fail("post", private=True)
    short.chat.fail("revise")
    assert (await approve(short, job)).startswith("Boss said yes")
    await short.draw("a fox -n 4")


async def test_answered_while_it_was_being_posted(build: Build) -> None:
    """The card can be seen, and pressed, before the platform has said where it is."""

    class Late(FakeChat):
        async def post(self, address: Address, card: Card, *, key: str) -> MessageRef:
            ref = await super().post(address, card, key=key)
            if key.endswith(".asked"):
                await approve(running, key.removesuffix(".asked"))
            return ref

    running = await with_admins(await build(images=4, chat=Late()))
    job = await stopped(running)
    assert sentence(await running.press("more", job, ANN)) == wording.ASKED
    assert report(posted(running)[0].card).lines == ("Boss said yes: 4 pictures on top on Sun 22 Nov 2026.",)


async def test_money_is_asked_for_in_dollars(build: Build) -> None:
    running = await with_admins(await build())
    await quotas(running, "set --money-per-day 0.20")
    await until(lambda: len(posted(running)) == 1)
    running.chat.messages.clear()
    job = button(await running.ask("a fox -n 4")).target
    await running.press("more", job, ANN)
    assert [report(each.card).title for each in posted(running)] == ["Ann asks for more: $0.24"]
    form = await running.form(job, BOSS, verb="approve")
    assert isinstance(form, Form)
    assert [(field.name, field.value) for field in form.fields] == [("money", "0.24"), ("until", "")]
    assert await approve(running, job, money="$1.50") == "Boss said yes: $1.50 on top on Sun 22 Nov 2026."


async def test_a_hostile_name_stays_short(short: RunningBot) -> None:
    mallory = Person(id="chat:mallory", name="<!channel> **\u202e" + "x" * 4_000)
    await asked(short, mallory)
    title = report(posted(short)[0].card).title
    assert title.startswith("<!channel> **xxx"), "platforms escape it, with all else"
    assert len(title) < 120


async def test_no_words_of_the_asker_are_in_the_card(short: RunningBot) -> None:
    await short.draw("a fox -n 3")
    job = button(await short.ask("a secret thing -n 4")).target
    await short.press("more", job, ANN)
    assert "secret" not in str(posted(short)[0].card)
    assert posted(short)[0].ref.address.channel == ADMINS
    assert id_text((await newest(short)).id) not in job
