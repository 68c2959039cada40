"""The matrix of platform, verb and card: each card is visible as expected, or there is a reason why not."""

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
    ComparedPicture,
    Delivered,
    Ended,
    Header,
    ListedJob,
    Notice,
    Panel,
    Picture,
    PictureList,
    Refused,
    Reply,
    Report,
    Working,
)
from bot.port.protocols import DeliveryError
from bot.port.requests import MessageRef
from tests.conftest import MATRIX
from tests.contract import test_admin_stories, test_finding_stories, test_picture_stories, test_stories
from tests.contract.backend import png
from tests.contract.conftest import PLATFORMS, unsupported
from tests.contract.harness import Capability, Harness, VisibleMessage

VERBS = ("post", "revise", "delete", "reply")
PRIVATE = (Panel, PictureList, Ended, Refused, Report, Notice)
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
    picture = pictures[0] if pictures else Picture(key="", width=1, height=1, format="png", alt="")
    again = Button(verb="again", label="Again", target=job)
    return {
        "Working": Working(
            header=head, stage="drawing", line="drawing, 12 s of about 20 s", summary="$0.12", progress=0.6
        ),
        "Delivered": Delivered(header=head, pictures=pictures, caption="Somebody · 12 s", buttons=(again,)),
        "Compared": Delivered(
            header=head,
            pictures=pictures,  # their sheet, and what the first of them drew
            caption="Somebody · 2 tiers compared",
            notes=("Imagen 4 Ultra: Rejected.",),
            buttons=(replace(again, label="More in Fast · $0.12", index=4), again),
            compared=(tier("Fast", pictures[-1].key if pictures else ""), tier("Ultra", "")),
        ),
        "Panel": Panel(header=head, picture=picture, number=1, caption="Picture 1 of 2", buttons=(again,)),
        "PictureList": PictureList(
            title="Your pictures",
            jobs=(
                ListedJob(
                    prompt="a red fox",
                    facts="standard, today",
                    picture=picture,
                    choose=Button(verb="choose", label="Open", target=job),
                ),
            ),
            menu="Open one",
            buttons=(Button(verb="page", label="Older", target=job, index=2),),
        ),
        "Ended": Ended(header=head, why="failed", sentence="It failed.", buttons=(again,)),
        "Refused": Refused(why="input", sentence="No --v here.", hint="Use --tier.", buttons=(again,)),
        "Report": Report(
            title="Usage",
            columns=("Tier", "Charged"),
            rows=(("standard", "$0.12"),),
            chart=Chart(png=png(), alt="$0.12 on Sunday"),
        ),
        "Notice": Notice(sentence="Deleted."),
    }


CARDS = [*(card.__name__ for card in get_args(Card)), "Compared"]


def tier(title: str, key: str) -> ComparedPicture:
    return ComparedPicture(
        tier=title.lower(),
        title=title,
        facts="4 s · $0.03" if key else "Rejected",
        why="drawn" if key else "refused",
        sentence="" if key else "Rejected.",
        key=key,
        seconds=4.0,
        charge_micros=30_000 if key else 0,
    )


@pytest.mark.parametrize("verb", VERBS)
async def test_every_card_is_seen(harness: Harness, verb: str, record_property: Record) -> None:
    cells = {name: await cell(harness, verb, name) for name in CARDS}
    assert "" not in cells.values(), cells
    record_row(record_property, harness.name, verb, cells)


def record_row(record_property: Record, platform: str, verb: str, cells: Mapping[str, str]) -> None:
    """Record a row of the matrix. It is printed with -s, and in the summary at the end."""
    reasons = {why: " ".join(name for name in cells if cells[name] == why) for why in cells.values()}
    text = "\n".join(f"{platform:12} {verb:7} {names}: {why}" for why, names in reasons.items())
    print(text)  # noqa: T201 - the purpose of this function
    record_property(MATRIX, text)


async def cell(harness: Harness, verb: str, name: str) -> str:
    """Return "ok" or the reason why the card is not shown, after a check that this is true."""
    job = await harness.job()
    card = cards(job, await harness.backend.pictures(job, 2), ann(harness))[name]
    if isinstance(card, PictureList) and "recent" not in harness.unsupported:
        message = await post(harness, await gallery(harness, job))  # whose file some platforms show again
        card = replace(card, jobs=tuple(replace(each, message=message) for each in card.jobs))
    why_not, before = harness.why_not_shown(verb, card), set(await harness.messages("ann"))
    await carry_out(harness, verb, card, before)
    stays = bool(why_not) and not harness.why_not_shown("post", card) if verb == "delete" else not why_not
    if not stays and verb != "delete":
        await post(harness, marker(harness, job))  # a later message, to wait long enough
        await appears(harness, marker(harness, job), before)
    assert (await find_shown(harness, card, before) is not None) == stays, (verb, name)
    return why_not or "ok"


