"""What is posted, revised and deleted, over real sockets: which way it goes, and what when that is closed."""

import asyncio
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from adapters.slack.outbound.addresses import pressed_message
from bot import wording
from bot.port.cards import Chart, File, Notice, Refused, Report
from bot.port.protocols import DeliveryError
from bot.port.requests import MessageRef
from tests.fakes.slack.messages import Message
from tests.slack.desk import NOTICE, Desk, at_desk

REFUSED = Refused(why="allowance", sentence="2 left, and this asks for 4.", hint="It renews in 5 h.")


async def failing(work: object, *, retryable: bool) -> str:
    """The message of the DeliveryError that this ends with."""
    with pytest.raises(DeliveryError) as caught:
        await work  # type: ignore[misc]
    assert caught.value.retryable is retryable, caught.value
    return str(caught.value)


def only(desk: Desk) -> Message:
    """The one message that nobody but Ann sees."""
    (message,) = desk.fake.ephemerals(desk.ann)
    return message


async def picture(desk: Desk) -> bytes:
    png = await desk.core.picture(f"{desk.header().job}-1")
    assert png
    return png


# --- for one person alone


async def test_what_is_for_one_person_goes_by_what_was_lent_even_where_the_bot_is_not() -> None:
    async with at_desk() as desk:
        desk.room.bot = False
        await desk.adapter.post(desk.mine(desk.lent()), REFUSED, key="1")
        assert only(desk).by_url
        assert "2 left" in only(desk).words
        assert not desk.room.messages
        assert not only(desk).unfurl_links


async def test_a_card_is_for_its_person_although_its_place_is_not_private() -> None:
    async with at_desk() as desk:
        await desk.adapter.post(desk.lent(), desk.working(), key="1")
        assert only(desk).labels == ["Cancel"]
        await desk.adapter.post(desk.address(), desk.ended(), key="2")
        assert len(desk.fake.ephemerals(desk.ann)) == 2
        assert not desk.room.messages


@pytest.mark.parametrize("over", ["expired", "used up", "known to be over", "never there"])
async def test_without_a_response_url_it_is_an_ephemeral_message(over: str) -> None:
    async with at_desk() as desk:
        address = desk.lent()
        if over == "expired":
            desk.fake.expire(desk.asked[-1])
        elif over == "used up":
            desk.asked[-1].url_used = 5
        elif over == "known to be over":
            desk.fake.skip(1741)
        else:
            address = desk.address()
        await desk.adapter.post(desk.mine(address), REFUSED, key="1")
        assert not only(desk).by_url
        assert desk.fake.count("chat.postEphemeral") == 1


async def test_it_is_answered_in_the_thread_where_it_was_asked() -> None:
    async with at_desk() as desk:
        root = desk.fake.say(desk.ann, desk.room, "look at this fox")
        place = desk.address(thread=root.ts)
        await desk.adapter.post(desk.mine(place), NOTICE, key="1")
        assert only(desk).thread_ts == root.ts
        lent = replace(place, lent=desk.lent().lent)
        await desk.adapter.post(desk.mine(lent), NOTICE, key="2")
        assert [m.thread_ts for m in desk.fake.ephemerals(desk.ann)] == [root.ts] * 2


async def test_where_neither_will_do_it_is_a_direct_message() -> None:
    async with at_desk() as desk:
        desk.room.bot = False
        message = await desk.adapter.post(desk.mine(desk.address()), REFUSED, key="1")
        (direct,) = desk.fake.dms(desk.ann)
        assert message.id == direct.ts
        assert message.address.channel == f"slack:{desk.fake.dm(desk.ann).id}"


async def test_where_nothing_will_do_it_is_said_why() -> None:
    async with at_desk() as desk:
        desk.room.bot, desk.ann.accepts_dms = False, False
        said = await failing(desk.adapter.post(desk.mine(desk.address()), NOTICE, key="1"), retryable=False)
        assert "user_not_visible" in said


