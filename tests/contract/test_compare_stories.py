"""The stories of comparing one prompt in several tiers, each run on every platform."""

import re

import pytest

from bot.painters.port import Declined, NotDrawn, Outcome, PaintOrder
from tests.bot.running_bot import until
from tests.contract.conftest import PLATFORMS, Build, unsupported
from tests.contract.harness import ACTORS, Actor, Harness, VisibleMessage
from tests.contract.test_matrix import Record, needed, record_row
from tests.fakes.painter import draw_all

TIERS = ("fast", "standard", "ultra", "gpt")
TITLES = ("Imagen 4 Fast", "Imagen 4 Standard", "Imagen 4 Ultra", "GPT-Image-2")
MORE = ("More in Fast · $0.12", "More in Standard · $0.24", "More in Ultra · $0.48", "More in GPT · $0.252")
AGAIN = "Again · $0.273"
FACTS = re.compile(r"\d+ s · \$0\.\d+")
DAY = 24 * 3600
SELF = "test_every_story_has_a_row_and_each_platform_runs_it_or_says_why_not"


async def newest(harness: Harness, who: Actor = "ann") -> VisibleMessage:
    return (await harness.messages(who))[-1]


async def with_pictures(harness: Harness, who: Actor = "ann") -> list[VisibleMessage]:
    return [each for each in await harness.messages(who) if each.pictures]


async def compare(harness: Harness, text: str = "a red fox", **options: str | bool) -> VisibleMessage:
    """Ask for a comparison, wait for its delivery, and return the newest message that Ann sees."""
    await harness.compare("ann", text, **options)
    await harness.wait_until_done()
    return await newest(harness)


async def charged(harness: Harness) -> list[int]:
    return [await harness.backend.images_charged(harness.names[who]) for who in ACTORS]


def let(harness: Harness, **ends: Outcome) -> None:
    """Draw every tier but those with another outcome in `ends`."""

    def draw(order: PaintOrder) -> Outcome:
        return ends.get(order.tier.name) or draw_all(order)

    harness.backend.painter.script = [draw] * 100


def drawn_tiers(harness: Harness) -> list[str]:
    return sorted(order.tier.name for order in harness.backend.painter.orders)


async def test_an_accepted_comparison_shows_the_state_of_each_tier_and_the_sum(build: Build) -> None:
    harness = await build(in_flight=1)
    harness.backend.painter.gate.clear()
    await harness.compare("ann", "a red fox", ratio="16:9")
    card = await newest(harness)
    for text in ("Fast: ", "Standard: waiting", "Ultra: waiting", "GPT: waiting"):
        assert text in card.text
    if "card" not in harness.unsupported:
        for text in ("a red fox", "4 tiers compared", "16:9", "$0.273"):
            assert text in card.text
    assert card.pictures == 0
    harness.backend.painter.gate.set()
    await harness.wait_until_done()
    assert len(await with_pictures(harness)) == 1


@pytest.mark.needs("moves")
async def test_the_card_moves_as_the_tiers_are_drawn(build: Build) -> None:
    harness = await build(in_flight=1)
    harness.backend.painter.gate.clear()
    await harness.compare("ann", "a red fox")

    async def says_so() -> bool:
        return "Fast: drawing, Standard: waiting" in (await newest(harness)).text

    await harness.backend.until(says_so)


async def test_every_tier_arrives_in_one_message_with_their_sheet(harness: Harness) -> None:
    gallery = await compare(harness)
    assert gallery.pictures == 5
    for text in (harness.names["ann"], "4 tiers compared", "$0.273"):
        assert text in gallery.text
    assert drawn_tiers(harness) == sorted(TIERS)
    assert await charged(harness) == [4, 0, 0]
    assert len(await with_pictures(harness)) == 1
    if "buttons" not in harness.unsupported:
        assert gallery.buttons == (*MORE, AGAIN, "Details", "Delete")
    if "channel" in harness.unsupported:  # a screen has the table itself
        assert all(title in gallery.text for title in TITLES)
        return
    sheet, *originals = gallery.alts
    assert all(title in sheet for title in TITLES)
    assert len(FACTS.findall(sheet)) == 4
    assert [alt.partition(":")[0] for alt in originals] == list(TITLES)
    assert await newest(harness, "bob") == gallery