async def carry_out(harness: Harness, verb: str, card: Card, before: set[VisibleMessage]) -> None:
    adapter = harness.backend.adapter
    match verb:
        case "post":
            await post(harness, card)
        case "revise":
            private = isinstance(card, PRIVATE)
            await adapter.revise(await post(harness, forerunner(harness, card), private=private), card)
        case "delete":
            message = await post(harness, card)
            if not harness.why_not_shown("post", card):
                await appears(harness, card, before)
            await adapter.delete(message)
        case "reply":
            await harness.answer(as_reply(card))
    if verb != "delete" and not harness.why_not_shown(verb, card):
        await appears(harness, card, before)


def ann(harness: Harness) -> str:
    """Return the id of Ann, the requester of all jobs."""
    return harness.address(private=True).private_to


def forerunner(harness: Harness, card: Card) -> Card:
    """Return the card to post before it is revised into `card`."""
    if isinstance(card, Working | Delivered | Ended):
        return marker(harness, card.header.job)
    return Notice(sentence="Wait.")


def marker(harness: Harness, job: str) -> Working:
    card = cards(job, (), ann(harness))["Working"]
    assert isinstance(card, Working)
    return replace(card, line="queued 3rd", progress=None, stage="queued")


def as_reply(card: Card) -> Reply:
    if isinstance(card, Working | Delivered | Ended):
        return Accepted(job=card.header.job, card=card, fresh=isinstance(card, Working))
    return card


async def post(harness: Harness, card: Card, key: str = "", *, private: bool = False) -> MessageRef:
    address = harness.address(private=private or isinstance(card, PRIVATE))
    return await harness.backend.adapter.post(address, card, key=key or f"key {next(_keys)}")


async def appears(harness: Harness, card: Card, before: set[VisibleMessage]) -> None:
    """Wait until the card is visible; check its pictures, its buttons, and who sees it."""

    async def is_visible() -> bool:
        return await find_shown(harness, card, before) is not None

    await harness.backend.until(is_visible)
    message = await find_shown(harness, card, before)
    assert message
    assert (message.pictures, message.alts) == expected_pictures(harness, card)
    if "buttons" not in harness.unsupported and not isinstance(card, Notice):
        assert message.buttons == tuple(button.label for button in card.buttons)
    if "channel" not in harness.unsupported:
        alone = PRIVATE if "open" not in harness.unsupported else (Working, *PRIVATE)
        assert message.private == isinstance(card, alone)
        assert (message in await harness.messages("bob")) != message.private


async def find_shown(harness: Harness, card: Card, before: set[VisibleMessage]) -> VisibleMessage | None:
    """Find the new message with all words of a card; the last one, since pictures may repeat them."""
    words = words_of(card, bare="card" in harness.unsupported)
    new = [message for message in await harness.messages("ann") if message not in before]
    return next((message for message in reversed(new) if all(word in message.text for word in words)), None)


def words_of(card: Card, *, bare: bool) -> tuple[str, ...]:
    """Return the texts that must be visible. `bare`: only the newest line of the card is shown."""
    match card:
        case Working():
            return (card.line,) if bare else (card.header.prompt, card.line, card.summary)
        case Delivered():
            return (card.caption,) if bare else (card.header.prompt, card.caption)
        case Panel():
            return (card.header.prompt, card.caption)
        case PictureList():
            return (card.title, *(text for job in card.jobs for text in (job.prompt, job.facts)))
        case Ended():
            return (card.sentence,)
        case Refused():
            return (card.sentence,) if bare else (card.sentence, card.hint)
        case Report():
            return (card.title, *(cell for row in card.rows for cell in row))
        case Notice():
            return (card.sentence,)


def expected_pictures(harness: Harness, card: Card) -> tuple[int, tuple[str, ...]]:
    match card:
        case Delivered():
            alts = tuple(picture.alt for picture in card.pictures)
            return len(alts), alts if "channel" not in harness.unsupported else ()
        case Panel():
            return 1, (card.picture.alt,)
        case PictureList(jobs=(ListedJob(picture=Picture(alt=alt)),)):
            return 1, (alt,)
        case Report(chart=Chart(alt=alt)):
            return 1, (alt,)
        case _:
            return 0, ()


