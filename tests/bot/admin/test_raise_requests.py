"""*Ask for more*: a refusal, a card for the admins, one answer, and a message to the requester."""

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
    messages_in,
    newest_entry,
    quotas,
    report,
    sentence,
    set_admin_channel,
)
from tests.bot.conftest import Build
from tests.bot.running_bot import ANN, BOB, BOSS, RunningBot, at, until
from tests.fakes.chat import FakeChat

NOT_YOURS = Notice(sentence=wording.NO_SUCH_REFUSAL)


@pytest.fixture
async def running(build: Build) -> RunningBot:
    """A bot where everyone may draw four pictures a day, and admins have a channel."""
    return await set_admin_channel(await build(images=4, operators=frozenset({OPERATOR})))


async def get_refused(running: RunningBot, person: Person = ANN, text: str = "a fox -n 4") -> str:
    """Use the allowance up, and return the target of the button on the refusal."""
    if (await running.usage_today(person))[0] == 0:
        await running.draw("a fox -n 3", person)
    return button(await running.ask(text, person)).target


async def ask_for_more(running: RunningBot, person: Person = ANN) -> str:
    target = await get_refused(running, person)
    assert await running.press("more", target, person) == Notice(sentence=wording.ASKED)
    return target


def private_sentences(running: RunningBot, person: Person = ANN) -> list[str]:
    """Return the sentences that were posted to this person only."""
    messages = running.chat.messages.values()
    return [sentence(each.card) for each in messages if each.ref.address.private_to == person.id]


async def approve(running: RunningBot, target: str, person: Person = BOSS, **fields: str) -> str:
    return sentence(await running.press("approve", target, person, **fields))


async def test_an_admin_says_yes_and_the_requester_hears_of_it(running: RunningBot) -> None:
    target = await ask_for_more(running)
    (card,) = messages_in(running)
    question = report(card.card)
    assert question.title == "Ann asks for more: 4 pictures"
    assert question.rows == (
        ("Has", "4 pictures per day"),
        ("Used or held", "3 pictures"),
        ("Stopped by", "everyone's allowance"),
    )
    assert [(each.verb, each.label, each.target) for each in question.buttons] == [
        ("approve", "Approve", target),
        ("deny", "Deny", target),
    ]
    form = await running.form(target, BOSS, verb="approve")
    assert isinstance(form, Form)
    assert [(field.name, field.value, field.required) for field in form.fields] == [
        ("images", "4", True),
        ("until", "", False),
    ]
    yes = "Boss said yes: 5 pictures on top on each day from Sun 22 Nov 2026 to Tue 24 Nov 2026."
    assert await approve(running, target, images="5", until="2026-11-24") == yes
    answer = report(card.card)
    assert (answer.lines, answer.buttons) == ((yes,), ())
    assert private_sentences(running) == [
        "You asked for more, and you have it: "
        "5 pictures on top on each day from Sun 22 Nov 2026 to Tue 24 Nov 2026."
    ]
    entry = await newest_entry(running)
    assert (entry.verb, entry.author, entry.ref, entry.reason) == ("grant", BOSS.id, ANN.id, "asked for")
    await running.draw("a fox -n 4")
    assert len(running.chat.messages) == 4, "two galleries, the card and the answer, and nothing more"


async def test_an_admin_says_no_and_the_requester_hears_of_it(running: RunningBot) -> None:
    target = await ask_for_more(running)
    assert sentence(await running.press("deny", target, BOSS)) == "Boss said no."
    assert private_sentences(running) == ["You asked for more; Boss said no this time."]
    assert report(messages_in(running)[0].card).lines == ("Boss said no.",)
    entry = await newest_entry(running)
    assert (entry.verb, entry.author, entry.ref) == ("deny", BOSS.id, ANN.id)
    assert "deny · Ann: asked for more, and was told no" in [
        row[2] for row in report(await quotas(running, "log")).rows
    ]
    again = await get_refused(running)
    assert sentence(await running.press("more", again, ANN)) == wording.SAID_NO_TODAY
    running.clock.now += 24 * 3600
    await running.draw("a fox -n 3")
    again = await get_refused(running)
    assert sentence(await running.press("more", again, ANN)) == wording.ASKED


