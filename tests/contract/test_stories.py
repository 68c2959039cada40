"""What a person meets on any platform, told once and lived on each."""

import re
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from bot.painters.port import Declined, Drawn, PaintOrder
from tests.bot.running_bot import until
from tests.contract.conftest import Open
from tests.contract.harness import WHO, Harness, Seen, Who
from tests.fakes.painter import drawings

LABELS = ("Again", "Edit prompt", "In Ultra", "Details", "Delete")
DAY = 24 * 3600
HOSTILE = (
    "hey {mention} @everyone @here <@&1> <#1> <!channel> <!subteam^S1> <@U1>",
    "{mention} [bank](https://example.com) https://example.com/x **bold** # head > quote ||veil|| `code` <https://e.com|x>",
    "\u202e{mention}gnp.xof\u202c \u2066a\u2069 \u200bfox\u200d &lt;b&gt; <script>alert(1)</script>",
)


async def newest(house: Harness, who: Who = "ann") -> Seen:
    return (await house.seen(who))[-1]


async def galleries(house: Harness, who: Who = "ann") -> list[Seen]:
    return [message for message in await house.seen(who) if message.pictures and "Details" in message.buttons]


async def drawn(
    house: Harness, text: str = "a red fox", who: Who = "ann", **options: str | int | bool
) -> Seen:
    """Ask, wait until it is told, and give what this person then sees of it."""
    await house.ask(who, text, **options)
    return await done(house, who)


async def done(house: Harness, who: Who = "ann") -> Seen:
    await house.done()
    return await newest(house, who)


async def eventually(house: Harness, who: Who, true: Callable[[list[Seen]], bool]) -> None:
    """Wait for what comes without being waited for, such as an answer to a reaction."""
    await house.ground.until(lambda: _is(house, who, true))


async def _is(house: Harness, who: Who, true: Callable[[list[Seen]], bool]) -> bool:
    return true(await house.seen(who))


async def used(house: Harness, who: Who) -> int:
    return await house.ground.used(house.names[who])


def starts(labels: tuple[str, ...], *wanted: str) -> bool:
    return len(labels) == len(wanted) and all(map(str.startswith, labels, wanted))


# --- asking, and what comes of it


async def test_pictures_come_with_what_they_are_and_cost(house: Harness) -> None:
    gallery = await drawn(house, "a red fox --ar 16:9")
    assert gallery.pictures == 4
    for said in (house.names["ann"], "Imagen 4 Standard", "16:9", "$0.24"):
        assert said in gallery.text
    assert re.search(r" · \d+ s · ", gallery.text), "how long it took"
    assert await used(house, "ann") == 4


async def test_while_it_waits_its_place_is_told(build: Open) -> None:
    house = await build(in_flight=1)
    house.ground.painter.gate.clear()
    await house.ask("bob", "a blue fox")
    await house.ask("ann", "a red fox", ratio="16:9")
    assert "queued 1st, about" in (await newest(house)).text


@pytest.mark.needs("moves")
async def test_while_it_is_drawn_it_says_so(house: Harness) -> None:
    house.ground.painter.gate.clear()
    await house.ask("ann", "a red fox")
    await eventually(house, "ann", lambda seen: "drawing, " in seen[-1].text)
    assert "Cancel" not in (await newest(house)).buttons, "a drawing cannot be called back"


@pytest.mark.needs("card", "buttons")
async def test_the_card_says_what_it_will_be_and_cost_and_the_gallery_is_one_message(build: Open) -> None:
    house = await build(in_flight=1)
    house.ground.painter.gate.clear()
    await house.ask("bob", "a blue fox")
    await house.ask("ann", "a red fox", ratio="16:9")
    card = await newest(house)
    for said in ("a red fox", "Imagen 4 Standard", "16:9", "4 pictures", "$0.24"):
        assert said in card.text
    assert (card.buttons, card.pictures) == (("Cancel",), 0)
    house.ground.painter.gate.set()
    gallery = await done(house)
    assert gallery.pictures == 4
    assert not gallery.private
    assert len(await house.seen("boss")) == 2, "one message for each of those who asked"