def test_every_unsupported_story_has_a_reason_and_every_reason_a_story(record_property: Record) -> None:
    rooms = [
        vars(test_stories),
        vars(test_admin_stories),
        vars(test_finding_stories),
        vars(test_picture_stories),
    ]
    stories = [story for room in rooms for name, story in room.items() if name.startswith("test_")]
    marks = [mark for story in stories for mark in getattr(story, "pytestmark", [])]
    needs = {can for mark in marks for can in needed(mark)}
    assert needs == set(get_args(Capability))
    for name, harness in PLATFORMS.items():
        assert all(unsupported(harness).values()), f"{name} lacks something without a reason"
        record_row(record_property, name, "lacks", unsupported(harness))


def needed(mark: pytest.Mark | pytest.MarkDecorator) -> tuple[str, ...]:
    return mark.args if mark.name == "needs" else ()


# --- promises of the port


async def test_the_same_key_is_the_same_message(harness: Harness, record_property: Record) -> None:
    job = await harness.job()
    before = set(await harness.messages("ann"))
    first = await post(harness, marker(harness, job), "one key")
    card = await gallery(harness, job)
    second = await post(harness, card, "one key")
    assert first == second or "moves" in harness.unsupported
    await appears(harness, card, before)
    stays = await find_shown(harness, marker(harness, job), before) is not None
    assert stays == bool(harness.duplicate_reason)
    record_row(
        record_property, harness.name, "post", {"the same key twice": harness.duplicate_reason or "ok"}
    )


@pytest.mark.needs("channel")
async def test_a_gallery_posted_twice_is_one_message(harness: Harness) -> None:
    """A process may be killed after the platform took the message and before the ledger knows it."""
    before = set(await harness.messages("bob"))
    card = await gallery(harness)
    first = await post(harness, card, "one gallery")
    await appears(harness, card, before)
    assert await post(harness, card, "one gallery") == first
    new = [each for each in await harness.messages("bob") if each not in before and each.pictures]
    assert len(new) == 1


async def test_deleting_a_deleted_message_is_no_error(harness: Harness) -> None:
    for card in await lasting(harness):
        message = await post(harness, card)
        for _ in range(2):
            await harness.backend.adapter.delete(message)


@pytest.mark.needs("channel")
async def test_revising_a_deleted_message_fails_for_good(harness: Harness) -> None:
    for card in await lasting(harness):
        message = await post(harness, card)
        await harness.backend.adapter.delete(message)
        assert not (await delivery_error(harness.backend.adapter.revise(message, card))).retryable


@pytest.mark.needs("outage")
async def test_in_an_outage_every_verb_fails_retryably(harness: Harness) -> None:
    card = await gallery(harness)
    message = await post(harness, card)
    adapter = harness.backend.adapter
    async with harness.outage():
        for call in (post(harness, card), adapter.revise(message, card), adapter.delete(message)):
            assert (await delivery_error(call)).retryable
    await adapter.delete(message)


@pytest.mark.needs("ban")
async def test_without_permission_to_post_every_verb_fails_for_good(harness: Harness) -> None:
    there = [(card, await post(harness, card)) for card in await lasting(harness)]
    harness.ban()
    for card, message in there:
        for call in (post(harness, card), harness.backend.adapter.revise(message, card)):
            assert not (await delivery_error(call)).retryable


async def test_a_card_with_a_deleted_picture_is_posted_without_it_or_fails_for_good(harness: Harness) -> None:
    """Either way no other exception is raised."""
    card = await gallery(harness)
    deleted = tuple(replace(each, key=f"{each.key}x") for each in card.pictures)
    with suppress(DeliveryError):
        await post(harness, replace(card, pictures=deleted))


async def lasting(harness: Harness) -> list[Working | Delivered]:
    """Return cards of each kind that stays in the channel."""
    job = await harness.job()
    return [marker(harness, job)] * ("moves" not in harness.unsupported) + [await gallery(harness, job)]


async def delivery_error(call: Awaitable[object]) -> DeliveryError:
    with pytest.raises(DeliveryError) as failed:
        await call
    return failed.value


async def gallery(harness: Harness, job: str = "") -> Delivered:
    job = job or await harness.job()
    card = cards(job, await harness.backend.pictures(job, 2), ann(harness))["Delivered"]
    assert isinstance(card, Delivered)
    return card