async def test_an_outage_of_one_way_makes_it_worth_another_try() -> None:
    async with at_desk() as desk:
        desk.ann.accepts_dms = False
        desk.fake.fail("chat.postEphemeral", status=503)
        await failing(desk.adapter.post(desk.mine(desk.address()), NOTICE, key="1"), retryable=True)
        await desk.adapter.post(desk.mine(desk.address()), NOTICE, key="1")
        assert only(desk).words == NOTICE.sentence


async def test_what_is_for_nobody_in_particular_is_not_posted_for_all() -> None:
    async with at_desk() as desk:
        await failing(desk.adapter.post(desk.address(), NOTICE, key="1"), retryable=False)
        assert not desk.room.messages


async def test_a_response_url_keeps_its_last_uses_for_outcomes() -> None:
    async with at_desk() as desk:
        address = desk.lent()
        for number in range(5):
            await desk.adapter.post(address, desk.working(), key=str(number))
        assert [message.by_url for message in desk.fake.ephemerals(desk.ann)] == [True] * 3 + [False] * 2
        for number in range(3):
            await desk.adapter.post(address, desk.ended(), key=f"ended {number}")
        assert [message.by_url for message in desk.fake.ephemerals(desk.ann)][5:] == [True, True, False]
        assert desk.asked[-1].url_used == 5


async def test_what_a_command_posted_can_neither_move_nor_go() -> None:
    async with at_desk() as desk:
        card = await desk.adapter.post(desk.lent(), desk.working(), key="1")
        assert await desk.adapter.revise(card, desk.working(progress=0.5)) == card
        await desk.adapter.delete(card)
        assert not only(desk).history
        assert desk.asked[-1].url_used == 1


async def test_its_outcome_is_a_message_of_its_own() -> None:
    async with at_desk() as desk:
        card = await desk.adapter.post(desk.lent(), desk.working(), key="1")
        await desk.adapter.revise(card, desk.ended())
        assert [message.labels for message in desk.fake.ephemerals(desk.ann)] == [["Cancel"], []]


# --- where a button was pressed


async def pressed_card(desk: Desk) -> tuple[Message, MessageRef]:
    """Ann's card, and the same as it is known after she pressed a button in it."""
    await desk.adapter.post(desk.lent(), desk.working(), key="1")
    message = only(desk)
    return message, pressed_message(desk.lent(on=message), message.ts)


async def test_a_pressed_card_moves_and_goes() -> None:
    async with at_desk() as desk:
        message, ref = await pressed_card(desk)
        await desk.adapter.revise(ref, Notice(sentence="Cancelled."))
        assert only(desk) is message
        assert message.words == "Cancelled."
        await desk.adapter.delete(ref)
        assert desk.asked[-1].url_used == 2
        assert message not in desk.fake.ephemeral


async def test_what_a_press_lends_does_not_replace_what_was_pressed() -> None:
    async with at_desk() as desk:
        await desk.adapter.post(desk.address(), desk.gallery(), key="1")
        place = desk.lent(on=desk.message)
        await desk.adapter.post(place, desk.working(), key="2")
        assert only(desk).labels == ["Cancel"]
        assert desk.message.labels[0] == "Again"
        assert not desk.message.history


async def test_a_pressed_card_moves_so_often_that_its_outcome_can_be_told() -> None:
    async with at_desk() as desk:
        message, ref = await pressed_card(desk)
        for number in range(8):
            moved = desk.working(progress=number / 10, line=f"drawing, {number} s")
            await desk.adapter.revise(ref, moved)
        assert len(message.history) == 3
        await desk.adapter.revise(ref, desk.ended())
        assert "would not draw" in message.words
        await failing(desk.adapter.revise(over(ref), desk.ended()), retryable=False)
        await desk.adapter.delete(over(ref))


def over(ref: MessageRef) -> MessageRef:
    """As it is once the core has erased what was lent."""
    return replace(ref, address=replace(ref.address, lent=None))


# --- where the bot and a person talk