async def test_a_tier_that_fails_says_why_and_costs_nothing(harness: Harness) -> None:
    let(harness, ultra=Declined(), gpt=NotDrawn(why="busy"))
    gallery = await compare(harness)
    assert gallery.pictures == 3
    assert "Imagen 4 Ultra" in gallery.text
    assert "GPT-Image-2" in gallery.text
    assert "$0.09" in gallery.text
    assert await charged(harness) == [2, 0, 0]
    if "channel" not in harness.unsupported:
        assert "Imagen 4 Ultra: Rejected by its safety filter" in gallery.alts[0]
    if "buttons" not in harness.unsupported:
        assert gallery.buttons == (*MORE[:2], AGAIN, "Details", "Delete")


async def test_if_every_tier_fails_their_person_alone_is_told_and_pays_nothing(harness: Harness) -> None:
    let(harness, **dict.fromkeys(TIERS, Declined()))
    answer = await compare(harness)
    assert "None of the tiers drew this. You weren't charged." in answer.text
    assert (answer.private, answer.pictures) == (True, 0)
    assert await harness.messages("bob") == []
    assert await charged(harness) == [0, 0, 0]
    if "buttons" not in harness.unsupported:
        assert answer.buttons == ("Edit prompt",)


@pytest.mark.needs("buttons")
async def test_one_that_failed_can_be_edited_and_compared_again(harness: Harness) -> None:
    let(harness, **dict.fromkeys(TIERS, NotDrawn(why="busy")))
    answer = await compare(harness, "a red fox --tiers fast,gpt", ratio="3:2", private=True)
    assert answer.buttons == ("Edit prompt", "Again")
    let(harness)
    form = await harness.fill("ann", "Edit prompt", answer, prompt="a tame fox --ratio 16:9")
    assert form == {"prompt": "a red fox", "tiers": "fast,gpt", "ratio": "3:2"}
    await harness.wait_until_done()
    (edited,) = await with_pictures(harness)
    assert (edited.pictures, edited.private) == (3, True)
    await harness.press("ann", "Again", answer)
    await harness.wait_until_done()
    asked = [(order.prompt, order.tier.name, order.ratio) for order in harness.backend.painter.orders[2:]]
    assert sorted(asked) == [
        *(("a red fox", tier, "3:2") for tier in ("fast", "gpt")),
        *(("a tame fox", tier, "16:9") for tier in ("fast", "gpt")),
    ]


async def test_a_private_comparison_is_for_its_person_until_they_share_it(harness: Harness) -> None:
    gallery = await compare(harness, private=True)
    assert (gallery.private, gallery.pictures) == (True, 5)
    assert [await harness.messages(who) for who in ACTORS[1:]] == [[], []]
    if "channel" in harness.unsupported:
        return
    await harness.press("ann", "Share", gallery)
    shared = await newest(harness, "bob")
    assert (shared.private, shared.pictures) == (False, 5)
    assert shared.buttons == (*MORE, AGAIN, "Details", "Delete")
    assert await charged(harness) == [4, 0, 0]


async def test_named_tiers_alone_are_compared(harness: Harness) -> None:
    gallery = await compare(harness, "a red fox", tiers="gpt,fast")
    assert gallery.pictures == 3
    assert drawn_tiers(harness) == ["fast", "gpt"]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("a fox --tiers fast", "Comparing needs at least two tiers."),
        ("a fox --tiers fast,fast", "Comparing needs at least two tiers."),
        ("a fox --tiers fast,fsat", "nearest is fast"),
        ("a fox --teirs fast,gpt", "did you mean --tiers?"),
        ("a fox --tiers fast,gpt --v 6", "--v is Midjourney's"),
    ],
)
async def test_what_cannot_be_compared_is_refused_before_anything_is_spent(
    harness: Harness, line: str, text: str
) -> None:
    await harness.compare("ann", line)
    answer = await newest(harness)
    assert text in answer.text
    assert answer.private
    assert harness.backend.painter.orders == []


@pytest.mark.needs("buttons")
async def test_again_compares_again_for_the_person_who_presses(harness: Harness) -> None:
    gallery = await compare(harness)
    await harness.press("bob", "Again", gallery)
    await harness.wait_until_done()
    again = (await with_pictures(harness, "bob"))[-1]
    assert (again.id != gallery.id, again.pictures) == (True, 5)
    assert harness.names["bob"] in again.text
    assert await charged(harness) == [4, 4, 0]


