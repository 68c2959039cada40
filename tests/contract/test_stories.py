"""The stories of a person, each run on every platform."""

import re
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from bot.painters.port import Declined, Drawn, PaintOrder
from tests.bot.running_bot import until
from tests.contract.conftest import Build
from tests.contract.harness import ACTORS, Actor, Harness, VisibleMessage
from tests.fakes.painter import drawings

LABELS = ("Again", "Edit prompt", "In Ultra", "Details", "Delete", "1", "2", "3", "4")
DAY = 24 * 3600
HOSTILE = (
    "a fox says hey to {mention} @everyone @here <@&1> <#1> <!channel> <!subteam^S1> <@U1>",
    "{mention} [bank](https://example.com) https://example.com/x **bold** # head > quote ||veil|| `code` <https://e.com|x>",
    "\u202e{mention}gnp.xof\u202c \u2066a\u2069 \u200bfox\u200d &lt;b&gt; <script>alert(1)</script>",
)


async def newest(harness: Harness, who: Actor = "ann") -> VisibleMessage:
    return (await harness.messages(who))[-1]


async def galleries(harness: Harness, who: Actor = "ann") -> list[VisibleMessage]:
    return [
        message
        for message in await harness.messages(who)
        if message.pictures and "Details" in message.buttons
    ]


async def draw(
    harness: Harness, text: str = "a red fox", who: Actor = "ann", **options: str | int | bool
) -> VisibleMessage:
    """Ask, wait for the delivery, and return the newest message that this person sees."""
    await harness.ask(who, text, **options)
    return await finish(harness, who)


async def finish(harness: Harness, who: Actor = "ann") -> VisibleMessage:
    await harness.wait_until_done()
    return await newest(harness, who)


async def wait_for_messages(
    harness: Harness, who: Actor, condition: Callable[[list[VisibleMessage]], bool]
) -> None:
    """Wait until the condition holds. Some actions, such as reactions, return before their answer."""
    await harness.backend.until(lambda: _holds(harness, who, condition))


async def _holds(harness: Harness, who: Actor, condition: Callable[[list[VisibleMessage]], bool]) -> bool:
    return condition(await harness.messages(who))


async def images_charged(harness: Harness, who: Actor) -> int:
    return await harness.backend.images_charged(harness.names[who])


def start_with(labels: tuple[str, ...], *prefixes: str) -> bool:
    return len(labels) == len(prefixes) and all(map(str.startswith, labels, prefixes))


# --- requests and their pictures


async def test_a_gallery_names_its_options_and_its_cost(harness: Harness) -> None:
    gallery = await draw(harness, "a red fox --ar 16:9")
    assert gallery.pictures == 4
    for text in (harness.names["ann"], "Imagen 4 Standard", "16:9", "$0.24"):
        assert text in gallery.text
    assert re.search(r" · \d+ s · ", gallery.text), "how long it took"
    assert await images_charged(harness, "ann") == 4


async def test_a_waiting_request_shows_its_place_in_the_queue(build: Build) -> None:
    harness = await build(in_flight=1)
    harness.backend.painter.gate.clear()
    await harness.ask("bob", "a blue fox")
    await harness.ask("ann", "a red fox", ratio="16:9")
    assert "queued 1st, about" in (await newest(harness)).text


@pytest.mark.needs("moves")
async def test_a_request_in_progress_says_that_it_is_drawn(harness: Harness) -> None:
    harness.backend.painter.gate.clear()
    await harness.ask("ann", "a red fox")
    await wait_for_messages(harness, "ann", lambda messages: "drawing, " in messages[-1].text)
    assert "Cancel" not in (await newest(harness)).buttons, "a drawing that has started cannot be cancelled"


