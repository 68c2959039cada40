"""Every platform, verb and card: each is seen as it should be, or there is no such thing, and a reason."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import count
from typing import get_args

import pytest

from bot.port.cards import (
    Accepted,
    Button,
    Card,
    Chart,
    Delivered,
    Ended,
    Header,
    Notice,
    Picture,
    Refused,
    Reply,
    Report,
    Working,
)
from bot.port.protocols import DeliveryError
from bot.port.requests import MessageRef
from tests.conftest import MATRIX
from tests.contract import test_admin_stories, test_stories
from tests.contract.conftest import PLATFORMS, lacks
from tests.contract.ground import pixels
from tests.contract.harness import Can, Harness, Seen

VERBS = ("post", "revise", "delete", "reply")
PRIVATE = (Ended, Refused, Report, Notice)
_keys = count(1)
Record = Callable[[str, object], None]


def cards(job: str, pictures: tuple[Picture, ...], person: str) -> dict[str, Card]:
    head = Header(
        job=job,
        prompt="a red fox",
        person=person,
        name="Somebody",
        tier="standard",
        tier_title="Imagen 4 Standard",
        ratio="16:9",
        quality="",
        images=2,
        private=False,
    )
    again = Button(verb="again", label="Again", target=job)
    return {
        "Working": Working(
            header=head, stage="drawing", line="drawing, 12 s of about 20 s", summary="$0.12", progress=0.6
        ),
        "Delivered": Delivered(header=head, pictures=pictures, caption="Somebody · 12 s", buttons=(again,)),
        "Ended": Ended(header=head, why="failed", sentence="It failed.", buttons=(again,)),
        "Refused": Refused(why="input", sentence="No --v here.", hint="Use --tier.", buttons=(again,)),
        "Report": Report(
            title="Usage",
            columns=("Tier", "Charged"),
            rows=(("standard", "$0.12"),),
            chart=Chart(png=pixels(), alt="$0.12 on Sunday"),
        ),
        "Notice": Notice(sentence="Deleted."),
    }


CARDS = [card.__name__ for card in get_args(Card)]


@pytest.mark.parametrize("verb", VERBS)
async def test_every_card_is_seen(house: Harness, verb: str, record_property: Record) -> None:
    cells = {name: await cell(house, verb, name) for name in CARDS}
    assert "" not in cells.values(), cells
    tell(record_property, house.name, verb, cells)


def tell(record_property: Record, platform: str, verb: str, cells: Mapping[str, str]) -> None:
    """A row of the matrix: to be read with -s, and at the end where this room is run by itself."""
    said = {why: " ".join(name for name in cells if cells[name] == why) for why in cells.values()}
    text = "\n".join(f"{platform:12} {verb:7} {names}: {why}" for why, names in said.items())
    print(text)  # noqa: T201 - what it is for
    record_property(MATRIX, text)


async def cell(house: Harness, verb: str, name: str) -> str:
    """What the matrix says here: "ok", or why there is no such thing, which is then seen to be so."""
    job = await house.job()
    card = cards(job, await house.ground.pictures(job, 2), ann(house))[name]
    why_not, before = house.why_not(verb, card), set(await house.seen("ann"))
    await carry_out(house, verb, card, before)
    stays = bool(why_not) and not house.why_not("post", card) if verb == "delete" else not why_not
    if not stays and verb != "delete":
        await posted(house, marker(house, job))  # comes after whatever might have come of it
        await appears(house, marker(house, job), before)
    assert (await shown(house, card, before) is not None) == stays, (verb, name)
    return why_not or "ok"


async def carry_out(house: Harness, verb: str, card: Card, before: set[Seen]) -> None:
    adapter = house.ground.adapter
    match verb:
        case "post":
            await posted(house, card)
        case "revise":
            private = isinstance(card, PRIVATE)
            await adapter.revise(await posted(house, forerunner(house, card), private=private), card)
        case "delete":
            message = await posted(house, card)
            if not house.why_not("post", card):
                await appears(house, card, before)
            await adapter.delete(message)
        case "reply":
            await house.answer(as_reply(card))
    if verb != "delete" and not house.why_not(verb, card):
        await appears(house, card, before)


def ann(house: Harness) -> str:
    """Whose jobs these are."""
    return house.address(private=True).private_to


def forerunner(house: Harness, card: Card) -> Card:
    """What stands there before it becomes that card."""
    if isinstance(card, Working | Delivered | Ended):
        return marker(house, card.header.job)
    return Notice(sentence="Wait.")


def marker(house: Harness, job: str) -> Working:
    card = cards(job, (), ann(house))["Working"]
    assert isinstance(card, Working)
    return replace(card, line="queued 3rd", progress=None, stage="queued")


def as_reply(card: Card) -> Reply:
    if isinstance(card, Working | Delivered | Ended):
        return Accepted(job=card.header.job, card=card, fresh=isinstance(card, Working))
    return card


async def posted(house: Harness, card: Card, key: str = "", *, private: bool = False) -> MessageRef:
    address = house.address(private=private or isinstance(card, PRIVATE))
    return await house.ground.adapter.post(address, card, key=key or f"key {next(_keys)}")


async def appears(house: Harness, card: Card, before: set[Seen]) -> None:
    """Wait until the card is seen: whole, and by those who should."""

    async def is_there() -> bool:
        return await shown(house, card, before) is not None

    await house.ground.until(is_there)
    found = await shown(house, card, before)
    assert found
    assert (found.pictures, found.alts) == expected_pictures(house, card)
    if "buttons" not in house.lacks and not isinstance(card, Notice):
        assert found.buttons == tuple(button.label for button in card.buttons)
    if "channel" not in house.lacks:
        alone = PRIVATE if "open" not in house.lacks else (Working, *PRIVATE)
        assert found.private == isinstance(card, alone)
        assert (found in await house.seen("bob")) != found.private


async def shown(house: Harness, card: Card, before: set[Seen]) -> Seen | None:
    """The new message with all of a card's words; the last, where they come again with the pictures."""
    words = words_of(card, bare="card" in house.lacks)
    new = [message for message in await house.seen("ann") if message not in before]
    return next((message for message in reversed(new) if all(word in message.text for word in words)), None)