@pytest.mark.needs("open", "buttons")
async def test_the_card_is_seen_by_all_and_becomes_the_gallery(build: Open) -> None:
    house = await build(in_flight=1)
    house.ground.painter.gate.clear()
    await house.ask("bob", "a blue fox")
    await house.ask("ann", "a red fox", ratio="16:9")
    card = await newest(house)
    assert not card.private
    assert await newest(house, "bob") == card
    house.ground.painter.gate.set()
    gallery = await done(house)
    assert (gallery.id, gallery.pictures) == (card.id, 4)
    assert len(await house.seen("bob")) == 2


@pytest.mark.needs("buttons")
async def test_a_gallery_is_described_and_can_be_gone_on_from(house: Harness) -> None:
    gallery = await drawn(house)
    assert starts(gallery.buttons, *LABELS)
    assert gallery.buttons[2] == "In Ultra · $0.12"
    assert gallery.alts == tuple(f"a red fox ({number} of 4)" for number in range(1, 5))
    assert "a red fox" in gallery.text
    assert not gallery.private
    assert await newest(house, "bob") == gallery


@pytest.mark.needs("channel", "buttons")
async def test_what_is_private_is_seen_by_its_requester_until_they_share_it(house: Harness) -> None:
    house.ground.painter.gate.clear()
    await house.ask("ann", "a red fox", private=True)
    assert (await newest(house)).private
    house.ground.painter.gate.set()
    gallery = await done(house)
    assert (gallery.private, gallery.pictures) == (True, 4)
    assert "Share" in gallery.buttons
    assert [await house.seen(who) for who in WHO[1:]] == [[], []]
    await house.press("ann", "Share", gallery)
    shared = await newest(house, "bob")
    assert (shared.private, shared.pictures) == (False, 4)
    assert starts(shared.buttons, *LABELS)
    assert "Shared in the channel." in [message.text for message in await house.seen("ann")]
    assert len(house.ground.painter.orders) == 1


async def test_fewer_pictures_are_charged_as_such(house: Harness) -> None:
    house.ground.painter.script = [lambda order: Drawn(drawings=drawings(order, 3), filtered=1)]
    gallery = await drawn(house)
    assert gallery.pictures == 3
    assert "3 of 4; 1 was filtered by the model. You pay for 3." in gallery.text
    assert await used(house, "ann") == 3


@pytest.mark.needs("buttons")
async def test_the_missing_are_drawn_for_whoever_presses(house: Harness) -> None:
    house.ground.painter.script = [lambda order: Drawn(drawings=drawings(order, 3), filtered=1)]
    gallery = await drawn(house)
    await house.press("bob", "Draw the missing", gallery)
    assert (await done(house, "bob")).pictures == 1
    assert [await used(house, who) for who in WHO] == [3, 1, 0]


# --- refusals


async def test_a_used_up_allowance_says_which_and_when_it_renews(build: Open) -> None:
    house = await build(images=4)
    await drawn(house)
    before = await house.seen("bob")
    await house.ask("ann", "one more")
    told = await newest(house)
    assert "Everyone's allowance allows 4 pictures per day; 0 pictures left" in told.text
    assert "It renews in" in told.text
    assert told.private
    assert await house.seen("bob") == before
    assert len(house.ground.painter.orders) == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("a fox --teir fast", "--teir is not an option; did you mean --tier?"),
        ("a fox --tier fsat", "nearest is fast"),
        ("a fox --v 6", "--v is Midjourney's; here --tier picks the model."),
        ("a fox --tier fast --transparent", "cannot draw a transparent background"),
    ],
)
async def test_what_cannot_be_meant_is_told_before_anything_is_spent(
    house: Harness, typed: str, said: str
) -> None:
    await house.ask("ann", typed)
    told = await newest(house)
    assert said in told.text
    assert told.private
    assert house.ground.painter.orders == []