@pytest.mark.needs("card", "buttons")
async def test_the_card_names_options_and_cost_and_the_gallery_is_one_message(build: Build) -> None:
    harness = await build(in_flight=1)
    harness.backend.painter.gate.clear()
    await harness.ask("bob", "a blue fox")
    await harness.ask("ann", "a red fox", ratio="16:9")
    card = await newest(harness)
    for text in ("a red fox", "Imagen 4 Standard", "16:9", "4 pictures", "$0.24"):
        assert text in card.text
    assert (card.buttons, card.pictures) == (("Cancel",), 0)
    harness.backend.painter.gate.set()
    gallery = await finish(harness)
    assert gallery.pictures == 4
    assert not gallery.private
    assert len(await harness.messages("boss")) == 2, "one message for each request"


@pytest.mark.needs("open", "buttons")
async def test_the_card_is_seen_by_all_and_becomes_the_gallery(build: Build) -> None:
    harness = await build(in_flight=1)
    harness.backend.painter.gate.clear()
    await harness.ask("bob", "a blue fox")
    await harness.ask("ann", "a red fox", ratio="16:9")
    card = await newest(harness)
    assert not card.private
    assert await newest(harness, "bob") == card
    harness.backend.painter.gate.set()
    gallery = await finish(harness)
    assert (gallery.id, gallery.pictures) == (card.id, 4)
    assert len(await harness.messages("bob")) == 2


@pytest.mark.needs("buttons")
async def test_a_gallery_has_alt_texts_and_buttons(harness: Harness) -> None:
    gallery = await draw(harness)
    assert start_with(gallery.buttons, *LABELS)
    assert gallery.buttons[2] == "In Ultra · $0.12"
    assert gallery.alts == tuple(f"a red fox ({number} of 4)" for number in range(1, 5))
    assert "a red fox" in gallery.text
    assert not gallery.private
    assert await newest(harness, "bob") == gallery


@pytest.mark.needs("channel", "buttons")
async def test_a_private_gallery_is_for_its_requester_until_they_share_it(harness: Harness) -> None:
    harness.backend.painter.gate.clear()
    await harness.ask("ann", "a red fox", private=True)
    assert (await newest(harness)).private
    harness.backend.painter.gate.set()
    gallery = await finish(harness)
    assert (gallery.private, gallery.pictures) == (True, 4)
    assert "Share" in gallery.buttons
    assert [await harness.messages(who) for who in ACTORS[1:]] == [[], []]
    await harness.press("ann", "Share", gallery)
    shared = await newest(harness, "bob")
    assert (shared.private, shared.pictures) == (False, 4)
    assert start_with(shared.buttons, *LABELS)
    assert "Shared in the channel." in [message.text for message in await harness.messages("ann")]
    assert len(harness.backend.painter.orders) == 1


async def test_only_delivered_pictures_are_charged(harness: Harness) -> None:
    harness.backend.painter.script = [lambda order: Drawn(drawings=drawings(order, 3), filtered=1)]
    gallery = await draw(harness)
    assert gallery.pictures == 3
    assert "3 of 4; 1 was filtered by the model. You pay for 3." in gallery.text
    assert await images_charged(harness, "ann") == 3


@pytest.mark.needs("buttons")
async def test_missing_pictures_are_drawn_for_the_person_who_presses(harness: Harness) -> None:
    harness.backend.painter.script = [lambda order: Drawn(drawings=drawings(order, 3), filtered=1)]
    gallery = await draw(harness)
    await harness.press("bob", "Draw the missing", gallery)
    assert (await finish(harness, "bob")).pictures == 1
    assert [await images_charged(harness, who) for who in ACTORS] == [3, 1, 0]


async def test_a_dash_by_itself_is_prose_and_flags_after_it_count(harness: Harness) -> None:
    await harness.ask("ann", "a fox -- red, in snow --fast -n 1")
    await harness.wait_until_done()
    (order,) = harness.backend.painter.orders
    assert (order.prompt, order.tier.name, order.images) == ("a fox -- red, in snow", "fast", 1)


# --- refusals