@pytest.mark.parametrize(
    ("setting", "refusal"),
    [
        ("set chat:ann --images-per-day 4", "their own allowance"),
        ("set --role chat:painters --images-per-day 4", "their role's allowance"),
        ("set --money-per-day 0.24", "everyone's allowance"),
        ("set --money-per-month 0.24", "everyone's allowance"),
    ],
)
async def test_limits_that_a_grant_lifts_offer_to_ask(build: Build, setting: str, refusal: str) -> None:
    running = await set_admin_channel(await build())
    await quotas(running, setting)
    ann = replace(ANN, roles=("chat:painters",))
    target = await ask_for_more(running, ann)
    card = report(next(each for each in messages_in(running) if report(each.card).buttons).card)
    assert card.rows[-1] == ("Stopped by", refusal)
    await approve(running, target)
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
async def test_limits_that_no_grant_lifts_do_not_offer_to_ask(build: Build, setting: str) -> None:
    running = await set_admin_channel(await build())
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


async def test_a_person_has_one_open_request_a_day(running: RunningBot) -> None:
    first, second = await get_refused(running), await get_refused(running)
    answers = await asyncio.gather(
        *(running.press("more", target, ANN) for target in (first, first, second, second))
    )
    assert sorted(map(sentence, answers)) == sorted([wording.ASKED, *[wording.ASKED_ALREADY] * 3])
    assert sentence(await running.press("more", second, ANN)) == wording.ASKED_ALREADY
    assert len(messages_in(running)) == 1
    await ask_for_more(running, BOB)
    assert len(messages_in(running)) == 2, "another person has a request of their own"


async def test_after_a_yes_a_person_may_ask_again(running: RunningBot) -> None:
    target = await ask_for_more(running)
    await approve(running, target, images="1")
    assert sentence(await running.press("more", target, ANN)) == wording.NO_SUCH_REFUSAL, "it was answered"
    await ask_for_more(running)


async def test_only_the_person_who_was_refused_can_ask(running: RunningBot) -> None:
    target = await get_refused(running)
    assert await running.press("more", target, BOB) == NOT_YOURS
    assert await running.press("more", target, BOSS) == NOT_YOURS
    assert messages_in(running) == []


@pytest.mark.parametrize(
    ("person", "workspace", "expected"),
    [
        (ANN, TEAM, wording.FOR_ADMINS),
        (replace(BOSS, admin=False), TEAM, wording.FOR_ADMINS),
        (BOSS, "other:team", wording.NO_SUCH_REFUSAL),
        (BOSS, "dm", wording.NO_SUCH_REFUSAL),
    ],
    ids=["the requester", "demoted", "an admin elsewhere", "an admin, directly"],
)
async def test_nobody_but_admins_of_the_workspace_may_answer(
    running: RunningBot, person: Person, workspace: str, expected: str
) -> None:
    target = await ask_for_more(running)
    for verb in ("approve", "deny"):
        assert await running.press(verb, target, person, address=at(workspace)) == Notice(sentence=expected)
    if workspace == TEAM:
        assert await running.form(target, person, verb="approve") == Notice(sentence=expected)
    assert await log_length(running) == 1
    assert private_sentences(running) == []


async def test_an_operator_answers_from_anywhere(running: RunningBot) -> None:
    target = await ask_for_more(running)
    answer = await running.press("approve", target, OP, address=at("other:team"))
    assert sentence(answer).startswith("Op said yes: 4 pictures")
    assert (await newest_entry(running)).workspace == TEAM


async def test_admins_who_answer_at_the_same_time_give_one_answer(running: RunningBot) -> None:
    target = await ask_for_more(running)
    answers = [
        sentence(each)
        for each in await asyncio.gather(
            running.press("approve", target, BOSS, images="5"),
            running.press("approve", target, CHIEF, images="7"),
            running.press("deny", target, replace(CHIEF, id="chat:third", name="Third")),
        )
    ]
    assert sum("already" in each for each in answers) == 2
    assert len(private_sentences(running)) == 1
    assert await log_length(running) == 2, "the channel's setting, and one answer"
    allowance = await running.ledger.reports.allowance(TEAM, ANN.id, ())
    assert allowance.images_day.granted in (0, 5, 7)


async def test_an_answer_stands_after_a_restart(running: RunningBot) -> None:
    target = await ask_for_more(running)
    await running.crash()
    await running.open()
    await approve(running, target)
    await running.crash()
    await running.open()
    assert sentence(await running.press("deny", target, CHIEF)) == "It was answered already, by Boss."
    assert await running.form(target, CHIEF, verb="approve") == Notice(
        sentence=wording.answered_already("Boss")
    )
    assert await log_length(running) == 2