def words_of(card: Card, *, bare: bool) -> tuple[str, ...]:
    """What must be readable; `bare`: where only the line that tells something new is shown."""
    match card:
        case Working():
            return (card.line,) if bare else (card.header.prompt, card.line, card.summary)
        case Delivered():
            return (card.caption,) if bare else (card.header.prompt, card.caption)
        case Ended():
            return (card.sentence,)
        case Refused():
            return (card.sentence,) if bare else (card.sentence, card.hint)
        case Report():
            return (card.title, *(cell for row in card.rows for cell in row))
        case Notice():
            return (card.sentence,)


def expected_pictures(house: Harness, card: Card) -> tuple[int, tuple[str, ...]]:
    match card:
        case Delivered():
            alts = tuple(picture.alt for picture in card.pictures)
            return len(alts), alts if "channel" not in house.lacks else ()
        case Report(chart=Chart(alt=alt)):
            return 1, (alt,)
        case _:
            return 0, ()


def test_no_platform_is_silent_about_what_it_lacks(record_property: Record) -> None:
    """A story that a platform cannot tell is left out for a reason; no reason stands without a story."""
    rooms = [vars(test_stories), vars(test_admin_stories)]
    stories = [story for room in rooms for name, story in room.items() if name.startswith("test_")]
    marks = [mark for story in stories for mark in getattr(story, "pytestmark", [])]
    needs = {can for mark in [*marks, test_admin_stories.pytestmark] for can in needed(mark)}
    assert needs == set(get_args(Can))
    for name, house in PLATFORMS.items():
        assert all(lacks(house).values()), f"{name} lacks something without a reason"
        tell(record_property, name, "lacks", lacks(house))


def needed(mark: pytest.Mark | pytest.MarkDecorator) -> tuple[str, ...]:
    return mark.args if mark.name == "needs" else ()


# --- what the port promises


async def test_the_same_key_is_the_same_message(house: Harness, record_property: Record) -> None:
    job = await house.job()
    before = set(await house.seen("ann"))
    first = await posted(house, marker(house, job), "one key")
    card = await gallery(house, job)
    second = await posted(house, card, "one key")
    assert first == second or "moves" in house.lacks
    await appears(house, card, before)
    stays = await shown(house, marker(house, job), before) is not None
    assert stays == bool(house.twice)
    tell(record_property, house.name, "post", {"the same key twice": house.twice or "ok"})


@pytest.mark.needs("channel")
async def test_a_gallery_told_twice_is_one_message(house: Harness) -> None:
    """As where a process died after the platform took it, and before anybody noted that."""
    before = set(await house.seen("bob"))
    card = await gallery(house)
    first = await posted(house, card, "one gallery")
    await appears(house, card, before)
    assert await posted(house, card, "one gallery") == first
    new = [each for each in await house.seen("bob") if each not in before and each.pictures]
    assert len(new) == 1


async def test_what_is_gone_can_be_deleted_again(house: Harness) -> None:
    for card in await lasting(house):
        message = await posted(house, card)
        for _ in range(2):
            await house.ground.adapter.delete(message)


@pytest.mark.needs("channel")
async def test_revising_what_is_gone_is_final(house: Harness) -> None:
    for card in await lasting(house):
        message = await posted(house, card)
        await house.ground.adapter.delete(message)
        assert not (await failure(house.ground.adapter.revise(message, card))).retryable


@pytest.mark.needs("outage")
async def test_in_an_outage_every_verb_says_that_it_may_work_later(house: Harness) -> None:
    card = await gallery(house)
    message = await posted(house, card)
    adapter = house.ground.adapter
    async with house.outage():
        for call in (posted(house, card), adapter.revise(message, card), adapter.delete(message)):
            assert (await failure(call)).retryable
    await adapter.delete(message)


@pytest.mark.needs("ban")
async def test_where_nothing_may_be_posted_it_is_said_for_good(house: Harness) -> None:
    there = [(card, await posted(house, card)) for card in await lasting(house)]
    house.ban()
    for card, message in there:
        for call in (posted(house, card), house.ground.adapter.revise(message, card)):
            assert not (await failure(call)).retryable


async def test_a_picture_that_is_no_longer_kept_is_no_surprise(house: Harness) -> None:
    """Shown without it, or refused for good."""
    card = await gallery(house)
    gone = tuple(replace(each, key=f"{each.key}x") for each in card.pictures)
    with suppress(DeliveryError):
        await posted(house, replace(card, pictures=gone))


async def lasting(house: Harness) -> list[Working | Delivered]:
    """Cards that are in the channel to stay, where there is one."""
    job = await house.job()
    return [marker(house, job)] * ("moves" not in house.lacks) + [await gallery(house, job)]


async def failure(call: Awaitable[object]) -> DeliveryError:
    with pytest.raises(DeliveryError) as failed:
        await call
    return failed.value


async def gallery(house: Harness, job: str = "") -> Delivered:
    job = job or await house.job()
    card = cards(job, await house.ground.pictures(job, 2), ann(house))["Delivered"]
    assert isinstance(card, Delivered)
    return card