async def test_a_used_up_allowance_is_named_with_its_renewal(build: Build) -> None:
    harness = await build(images=4)
    await draw(harness)
    before = await harness.messages("bob")
    await harness.ask("ann", "one more")
    answer = await newest(harness)
    assert "Everyone's allowance allows 4 pictures per day; 0 pictures left" in answer.text
    assert "It renews in" in answer.text
    assert answer.private
    assert await harness.messages("bob") == before
    assert len(harness.backend.painter.orders) == 1


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("a fox --teir fast", "--teir is not an option; did you mean --tier?"),
        ("a fox --tier fsat", "nearest is fast"),
        ("a fox --v 6", "--v is Midjourney's; here --tier picks the model."),
        ("a fox --tier fast --transparent", "cannot draw a transparent background"),
    ],
)
async def test_invalid_options_are_refused_before_anything_is_spent(
    harness: Harness, line: str, text: str
) -> None:
    await harness.ask("ann", line)
    answer = await newest(harness)
    assert text in answer.text
    assert answer.private
    assert harness.backend.painter.orders == []


@pytest.mark.needs("buttons")
async def test_midjourneys_flags_can_be_left_out(harness: Harness) -> None:
    await harness.ask("ann", "a fox --v 6 --ar 3:2")
    await harness.press("ann", "Draw without them", await newest(harness))
    await harness.wait_until_done()
    (gallery,) = await galleries(harness)
    assert gallery.pictures == 4
    (order,) = harness.backend.painter.orders
    assert (order.prompt, order.ratio) == ("a fox", "3:2")


async def test_a_refusal_by_the_model_is_explained_and_costs_nothing(harness: Harness) -> None:
    harness.backend.painter.script = [Declined()]
    answer = await draw(harness)
    assert "would not draw this prompt" in answer.text
    assert "Nothing was charged." in answer.text
    assert (answer.private, answer.pictures) == (True, 0)
    assert await images_charged(harness, "ann") == 0


@pytest.mark.needs("channel", "buttons")
async def test_a_refused_prompt_leaves_no_card_and_can_be_edited(harness: Harness) -> None:
    harness.backend.painter.script = [Declined()]
    answer = await draw(harness)
    assert answer.buttons == ("Edit prompt",)
    assert await harness.messages("bob") == []
    assert "moves" in harness.unsupported or await harness.messages("ann") == [answer]
    filled = await harness.fill("ann", "Edit prompt", answer, prompt="a tame fox")
    assert filled["prompt"] == "a red fox"
    await harness.wait_until_done()
    assert (await galleries(harness, "ann"))[-1].pictures == 4
    assert harness.backend.painter.orders[-1].prompt == "a tame fox"


# --- buttons


@pytest.mark.needs("buttons")
async def test_a_waiting_request_can_be_cancelled_by_its_requester(build: Build) -> None:
    harness = await build(in_flight=1)
    harness.backend.painter.gate.clear()
    await harness.ask("bob", "a blue fox")
    await harness.ask("ann", "a red fox")
    card = await newest(harness)
    await harness.press("ann", "Cancel", card)
    answer = await newest(harness)
    assert "Cancelled. Nothing was charged." in answer.text
    assert (answer.private, answer.buttons) == (True, ())
    harness.backend.painter.gate.set()
    await harness.wait_until_done()
    assert not [message for message in await harness.messages("ann") if "Cancel" in message.buttons]
    assert len(await galleries(harness)) == 1
    assert [await images_charged(harness, each) for each in ACTORS] == [0, 4, 0]
    assert len(harness.backend.painter.orders) == 1


@pytest.mark.needs("open", "buttons")
@pytest.mark.parametrize("who", ["ann", "boss"])
async def test_a_waiting_request_is_cancelled_by_nobody_else_but_an_admin(build: Build, who: Actor) -> None:
    harness = await build(in_flight=1)
    harness.backend.painter.gate.clear()
    await harness.ask("bob", "a blue fox")
    await harness.ask("ann", "a red fox")
    card = await newest(harness)
    await harness.press("bob", "Cancel", card)
    assert (
        "Only the person who asked for it, or an admin, can cancel this."
        in (await newest(harness, "bob")).text
    )
    await harness.press(who, "Cancel", card)
    harness.backend.painter.gate.set()
    await harness.wait_until_done()
    assert card.id not in [message.id for message in await harness.messages("bob")]
    for each in {who, "ann"}:  # a requester learns that an admin cancelled the job
        assert "Cancelled. Nothing was charged." in "".join(
            each.text for each in await harness.messages(each)
        )
    assert [await images_charged(harness, each) for each in ACTORS] == [0, 4, 0]
    assert len(harness.backend.painter.orders) == 1