async def test_in_a_direct_conversation_cards_are_plain_messages_that_move_and_go() -> None:
    async with at_desk() as desk:
        place = desk.lent(desk.fake.dm(desk.ann))
        card = await desk.adapter.post(place, desk.working(), key="1")
        (message,) = desk.fake.dms(desk.ann)
        assert card.id == message.ts
        assert await desk.adapter.revise(card, desk.working(progress=0.5, line="drawing, 9 s")) == card
        assert "drawing, 9 s" in message.words
        assert message.labels == []
        await desk.adapter.delete(card)
        await desk.adapter.delete(card)  # and one that is gone is no error
        assert desk.fake.dms(desk.ann) == []


async def test_between_two_others_what_was_lent_is_the_way() -> None:
    async with at_desk() as desk:
        bob = desk.fake.add_user("bob")
        elsewhere = replace(desk.address(), channel=f"slack:{desk.fake.new_id('D')}", lent=desk.lent().lent)
        await desk.adapter.post(desk.mine(elsewhere), NOTICE, key="1")
        assert only(desk).by_url
        await failing(desk.adapter.post(elsewhere, desk.gallery(), key="2"), retryable=False)
        ref = await desk.adapter.post(desk.mine(elsewhere), desk.gallery(), key="2.private")
        (message,) = desk.fake.dms(desk.ann)
        assert ref.id == message.ts
        assert wording.NOT_BETWEEN_YOU in message.words
        assert not desk.fake.dms(bob)


async def test_a_card_that_may_not_move_now_does_not_hold_up_others() -> None:
    async with at_desk() as desk:
        card = await desk.adapter.post(desk.address(desk.fake.dm(desk.ann)), desk.working(), key="1")
        desk.fake.fail("chat.update", retry_after=30)
        said = await failing(desk.adapter.revise(card, desk.working(progress=0.5)), retryable=True)
        assert "30 s of quiet" in said
        await failing(desk.adapter.revise(card, desk.working(progress=0.6)), retryable=True)
        assert desk.fake.count("chat.update") == 1  # and Slack has its quiet


# --- pictures


async def test_a_gallery_is_one_message_in_the_channel() -> None:
    async with at_desk() as desk:
        ref = await desk.adapter.post(desk.lent(), desk.gallery(), key="1")
        assert ref.id == desk.message.ts
        assert [alt for _, alt in desk.message.gallery] == [f"a red fox ({n} of 4)" for n in (1, 2, 3, 4)]
        assert desk.message.labels[0] == "Again"
        assert not desk.message.pings
        assert not desk.message.risks
        assert desk.message.unfurl_links is False


async def test_a_gallery_is_in_the_thread_where_it_was_asked_for() -> None:
    for way in ("blocks", "completion"):
        async with at_desk(gallery=way) as desk:
            root = desk.fake.say(desk.ann, desk.room, "look at this fox")
            await desk.adapter.post(desk.address(thread=root.ts), desk.gallery(), key="1")
            assert [message.thread_ts for message in desk.room.messages] == ["", root.ts]


async def test_what_is_private_is_a_direct_message() -> None:
    async with at_desk() as desk:
        place = desk.mine(desk.lent())
        ref = await desk.adapter.post(place, desk.gallery(private=True), key="1")
        (message,) = desk.fake.dms(desk.ann)
        assert ref.id == message.ts
        assert len(message.gallery) == 4
        assert "/invite" not in message.words
        assert not desk.room.messages
        assert not desk.fake.ephemerals(desk.ann)


@pytest.mark.parametrize("way", ["blocks", "completion"])
async def test_where_the_bot_is_not_the_pictures_come_directly_and_say_how_to_invite_it(way: str) -> None:
    async with at_desk(gallery=way) as desk:
        desk.room.bot = False
        place = desk.lent()
        said = await failing(desk.adapter.post(place, desk.gallery(), key="1"), retryable=False)
        assert "not_in_channel" in said
        await desk.adapter.post(desk.mine(place), desk.gallery(), key="1.private")
        (message,) = desk.fake.dms(desk.ann)
        assert "/invite @imagine" in message.words
        assert len(message.gallery) == 4