@pytest.mark.needs("buttons")
async def test_more_in_a_tier_draws_that_tier_alone_at_the_price_on_the_button(harness: Harness) -> None:
    gallery = await compare(harness)
    await harness.press("bob", "More in GPT", gallery)
    await harness.wait_until_done()
    more = (await with_pictures(harness, "bob"))[-1]
    assert more.pictures == 4
    assert "GPT-Image-2" in more.text
    assert "$0.252" in more.text
    assert await charged(harness) == [4, 4, 0]
    assert drawn_tiers(harness) == sorted([*TIERS, "gpt"])


@pytest.mark.needs("channel", "buttons")
async def test_details_tell_each_tiers_figures(harness: Harness) -> None:
    await harness.press("bob", "Details", await compare(harness))
    answer = await newest(harness, "bob")
    assert answer.private
    assert all(title in answer.text for title in TITLES)


@pytest.mark.needs("channel", "buttons")
@pytest.mark.parametrize("who", ["ann", "boss"])
async def test_a_comparison_is_deleted_whole_by_its_requester_and_an_admin(
    harness: Harness, who: Actor
) -> None:
    gallery = await compare(harness)
    await harness.press("bob", "Delete", gallery)
    assert len(await with_pictures(harness)) == 1
    await harness.press(who, "Delete", gallery)
    assert [await with_pictures(harness, each) for each in ACTORS] == [[], [], []]
    pictures = (harness.backend.folder / "pictures").rglob("*.*")
    assert [path.name for path in pictures if path.suffix in (".png", ".jpeg")] == []


@pytest.mark.needs("reactions")
async def test_reactions_compare_again_and_delete(harness: Harness) -> None:
    gallery = await compare(harness)
    await harness.react("bob", "🔁", gallery)
    await harness.wait_until_done()
    await harness.unreact("bob", "🔁", gallery)
    await harness.react("bob", "🔄", gallery)
    await harness.wait_until_done()
    assert [each.pictures for each in await with_pictures(harness)] == [5, 5]
    assert await charged(harness) == [4, 4, 0]
    await harness.react("ann", "🗑️", gallery)

    async def is_gone() -> bool:
        return len(await with_pictures(harness, "bob")) == 1

    await harness.backend.until(is_gone)


@pytest.mark.needs("reactions")
async def test_a_reaction_that_drew_nothing_is_not_used_up(harness: Harness) -> None:
    gallery = await compare(harness)
    let(harness, **dict.fromkeys(TIERS, Declined()))
    await harness.react("bob", "🔁", gallery)
    await harness.wait_until_done()
    assert await charged(harness) == [4, 0, 0]
    let(harness)
    await harness.unreact("bob", "🔁", gallery)
    await harness.react("bob", "🔁", gallery)
    await harness.wait_until_done()
    assert await charged(harness) == [4, 4, 0]
    assert len(await with_pictures(harness)) == 2


async def test_after_a_restart_in_the_middle_it_ends_in_one_message_and_no_tier_is_drawn_twice(
    build: Build,
) -> None:
    harness = await build(in_flight=2)
    harness.backend.painter.gate.clear()
    await harness.compare("ann", "a red fox")
    await until(lambda: len(harness.backend.painter.orders) == 2)
    await harness.restart()
    harness.backend.painter.gate.set()
    await harness.wait_until_done()
    assert drawn_tiers(harness) == sorted(TIERS)
    if "channel" in harness.unsupported:  # the command went with its process, and its pictures wait
        assert await charged(harness) == [2, 0, 0]
        return
    (gallery,) = await with_pictures(harness)
    assert gallery.pictures == 3
    assert gallery.alts[0].count("Lost on the way") == 2
    assert await charged(harness) == [2, 0, 0]
    assert "moves" in harness.unsupported or await harness.messages("ann") == [gallery]


@pytest.mark.needs("buttons", "reactions")
async def test_its_buttons_and_reactions_work_after_a_restart(harness: Harness) -> None:
    gallery = await compare(harness)
    await harness.restart()
    await harness.skip(30 * DAY)
    for label in ("More in Fast", "Again"):
        await harness.press("ann", label, gallery)
        await harness.wait_until_done()
    await harness.react("bob", "🔁", gallery)
    await harness.wait_until_done()
    assert [each.pictures for each in await with_pictures(harness)] == [5, 4, 5, 5]