@pytest.mark.needs("channel", "buttons")
async def test_again_is_drawn_for_and_charged_to_the_person_who_presses(harness: Harness) -> None:
    gallery = await draw(harness)
    await harness.press("bob", "Again", gallery)
    again = await finish(harness)
    assert (again.id != gallery.id, again.pictures, again.private) == (True, 4, False)
    assert harness.names["bob"] in again.text
    assert [await images_charged(harness, who) for who in ACTORS] == [4, 4, 0]
    assert (await galleries(harness))[0] == gallery, "the first gallery stays"


@pytest.mark.needs("buttons")
async def test_edit_opens_with_the_request_and_draws_the_submitted_one(harness: Harness) -> None:
    gallery = await draw(harness, "a red fox --ar 3:2 -n 2")
    filled = await harness.fill("bob", "Edit prompt", gallery, prompt="a blue fox", ratio="16:9", tier="fast")
    assert filled == {"prompt": "a red fox", "tier": "standard", "ratio": "3:2", "variants": "2"}
    edited = await finish(harness)
    assert edited.pictures == 2
    order = harness.backend.painter.orders[-1]
    assert (order.prompt, order.ratio, order.tier.name) == ("a blue fox", "16:9", "fast")
    assert await images_charged(harness, "bob") == 2


@pytest.mark.needs("buttons")
async def test_in_ultra_is_one_picture_at_the_price_on_the_button(harness: Harness) -> None:
    await harness.press("bob", "In Ultra", await draw(harness))
    final = await finish(harness)
    assert final.pictures == 1
    assert "Imagen 4 Ultra" in final.text
    assert "$0.12" in final.text
    assert start_with(final.buttons, "Again", "Edit prompt", "Details", "Delete")
    assert await images_charged(harness, "bob") == 1


@pytest.mark.needs("channel", "buttons")
async def test_details_show_the_allowance_to_the_requester_alone(harness: Harness) -> None:
    gallery = await draw(harness)
    for who in ("ann", "bob", "boss"):
        await harness.press(who, "Details", gallery)
        answer = await newest(harness, who)
        assert answer.private
        assert "$0.04 × 1.5 per picture" in answer.text
        assert ("396 pictures; renews in" in answer.text) == ("renews in" in answer.text) == (who == "ann")


@pytest.mark.needs("channel", "buttons")
@pytest.mark.parametrize("who", ["ann", "boss"])
async def test_a_gallery_can_be_deleted_by_its_requester_and_an_admin(harness: Harness, who: Actor) -> None:
    gallery = await draw(harness)
    await harness.press("bob", "Delete", gallery)
    answer = (await newest(harness, "bob")).text
    assert "Only the person who asked for it, or an admin, can delete this." in answer
    assert gallery in await harness.messages("ann")
    await harness.press(who, "Delete", gallery)
    assert [await galleries(harness, each) for each in ACTORS] == [[], [], []]
    assert "Deleted." in (await newest(harness, who)).text


# --- reactions


@pytest.mark.needs("reactions")
async def test_a_reaction_draws_again_once_per_person_and_message(harness: Harness) -> None:
    gallery = await draw(harness)
    await harness.react("bob", "🔁", gallery)
    again = await finish(harness)
    assert (again.pictures, harness.names["bob"] in again.text) == (4, True)
    await harness.unreact("bob", "🔁", gallery)
    await harness.react("bob", "🔁", gallery)
    await harness.react("bob", "🔄", gallery)
    await harness.wait_until_done()
    assert [await images_charged(harness, who) for who in ACTORS] == [4, 4, 0]
    assert len(await galleries(harness)) == 2
    await harness.react("ann", "🔄", gallery)
    await harness.wait_until_done()
    assert [await images_charged(harness, who) for who in ACTORS] == [8, 4, 0]