async def test_who_takes_no_direct_messages_is_told_that_the_pictures_wait() -> None:
    async with at_desk() as desk:
        desk.ann.accepts_dms = False
        place = desk.mine(desk.lent())
        await failing(desk.adapter.post(place, desk.gallery(private=True), key="1"), retryable=False)
        assert "/recent" in only(desk).words
        assert not desk.room.messages
        desk.fake.fail("chat.postEphemeral", status=503)  # and where that cannot be told either, no more is
        place = desk.mine(desk.address())
        await failing(desk.adapter.post(place, desk.gallery(private=True), key="1"), retryable=False)


async def test_deleting_a_gallery_deletes_its_pictures_at_slack() -> None:
    for way in ("blocks", "completion"):
        async with at_desk(gallery=way) as desk:
            ref = await desk.adapter.post(desk.address(), desk.gallery(), key="1")
            assert len(desk.fake.files) == 4
            await desk.adapter.delete(ref)
            assert desk.room.messages == []
            assert desk.fake.files == {}
            assert not [key for key in desk.store.pairs if not key.startswith("sent:")]
            await desk.adapter.delete(ref)


async def test_a_gallery_goes_only_once_its_pictures_have_gone() -> None:
    async with at_desk() as desk:
        ref = await desk.adapter.post(desk.address(), desk.gallery(), key="1")
        desk.fake.fail("files.delete", error="internal_error")
        await failing(desk.adapter.delete(ref), retryable=True)
        assert desk.message.labels[-1] == "Delete"  # to be pressed once more
        desk.fake.fail("files.delete", error="cant_delete_file")  # and nothing will help there
        await desk.adapter.delete(ref)
        assert desk.room.messages == []
        assert len(desk.fake.files) == 1


async def test_other_pictures_take_the_place_of_the_old_ones() -> None:
    async with at_desk() as desk:
        gallery = desk.gallery()
        ref = await desk.adapter.post(desk.address(), gallery, key="1")
        old = set(desk.fake.files)
        await desk.adapter.revise(ref, replace(gallery, pictures=gallery.pictures[2:]))
        assert len(desk.message.gallery) == 2
        assert len(desk.fake.files) == 2
        assert not old & set(desk.fake.files)
        await desk.adapter.delete(ref)
        assert desk.fake.files == {}


async def test_a_chart_is_told_in_words_and_comes_directly() -> None:
    async with at_desk() as desk:
        png = await picture(desk)
        report = Report(title="You, 2026-11: $0.24", chart=Chart(png=png, alt="$0.24 on 22 November"))
        await desk.adapter.post(desk.mine(desk.lent()), report, key="1")
        assert "$0.24 on 22 November" in only(desk).words
        assert wording.CHART_COMES in only(desk).words
        (message,) = desk.fake.dms(desk.ann)
        assert [alt for _, alt in message.gallery] == ["$0.24 on 22 November"]
        assert wording.CHART_COMES not in message.words
        await desk.adapter.post(desk.mine(desk.address(desk.fake.dm(desk.ann))), report, key="2")
        assert len(desk.fake.dms(desk.ann)) == 2
        desk.fake.fail("files.getUploadURLExternal", error="storage_limit_reached")
        await desk.adapter.post(desk.mine(desk.address(desk.fake.dm(desk.ann))), report, key="3")
        assert "$0.24 on 22 November" in desk.fake.dms(desk.ann)[-1].words