@pytest.mark.needs("buttons")
async def test_midjourneys_flags_can_be_left_out(house: Harness) -> None:
    await house.ask("ann", "a fox --v 6 --ar 3:2")
    await house.press("ann", "Draw without them", await newest(house))
    await house.done()
    (gallery,) = await galleries(house)
    assert gallery.pictures == 4
    (order,) = house.ground.painter.orders
    assert (order.prompt, order.ratio) == ("a fox", "3:2")


async def test_a_refusal_by_the_model_is_explained_and_costs_nothing(house: Harness) -> None:
    house.ground.painter.script = [Declined()]
    told = await drawn(house)
    assert "would not draw this prompt" in told.text
    assert "Nothing was charged." in told.text
    assert (told.private, told.pictures) == (True, 0)
    assert await used(house, "ann") == 0


@pytest.mark.needs("channel", "buttons")
async def test_a_refused_prompt_leaves_no_card_and_can_be_edited(house: Harness) -> None:
    house.ground.painter.script = [Declined()]
    told = await drawn(house)
    assert told.buttons == ("Edit prompt",)
    assert await house.seen("bob") == []
    assert "moves" in house.lacks or await house.seen("ann") == [told]
    filled = await house.fill("ann", "Edit prompt", told, prompt="a tame fox")
    assert filled["prompt"] == "a red fox"
    await house.done()
    assert (await galleries(house, "ann"))[-1].pictures == 4
    assert house.ground.painter.orders[-1].prompt == "a tame fox"


# --- buttons


@pytest.mark.needs("buttons")
async def test_what_waits_can_be_cancelled_by_who_asked(build: Open) -> None:
    house = await build(in_flight=1)
    house.ground.painter.gate.clear()
    await house.ask("bob", "a blue fox")
    await house.ask("ann", "a red fox")
    card = await newest(house)
    await house.press("ann", "Cancel", card)
    told = await newest(house)
    assert "Cancelled. Nothing was charged." in told.text
    assert (told.private, told.buttons) == (True, ())
    house.ground.painter.gate.set()
    await house.done()
    assert not [message for message in await house.seen("ann") if "Cancel" in message.buttons]
    assert len(await galleries(house)) == 1
    assert [await used(house, each) for each in WHO] == [0, 4, 0]
    assert len(house.ground.painter.orders) == 1


@pytest.mark.needs("open", "buttons")
@pytest.mark.parametrize("who", ["ann", "boss"])
async def test_what_waits_is_cancelled_by_nobody_else_but_an_admin(build: Open, who: Who) -> None:
    house = await build(in_flight=1)
    house.ground.painter.gate.clear()
    await house.ask("bob", "a blue fox")
    await house.ask("ann", "a red fox")
    card = await newest(house)
    await house.press("bob", "Cancel", card)
    assert (
        "Only the person who asked for it, or an admin, can cancel this." in (await newest(house, "bob")).text
    )
    await house.press(who, "Cancel", card)
    house.ground.painter.gate.set()
    await house.done()
    assert card.id not in [message.id for message in await house.seen("bob")]
    for each in {who, "ann"}:  # a requester is told of what an admin cancelled
        assert "Cancelled. Nothing was charged." in "".join(seen.text for seen in await house.seen(each))
    assert [await used(house, each) for each in WHO] == [0, 4, 0]
    assert len(house.ground.painter.orders) == 1


@pytest.mark.needs("channel", "buttons")
async def test_again_is_drawn_and_paid_for_whoever_presses(house: Harness) -> None:
    gallery = await drawn(house)
    await house.press("bob", "Again", gallery)
    again = await done(house)
    assert (again.id != gallery.id, again.pictures, again.private) == (True, 4, False)
    assert house.names["bob"] in again.text
    assert [await used(house, who) for who in WHO] == [4, 4, 0]
    assert (await galleries(house))[0] == gallery, "what was pressed on stays"


@pytest.mark.needs("buttons")
async def test_edit_opens_what_was_asked_and_draws_what_is_submitted(house: Harness) -> None:
    gallery = await drawn(house, "a red fox --ar 3:2 -n 2")
    filled = await house.fill("bob", "Edit prompt", gallery, prompt="a blue fox", ratio="16:9", tier="fast")
    assert filled == {"prompt": "a red fox", "tier": "standard", "ratio": "3:2", "variants": "2"}
    edited = await done(house)
    assert edited.pictures == 2
    order = house.ground.painter.orders[-1]
    assert (order.prompt, order.ratio, order.tier.name) == ("a blue fox", "16:9", "fast")
    assert await used(house, "bob") == 2