async def test_a_crash_between_the_answer_and_its_messages(running: RunningBot) -> None:
    """The entry exists, but nobody was notified: the next press sends the first answer."""
    target = await ask_for_more(running)
    await running.ledger.people.record_person(TEAM, CHIEF.id, CHIEF.name, 0.0)
    await running.ledger.settings.grant(
        workspace=TEAM,
        person=ANN.id,
        images=2,
        money=0,
        author=CHIEF.id,
        reason="",
        request_id=f"more:{target}",
    )
    assert sentence(await running.press("deny", target, BOSS)).startswith("Chief said yes: 2 pictures")
    assert private_sentences(running) == [
        "You asked for more, and you have it: 2 pictures on top on Sun 22 Nov 2026."
    ]
    assert await log_length(running) == 2


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
async def test_a_form_with_impossible_values_changes_nothing(
    running: RunningBot, fields: dict[str, str]
) -> None:
    target = await ask_for_more(running)
    answer = await running.press("approve", target, BOSS, **fields)
    assert isinstance(answer, Refused)
    assert await log_length(running) == 1
    assert (await approve(running, target)).startswith("Boss said yes: 4 pictures")


@pytest.mark.parametrize("retryable", [True, False])
async def test_a_request_whose_card_cannot_be_posted_counts_as_not_asked(
    running: RunningBot, retryable: bool
) -> None:
    target = await get_refused(running)
    running.chat.fail("post", retryable=retryable)
    assert sentence(await running.press("more", target, ANN)) == wording.NOBODY_TO_ASK
    assert sentence(await running.press("more", target, ANN)) == wording.ASKED
    assert len(messages_in(running)) == 1


async def test_an_answer_stands_if_nobody_can_be_notified(running: RunningBot) -> None:
    target = await ask_for_more(running)
    running.chat.fail("post", private=True)
    running.chat.fail("revise")
    assert (await approve(running, target)).startswith("Boss said yes")
    await running.draw("a fox -n 4")


async def test_an_answer_while_the_card_is_being_posted(build: Build) -> None:
    """People can see and press the card before the platform has said where it is."""

    class Late(FakeChat):
        async def post(self, address: Address, card: Card, *, key: str) -> MessageRef:
            ref = await super().post(address, card, key=key)
            if key.endswith(".asked"):
                await approve(running, key.removesuffix(".asked"))
            return ref

    running = await set_admin_channel(await build(images=4, chat=Late()))
    target = await get_refused(running)
    assert sentence(await running.press("more", target, ANN)) == wording.ASKED
    assert report(messages_in(running)[0].card).lines == (
        "Boss said yes: 4 pictures on top on Sun 22 Nov 2026.",
    )


async def test_money_is_asked_for_in_dollars(build: Build) -> None:
    running = await set_admin_channel(await build())
    await quotas(running, "set --money-per-day 0.20")
    await until(lambda: len(messages_in(running)) == 1)
    running.chat.messages.clear()
    target = button(await running.ask("a fox -n 4")).target
    await running.press("more", target, ANN)
    assert [report(each.card).title for each in messages_in(running)] == ["Ann asks for more: $0.24"]
    form = await running.form(target, BOSS, verb="approve")
    assert isinstance(form, Form)
    assert [(field.name, field.value) for field in form.fields] == [("money", "0.24"), ("until", "")]
    assert await approve(running, target, money="$1.50") == "Boss said yes: $1.50 on top on Sun 22 Nov 2026."


async def test_a_hostile_name_stays_short(running: RunningBot) -> None:
    mallory = Person(id="chat:mallory", name="<!channel> **\u202e" + "x" * 4_000)
    await ask_for_more(running, mallory)
    title = report(messages_in(running)[0].card).title
    assert title.startswith("<!channel> **xxx"), "the adapters escape it"
    assert len(title) < 120


async def test_the_card_shows_no_words_of_the_prompt(running: RunningBot) -> None:
    await running.draw("a fox -n 3")
    target = button(await running.ask("a secret thing -n 4")).target
    await running.press("more", target, ANN)
    assert "secret" not in str(messages_in(running)[0].card)
    assert messages_in(running)[0].ref.address.channel == ADMINS
    assert id_text((await newest_entry(running)).id) not in target