@pytest.mark.needs("outage")
async def test_after_an_outage_of_the_platform_it_is_delivered_once(harness: Harness) -> None:
    harness.backend.painter.gate.clear()
    await harness.compare("ann", "a red fox")
    await until(lambda: len(harness.backend.painter.orders) == 4)
    async with harness.outage():
        harness.backend.painter.gate.set()

        async def is_drawn() -> bool:
            return not await harness.backend.ledger.jobs.list_open()

        await harness.backend.until(is_drawn)
    await harness.wait_until_done()
    assert [each.pictures for each in await with_pictures(harness, "bob")] == [5]
    assert len(harness.backend.painter.orders) == 4


@pytest.mark.needs("ping")
async def test_one_that_took_over_a_minute_notifies_its_requester(harness: Harness) -> None:
    harness.backend.painter.gate.clear()
    await harness.compare("ann", "a red fox")
    await until(lambda: len(harness.backend.painter.orders) == 4)
    await harness.skip(61)
    harness.backend.painter.gate.set()
    await harness.wait_until_done()
    (gallery,) = await with_pictures(harness, "bob")
    assert gallery.pings == (harness.names["ann"],)
    assert await harness.messages("bob") == [gallery]


@pytest.mark.needs("buttons")
async def test_what_an_allowance_leaves_is_offered_and_compared(build: Build) -> None:
    harness = await build(images=3)
    await harness.compare("ann", "a red fox", private=True)
    answer = await newest(harness)
    assert answer.private
    assert answer.buttons == ("Compare Fast, Standard, Ultra · $0.21",)
    await harness.press("ann", "Compare Fast", answer)
    await harness.wait_until_done()
    (gallery,) = await with_pictures(harness)
    assert (gallery.pictures, gallery.private) == (4, True)
    assert await charged(harness) == [3, 0, 0]


ROWS = {
    "accepted": test_an_accepted_comparison_shows_the_state_of_each_tier_and_the_sum,
    "moves": test_the_card_moves_as_the_tiers_are_drawn,
    "all drawn": test_every_tier_arrives_in_one_message_with_their_sheet,
    "one failed": test_a_tier_that_fails_says_why_and_costs_nothing,
    "all failed": test_if_every_tier_fails_their_person_alone_is_told_and_pays_nothing,
    "Edit prompt": test_one_that_failed_can_be_edited_and_compared_again,
    "private, shared": test_a_private_comparison_is_for_its_person_until_they_share_it,
    "some tiers": test_named_tiers_alone_are_compared,
    "refused": test_what_cannot_be_compared_is_refused_before_anything_is_spent,
    "fewer": test_what_an_allowance_leaves_is_offered_and_compared,
    "Again": test_again_compares_again_for_the_person_who_presses,
    "More in": test_more_in_a_tier_draws_that_tier_alone_at_the_price_on_the_button,
    "Details": test_details_tell_each_tiers_figures,
    "Delete": test_a_comparison_is_deleted_whole_by_its_requester_and_an_admin,
    "reactions": test_reactions_compare_again_and_delete,
    "reaction retried": test_a_reaction_that_drew_nothing_is_not_used_up,
    "restarted": test_after_a_restart_in_the_middle_it_ends_in_one_message_and_no_tier_is_drawn_twice,
    "after a month": test_its_buttons_and_reactions_work_after_a_restart,
    "outage": test_after_an_outage_of_the_platform_it_is_delivered_once,
    "ping": test_one_that_took_over_a_minute_notifies_its_requester,
}


def test_every_story_has_a_row_and_each_platform_runs_it_or_says_why_not(record_property: Record) -> None:
    stories = {name for name in globals() if name.startswith("test_")}
    assert stories - {each.__name__ for each in ROWS.values()} == {SELF}
    for platform, harness in PLATFORMS.items():
        reasons = unsupported(harness)
        needs = {
            row: [can for mark in getattr(story, "pytestmark", []) for can in needed(mark)]
            for row, story in ROWS.items()
        }
        cells = {row: next((reasons[can] for can in needs[row] if can in reasons), "ok") for row in ROWS}
        assert "" not in cells.values()
        record_row(record_property, platform, "compare", cells)