@pytest.mark.needs("buttons")
async def test_in_ultra_is_one_picture_at_the_price_on_the_button(house: Harness) -> None:
    await house.press("bob", "In Ultra", await drawn(house))
    final = await done(house)
    assert final.pictures == 1
    assert "Imagen 4 Ultra" in final.text
    assert "$0.12" in final.text
    assert starts(final.buttons, "Again", "Edit prompt", "Details", "Delete")
    assert await used(house, "bob") == 1


@pytest.mark.needs("channel", "buttons")
async def test_details_tell_what_is_left_to_the_requester_alone(house: Harness) -> None:
    gallery = await drawn(house)
    for who in ("ann", "bob", "boss"):
        await house.press(who, "Details", gallery)
        told = await newest(house, who)
        assert told.private
        assert "$0.04 × 1.5 per picture" in told.text
        assert ("396 pictures; renews in" in told.text) == ("renews in" in told.text) == (who == "ann")


@pytest.mark.needs("channel", "buttons")
@pytest.mark.parametrize("who", ["ann", "boss"])
async def test_a_gallery_is_deleted_by_those_who_may(house: Harness, who: Who) -> None:
    gallery = await drawn(house)
    await house.press("bob", "Delete", gallery)
    told = (await newest(house, "bob")).text
    assert "Only the person who asked for it, or an admin, can delete this." in told
    assert gallery in await house.seen("ann")
    await house.press(who, "Delete", gallery)
    assert [await galleries(house, each) for each in WHO] == [[], [], []]
    assert "Deleted." in (await newest(house, who)).text


# --- reactions


@pytest.mark.needs("reactions")
async def test_a_reaction_draws_again_once_per_person_and_message(house: Harness) -> None:
    gallery = await drawn(house)
    await house.react("bob", "🔁", gallery)
    again = await done(house)
    assert (again.pictures, house.names["bob"] in again.text) == (4, True)
    await house.unreact("bob", "🔁", gallery)
    await house.react("bob", "🔁", gallery)
    await house.react("bob", "🔄", gallery)
    await house.done()
    assert [await used(house, who) for who in WHO] == [4, 4, 0]
    assert len(await galleries(house)) == 2
    await house.react("ann", "🔄", gallery)
    await house.done()
    assert [await used(house, who) for who in WHO] == [8, 4, 0]


@pytest.mark.needs("reactions")
@pytest.mark.parametrize("who", ["ann", "boss"])
async def test_the_bin_deletes_for_those_who_may(house: Harness, who: Who) -> None:
    gallery = await drawn(house)
    await house.react("bob", "🗑️", gallery)
    assert len(await galleries(house)) == 1
    await house.react(who, "🗑️", gallery)
    await eventually(house, "bob", lambda seen: not [each for each in seen if each.pictures])


@pytest.mark.needs("reactions")
async def test_a_refused_reaction_is_answered_to_its_person_alone(build: Open) -> None:
    house = await build(images=4)
    gallery = await drawn(house)
    await house.react("ann", "🔁", gallery)
    await eventually(house, "ann", lambda seen: "allowance allows 4" in seen[-1].text)
    assert (await newest(house)).private
    assert len(await house.seen("bob")) == 1
    await house.skip(DAY)
    heard = house.ground.core.reacted
    await house.unreact("ann", "🔁", gallery)
    assert house.ground.core.reacted == heard, "taking it off asks for nothing"
    await house.react("ann", "🔁", gallery)
    await house.done()
    assert len(await galleries(house)) == 2, "a refused attempt does not use it up"