@pytest.mark.needs("reactions")
@pytest.mark.parametrize("who", ["ann", "boss"])
async def test_the_bin_reaction_deletes_for_the_requester_and_an_admin(harness: Harness, who: Actor) -> None:
    gallery = await draw(harness)
    await harness.react("bob", "🗑️", gallery)
    assert len(await galleries(harness)) == 1
    await harness.react(who, "🗑️", gallery)
    await wait_for_messages(harness, "bob", lambda messages: not [each for each in messages if each.pictures])


@pytest.mark.needs("reactions")
async def test_a_refused_reaction_is_answered_to_its_person_alone(build: Build) -> None:
    harness = await build(images=4)
    gallery = await draw(harness)
    await harness.react("ann", "🔁", gallery)
    await wait_for_messages(harness, "ann", lambda messages: "allowance allows 4" in messages[-1].text)
    assert (await newest(harness)).private
    assert len(await harness.messages("bob")) == 1
    await harness.skip(DAY)
    reaction_count = harness.backend.core.reaction_count
    await harness.unreact("ann", "🔁", gallery)
    assert harness.backend.core.reaction_count == reaction_count, "removing it makes no request"
    await harness.react("ann", "🔁", gallery)
    await harness.wait_until_done()
    assert len(await galleries(harness)) == 2, "a refused attempt does not use it up"


# --- commands


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("quota", ("Pictures today", "400", "396", "Money this month")),
        ("usage", ("Pictures", "standard", "$0.24", "4")),
        ("tiers", ("fast", "Imagen 4 Ultra", "8–15 s", "$180.00", "gpt")),
    ],
)
async def test_a_command_is_answered_to_its_person_alone(
    harness: Harness, name: str, texts: tuple[str, ...]
) -> None:
    await draw(harness)
    before = await harness.messages("bob")
    await harness.command("ann", name)
    answer = await newest(harness)
    assert answer.private
    for text in texts:
        assert text in answer.text
    assert await harness.messages("bob") == before


@pytest.mark.needs("chart")
async def test_usage_has_a_chart_whose_figures_can_be_read(harness: Harness) -> None:
    await draw(harness)
    await harness.command("ann", "usage")
    answer = await newest(harness)
    assert answer.pictures == 1
    assert "$0.24 for 4 pictures" in answer.alts[0]


@pytest.mark.needs("help")
async def test_help_lists_the_commands(harness: Harness) -> None:
    await harness.command("ann", "help")
    answer = await newest(harness)
    for name in ("/imagine", "/tiers", "/quota", "/usage", "/recent", "/find", "/kept"):
        assert name in answer.text
    assert answer.private


# --- restarts and failures


async def test_after_a_restart_waiting_jobs_are_drawn_and_none_twice(build: Build) -> None:
    harness = await build(in_flight=1)
    harness.backend.painter.gate.clear()
    await harness.ask("bob", "a blue fox")
    await harness.ask("ann", "a red fox")
    await until(lambda: bool(harness.backend.painter.orders))
    await harness.restart()
    harness.backend.painter.gate.set()
    await harness.wait_until_done()
    assert [order.prompt for order in harness.backend.painter.orders] == ["a blue fox", "a red fox"]
    assert [await images_charged(harness, who) for who in ACTORS] == [4, 0, 0]
    texts = "\n".join(message.text for message in await harness.messages("bob"))
    assert "restarted" in texts or "went away" in texts


@pytest.mark.needs("channel", "buttons")
async def test_a_restart_between_accepting_and_delivering_loses_no_picture(build: Build) -> None:
    harness = await build(in_flight=1)
    harness.backend.painter.gate.clear()
    await harness.ask("bob", "a blue fox")
    await harness.ask("ann", "a red fox")
    card = await newest(harness)
    await until(lambda: bool(harness.backend.painter.orders))
    await harness.restart()
    harness.backend.painter.gate.set()
    await harness.wait_until_done()
    (gallery,) = await galleries(harness)
    assert gallery.pictures == 4
    assert "open" in harness.unsupported or gallery.id == card.id
    notices = [message for message in await harness.messages("bob") if "restarted" in message.text]
    assert [message.private for message in notices] == [True]
    assert "moves" in harness.unsupported or len(await harness.messages("ann")) == 1, "no old card is left"