async def test_a_file_to_keep_comes_directly() -> None:
    async with at_desk() as desk:
        kept = File(name="usage-2026-11.csv", data="day,images\n2026-11-01,4 – ü\n".encode())
        report = Report(title="Usage <of> all", lines=("4 pictures",), file=kept)
        await desk.adapter.post(desk.mine(desk.lent()), report, key="1")
        assert "4 pictures" in only(desk).words
        assert wording.FILE_COMES in only(desk).words
        await desk.fake.until(lambda: desk.fake.dms(desk.ann))
        (message,) = desk.fake.dms(desk.ann)
        [(file, _)] = message.gallery
        assert (file.name, file.data, message.text) == (kept.name, kept.data, "Usage &lt;of&gt; all")
        talk = desk.mine(desk.address(desk.fake.dm(desk.ann)))
        await desk.adapter.post(
            talk, replace(report, chart=Chart(png=await picture(desk), alt="a chart")), key="2"
        )
        await desk.fake.until(lambda: len(desk.fake.dms(desk.ann)) == 3)
        shown = [file for message in desk.fake.dms(desk.ann)[1:] for file, _ in message.gallery]
        assert sorted(file.name for file in shown) == ["chart.png", kept.name]


async def test_a_file_that_cannot_come_is_not_promised_in_silence() -> None:
    async with at_desk() as desk:
        report = Report(title="Usage", lines=("4 pictures",), file=File(name="x.csv", data=b"x"))
        desk.fake.fail("conversations.open", error="cannot_dm_user")
        await desk.adapter.post(desk.mine(desk.lent()), report, key="1")
        told = [message.words for message in desk.fake.ephemerals(desk.ann)]
        assert len(told) == 2
        assert told[1] == wording.NOT_COME


async def test_a_report_for_nobody_in_particular_is_for_the_channel() -> None:
    """What is told in the channel for alerts, or for admins."""
    async with at_desk() as desk:
        ref = await desk.adapter.post(desk.address(), Report(title="80 % of the budget is spent"), key="1")
        assert (desk.message.ts, desk.message.words) == (ref.id, "80 % of the budget is spent")
        await desk.adapter.revise(ref, Report(title="Granted"))
        assert desk.message.words == "Granted"
        desk.room.bot = False
        await failing(desk.adapter.post(desk.address(), Report(title="x"), key="2"), retryable=False)
        await failing(desk.adapter.post(desk.address(), NOTICE, key="3"), retryable=False)


# --- the pace


async def test_a_channel_gets_a_message_a_second_in_order_and_others_do_not_wait() -> None:
    async with at_desk(rate_limits=True) as desk:
        dm = desk.address(desk.fake.dm(desk.ann))
        other = desk.fake.add_user("bob")
        texts = [f"number {number}" for number in range(3)]
        posts = [desk.adapter.post(dm, Notice(sentence=text), key=text) for text in texts]
        first = asyncio.gather(*posts)
        await desk.adapter.post(desk.address(desk.fake.dm(other)), NOTICE, key="other")
        assert not first.done()
        await first
        assert [message.words for message in desk.fake.dms(desk.ann)] == texts
        assert desk.fake.count("chat.postMessage") == 4  # and none was refused


async def test_quiet_is_kept_for_as_long_as_slack_asks() -> None:
    async with at_desk() as desk:
        desk.fake.fail("chat.postMessage", retry_after=1, times=2)
        ref = await desk.adapter.post(desk.address(), desk.gallery(), key="1")
        assert desk.message.ts == ref.id
        assert desk.fake.count("chat.postMessage") == 3
        assert len(desk.core.fetched) == 4


async def test_nothing_logged_holds_a_prompt_a_token_or_a_response_url() -> None:
    with capture_logs() as lines:
        async with at_desk() as desk:
            place = desk.lent()
            desk.fake.fail("response_url", status=500)
            await desk.adapter.post(desk.mine(place), desk.working("a secret fox"), key="1")
            desk.fake.fail("chat.postMessage", error="invalid_blocks", times=2)
            await desk.adapter.post(place, desk.gallery("a secret fox"), key="2")
            url = desk.asked[-1].response_url
            token = desk.fake.team.token
    told = str(lines)
    assert "slack.other_way" in told
    assert "slack.not_shown" in told
    assert "secret" not in told
    assert token not in told
    assert url not in told