# --- commands


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("quota", ("Pictures today", "400", "396", "Money this month")),
        ("usage", ("Pictures", "standard", "$0.24", "4")),
        ("tiers", ("fast", "Imagen 4 Ultra", "8–15 s", "$180.00", "gpt")),
    ],
)
async def test_a_command_is_answered_to_its_asker_alone(
    house: Harness, name: str, said: tuple[str, ...]
) -> None:
    await drawn(house)
    before = await house.seen("bob")
    await house.command("ann", name)
    told = await newest(house)
    assert told.private
    for each in said:
        assert each in told.text
    assert await house.seen("bob") == before


@pytest.mark.needs("chart")
async def test_usage_has_a_chart_whose_figures_can_be_read(house: Harness) -> None:
    await drawn(house)
    await house.command("ann", "usage")
    told = await newest(house)
    assert told.pictures == 1
    assert "$0.24 for 4 pictures" in told.alts[0]


@pytest.mark.needs("recent")
async def test_recent_offers_again_and_share(house: Harness) -> None:
    await drawn(house, "a red fox", private=True)
    await house.command("ann", "recent")
    told = await newest(house)
    assert "a red fox" in told.text
    assert told.private
    assert told.buttons == ("Again: a red fox", "Share: a red fox")
    await house.press("ann", "Share", told)
    assert (await newest(house, "bob")).pictures == 4
    await house.press("ann", "Again", told)
    await house.done()
    assert [message.private for message in await galleries(house)].count(True) == 2


@pytest.mark.needs("help")
async def test_help_lists_the_commands(house: Harness) -> None:
    await house.command("ann", "help")
    told = await newest(house)
    for name in ("/imagine", "/tiers", "/quota", "/usage", "/recent"):
        assert name in told.text
    assert told.private


# --- time and trouble


async def test_after_a_restart_what_waited_is_drawn_and_nothing_twice(build: Open) -> None:
    house = await build(in_flight=1)
    house.ground.painter.gate.clear()
    await house.ask("bob", "a blue fox")
    await house.ask("ann", "a red fox")
    await until(lambda: bool(house.ground.painter.orders))
    await house.restart()
    house.ground.painter.gate.set()
    await house.done()
    assert [order.prompt for order in house.ground.painter.orders] == ["a blue fox", "a red fox"]
    assert [await used(house, who) for who in WHO] == [4, 0, 0]
    said = "\n".join(message.text for message in await house.seen("bob"))
    assert "restarted" in said or "went away" in said


@pytest.mark.needs("channel", "buttons")
async def test_a_restart_between_accepting_and_delivering_loses_no_picture(build: Open) -> None:
    house = await build(in_flight=1)
    house.ground.painter.gate.clear()
    await house.ask("bob", "a blue fox")
    await house.ask("ann", "a red fox")
    card = await newest(house)
    await until(lambda: bool(house.ground.painter.orders))
    await house.restart()
    house.ground.painter.gate.set()
    await house.done()
    (gallery,) = await galleries(house)
    assert gallery.pictures == 4
    assert "open" in house.lacks or gallery.id == card.id
    told = [message for message in await house.seen("bob") if "restarted" in message.text]
    assert [message.private for message in told] == [True]
    assert "moves" in house.lacks or len(await house.seen("ann")) == 1, "no card goes on pretending"


@pytest.mark.needs("buttons", "reactions")
async def test_buttons_and_reactions_outlive_a_restart(house: Harness) -> None:
    gallery = await drawn(house)
    await house.restart()
    await house.skip(30 * DAY)
    await house.press("ann", "Again", gallery)
    await house.done()
    await house.react("bob", "🔁", gallery)
    await house.done()
    assert len(await galleries(house)) == 3


@pytest.mark.needs("ping")
async def test_what_took_over_a_minute_arrives_anew_and_names_its_requester(house: Harness) -> None:
    house.ground.painter.gate.clear()
    await house.ask("ann", "a red fox")
    card = await newest(house)
    await until(lambda: bool(house.ground.painter.orders))
    await house.skip(61)
    house.ground.painter.gate.set()
    gallery = await done(house, "bob")
    assert gallery.id != card.id
    assert gallery.pings == (house.names["ann"],)
    assert await house.seen("bob") == [gallery]