@pytest.mark.needs("buttons", "reactions")
async def test_buttons_and_reactions_work_after_a_restart(harness: Harness) -> None:
    gallery = await draw(harness)
    await harness.restart()
    await harness.skip(30 * DAY)
    await harness.press("ann", "Again", gallery)
    await harness.wait_until_done()
    await harness.react("bob", "🔁", gallery)
    await harness.wait_until_done()
    assert len(await galleries(harness)) == 3


@pytest.mark.needs("ping")
async def test_a_job_of_over_a_minute_is_a_new_message_that_notifies_its_requester(harness: Harness) -> None:
    harness.backend.painter.gate.clear()
    await harness.ask("ann", "a red fox")
    card = await newest(harness)
    await until(lambda: bool(harness.backend.painter.orders))
    await harness.skip(61)
    harness.backend.painter.gate.set()
    gallery = await finish(harness, "bob")
    assert gallery.id != card.id
    assert gallery.pings == (harness.names["ann"],)
    assert await harness.messages("bob") == [gallery]


@pytest.mark.needs("lent")
async def test_a_job_that_outlasts_its_reply_token_is_still_delivered(harness: Harness) -> None:
    harness.backend.painter.gate.clear()
    await harness.ask("ann", "a red fox")
    await harness.ask("ann", "a grey fox", private=True)
    await until(lambda: len(harness.backend.painter.orders) == 2)
    harness.expire_tokens()
    await harness.skip(20 * 60)
    harness.backend.painter.gate.set()
    await harness.wait_until_done()
    assert [(each.pictures, each.pings) for each in await galleries(harness, "bob")] == [
        (4, (harness.names["ann"],))
    ]
    assert sorted(each.private for each in await galleries(harness)) == [False, True]


@pytest.mark.parametrize("prompt", HOSTILE)
async def test_a_prompt_never_notifies_anybody(harness: Harness, prompt: str) -> None:
    prompt = prompt.format(mention=harness.mention("bob"))
    harness.backend.painter.script = [lambda order: Drawn(drawings=drawings(order)), Declined()]
    await draw(harness, prompt)
    await draw(harness, prompt, private=True)
    await harness.ask("ann", f"{prompt} --teir {prompt}")
    for who in ACTORS:
        assert [message.pings for message in await harness.messages(who) if message.pings] == []


@pytest.mark.needs("ping", "buttons")
@pytest.mark.parametrize("prompt", HOSTILE)
async def test_a_notification_of_the_requester_notifies_nobody_else(harness: Harness, prompt: str) -> None:
    prompt = prompt.format(mention=harness.mention("bob"))
    harness.backend.painter.gate.clear()
    await harness.ask("ann", prompt)
    await until(lambda: bool(harness.backend.painter.orders))
    await harness.skip(61)
    harness.backend.painter.gate.set()
    gallery = await finish(harness, "bob")
    assert gallery.pings == (harness.names["ann"],)
    for label in ("Details", "Again"):
        await harness.press("bob", label, gallery)
        assert (await newest(harness, "bob")).pings == ()
    await harness.command("ann", "recent")
    assert (await newest(harness)).pings == ()
    await harness.wait_until_done()


@pytest.mark.needs("outage")
async def test_after_an_outage_of_the_platform_a_job_is_delivered(harness: Harness) -> None:
    harness.backend.painter.gate.clear()
    await harness.ask("ann", "a red fox")
    with capture_logs() as lines:
        async with harness.outage():
            harness.backend.painter.gate.set()
            await until(lambda: "delivery.failed" in [line["event"] for line in lines])
        await harness.wait_until_done()
    assert all(line["again"] for line in lines if line["event"] == "delivery.failed")
    (gallery,) = await galleries(harness, "bob")
    assert gallery.pictures == 4
    assert len(harness.backend.painter.orders) == 1


@pytest.mark.needs("ban")
async def test_without_access_to_the_channel_the_requester_gets_the_gallery(harness: Harness) -> None:
    harness.backend.painter.gate.clear()
    await harness.ask("ann", "a red fox")
    await until(lambda: bool(harness.backend.painter.orders))
    harness.ban()
    harness.backend.painter.gate.set()
    gallery = await finish(harness)
    assert (gallery.private, gallery.pictures) == (True, 4)
    assert await galleries(harness, "bob") == []
    assert len(harness.backend.painter.orders) == 1


@pytest.mark.needs("gone")
async def test_once_the_channel_is_gone_the_requester_gets_the_gallery_and_reads_why(
    harness: Harness,
) -> None:
    harness.backend.painter.gate.clear()
    await harness.ask("ann", "a red fox")
    await until(lambda: bool(harness.backend.painter.orders))
    harness.delete_channel()
    harness.backend.painter.gate.set()
    gallery = await finish(harness)
    assert (gallery.private, gallery.pictures) == (True, 4)
    why = "I could not post this in the channel" if "slack" in harness.name else "The channel is gone"
    assert why in gallery.text, "Slack does not tell a channel that is gone from one that it hides"
    assert await galleries(harness, "bob") == []
    assert await images_charged(harness, "ann") == 4


@pytest.mark.needs("gone")
async def test_pictures_that_nothing_takes_wait_until_their_person_can_see_them(harness: Harness) -> None:
    """Direct messages are closed, too. Slack shows nothing to one person alone but by a direct message."""
    harness.backend.painter.gate.clear()
    await harness.ask("ann", "a red fox")
    await until(lambda: bool(harness.backend.painter.orders))
    harness.refuse_direct_messages("ann")
    harness.delete_channel()
    harness.backend.painter.gate.set()
    await harness.wait_until_done()
    assert await galleries(harness) == []
    await harness.restart()
    harness.open_channel()
    await harness.command("ann", "quota")
    line = 'Your 4 pictures of "a red fox" are waiting: /recent'
    await wait_for_messages(harness, "ann", lambda messages: line in " ".join(each.text for each in messages))
    if "slack" in harness.name:
        assert await galleries(harness) == []
        harness.accept_direct_messages("ann")
        await harness.command("ann", "tiers")
    await wait_for_messages(harness, "ann", lambda messages: any(each.pictures for each in messages))
    (gallery,) = await galleries(harness)
    assert (gallery.private, gallery.pictures) == (True, 4)
    assert await galleries(harness, "bob") == []
    await harness.backend.until(harness.backend.nothing_waits)
    await harness.command("ann", "quota")
    assert "waiting" not in (await newest(harness)).text
    assert [await images_charged(harness, who) for who in ACTORS] == [4, 0, 0]
    assert len(harness.backend.painter.orders) == 1


def _raise(order: PaintOrder) -> Drawn:
    raise RuntimeError(f"cannot paint {order.prompt!r}")


async def test_an_error_while_drawing_is_answered_in_a_plain_sentence(harness: Harness) -> None:
    harness.backend.painter.script = [_raise]
    with capture_logs() as lines:
        answer = await draw(harness, "a secret fox")
    assert "Something broke on our side; nothing was charged; job " in answer.text
    assert "Traceback" not in answer.text
    assert "secret" not in repr(lines)
    assert await images_charged(harness, "ann") == 0


async def test_an_error_of_the_core_is_answered_in_a_plain_sentence(harness: Harness) -> None:
    harness.backend.core.next_reply = KeyError("a secret fox")
    with capture_logs() as lines:
        await harness.ask("ann", "a secret fox")
    answer = await newest(harness)
    assert "Something broke on " in answer.text
    assert "KeyError" not in answer.text
    assert answer.private
    assert [line for line in lines if line["log_level"] == "error"] != []
    assert "secret" not in repr(lines)
    assert await harness.messages("bob") == []