@pytest.mark.needs("lent")
async def test_what_takes_longer_than_a_token_lives_is_delivered_all_the_same(house: Harness) -> None:
    house.ground.painter.gate.clear()
    await house.ask("ann", "a red fox")
    await house.ask("ann", "a grey fox", private=True)
    await until(lambda: len(house.ground.painter.orders) == 2)
    house.spend_tokens()
    await house.skip(20 * 60)
    house.ground.painter.gate.set()
    await house.done()
    assert [(each.pictures, each.pings) for each in await galleries(house, "bob")] == [
        (4, (house.names["ann"],))
    ]
    assert sorted(each.private for each in await galleries(house)) == [False, True]


@pytest.mark.parametrize("prompt", HOSTILE)
async def test_nothing_typed_pings_anybody(house: Harness, prompt: str) -> None:
    prompt = prompt.format(mention=house.mention("bob"))
    house.ground.painter.script = [lambda order: Drawn(drawings=drawings(order)), Declined()]
    await drawn(house, prompt)
    await drawn(house, prompt, private=True)
    await house.ask("ann", f"{prompt} --teir {prompt}")
    for who in WHO:
        assert [message.pings for message in await house.seen(who) if message.pings] == []


@pytest.mark.needs("ping", "buttons")
@pytest.mark.parametrize("prompt", HOSTILE)
async def test_what_names_its_requester_names_nobody_else(house: Harness, prompt: str) -> None:
    prompt = prompt.format(mention=house.mention("bob"))
    house.ground.painter.gate.clear()
    await house.ask("ann", prompt)
    await until(lambda: bool(house.ground.painter.orders))
    await house.skip(61)
    house.ground.painter.gate.set()
    gallery = await done(house, "bob")
    assert gallery.pings == (house.names["ann"],)
    for label in ("Details", "Again"):
        await house.press("bob", label, gallery)
        assert (await newest(house, "bob")).pings == ()
    await house.command("ann", "recent")
    assert (await newest(house)).pings == ()
    await house.done()


@pytest.mark.needs("outage")
async def test_where_the_platform_fails_for_a_while_it_is_delivered_in_the_end(house: Harness) -> None:
    house.ground.painter.gate.clear()
    await house.ask("ann", "a red fox")
    with capture_logs() as lines:
        async with house.outage():
            house.ground.painter.gate.set()
            await until(lambda: "delivery.failed" in [line["event"] for line in lines])
        await house.done()
    assert all(line["again"] for line in lines if line["event"] == "delivery.failed")
    (gallery,) = await galleries(house, "bob")
    assert gallery.pictures == 4
    assert len(house.ground.painter.orders) == 1


@pytest.mark.needs("ban")
async def test_where_the_channel_is_closed_to_us_its_requester_gets_it(house: Harness) -> None:
    house.ground.painter.gate.clear()
    await house.ask("ann", "a red fox")
    await until(lambda: bool(house.ground.painter.orders))
    house.ban()
    house.ground.painter.gate.set()
    gallery = await done(house)
    assert (gallery.private, gallery.pictures) == (True, 4)
    assert await galleries(house, "bob") == []
    assert len(house.ground.painter.orders) == 1


def _broken(order: PaintOrder) -> Drawn:
    raise RuntimeError(f"cannot paint {order.prompt!r}")


async def test_what_breaks_while_drawing_is_said_plainly(house: Harness) -> None:
    house.ground.painter.script = [_broken]
    with capture_logs() as lines:
        told = await drawn(house, "a secret fox")
    assert "Something broke on our side; nothing was charged; job " in told.text
    assert "Traceback" not in told.text
    assert "secret" not in repr(lines)
    assert await used(house, "ann") == 0


async def test_a_core_that_breaks_is_answered_in_a_plain_sentence(house: Harness) -> None:
    house.ground.core.says = KeyError("a secret fox")
    with capture_logs() as lines:
        await house.ask("ann", "a secret fox")
    told = await newest(house)
    assert "Something broke on " in told.text
    assert "KeyError" not in told.text
    assert told.private
    assert [line for line in lines if line["log_level"] == "error"] != []
    assert "secret" not in repr(lines)
    assert await house.seen("bob") == []
