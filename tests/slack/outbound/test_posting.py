"""Posting, revising and deleting over real sockets: the way of each message, and the next if it fails."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.slack.outbound.addresses import pressed_message
from bot import wording
from bot.port.cards import Chart, File, Notice, Refused, Report
from bot.port.protocols import DeliveryError
from bot.port.requests import MessageRef
from tests.fakes.slack.messages import Message
from tests.fakes.slack.troubles import FOREVER
from tests.slack.desk import NOTICE, Desk, at_desk

REFUSED = Refused(why="allowance", sentence="2 left, and this asks for 4.", hint="It renews in 5 h.")


async def error_of(work: object, *, retryable: bool) -> str:
    """Await something that raises a DeliveryError; return its text."""
    with pytest.raises(DeliveryError) as caught:
        await work  # type: ignore[misc]
    assert caught.value.retryable is retryable, caught.value
    return str(caught.value)


async def sentence_of(work: object) -> str:
    """Await something that a place refuses for good; return why, as its person reads it."""
    with pytest.raises(DeliveryError) as caught:
        await work  # type: ignore[misc]
    assert not caught.value.retryable, caught.value
    return caught.value.sentence


def only_ephemeral(desk: Desk) -> Message:
    """Return the only message that Ann alone sees."""
    (message,) = desk.fake.ephemerals(desk.ann)
    return message


async def picture(desk: Desk) -> bytes:
    png = await desk.core.picture(f"{desk.header().job}-1")
    assert png
    return png


# --- messages for one person


async def test_a_private_message_goes_through_the_response_url_even_where_the_bot_is_no_member() -> None:
    async with at_desk() as desk:
        desk.room.bot = False
        await desk.adapter.post(desk.private(desk.lent_address()), REFUSED, key="1")
        assert only_ephemeral(desk).via_response_url
        assert "2 left" in only_ephemeral(desk).words
        assert not desk.room.messages
        assert not only_ephemeral(desk).unfurl_links


async def test_a_card_is_private_to_its_person_even_if_its_address_is_not() -> None:
    async with at_desk() as desk:
        await desk.adapter.post(desk.lent_address(), desk.working(), key="1")
        assert only_ephemeral(desk).labels == ["Cancel"]
        await desk.adapter.post(desk.address(), desk.ended(), key="2")
        assert len(desk.fake.ephemerals(desk.ann)) == 2
        assert not desk.room.messages


@pytest.mark.parametrize("reason", ["expired", "used up", "past its time", "missing"])
async def test_without_a_response_url_a_private_message_is_ephemeral(reason: str) -> None:
    async with at_desk() as desk:
        address = desk.lent_address()
        if reason == "expired":
            desk.fake.expire(desk.interactions[-1])
        elif reason == "used up":
            desk.interactions[-1].url_use_count = 5
        elif reason == "past its time":
            desk.fake.skip(1741)
        else:
            address = desk.address()
        await desk.adapter.post(desk.private(address), REFUSED, key="1")
        assert not only_ephemeral(desk).via_response_url
        assert desk.fake.count("chat.postEphemeral") == 1


async def test_a_private_message_goes_to_the_thread_of_its_address() -> None:
    async with at_desk() as desk:
        root = desk.fake.say(desk.ann, desk.room, "look at this fox")
        thread = desk.address(thread=root.ts)
        await desk.adapter.post(desk.private(thread), NOTICE, key="1")
        assert only_ephemeral(desk).thread_ts == root.ts
        lent = replace(thread, lent=desk.lent_address().lent)
        await desk.adapter.post(desk.private(lent), NOTICE, key="2")
        assert [m.thread_ts for m in desk.fake.ephemerals(desk.ann)] == [root.ts] * 2


async def test_without_a_response_url_and_membership_a_private_message_is_direct() -> None:
    async with at_desk() as desk:
        desk.room.bot = False
        message = await desk.adapter.post(desk.private(desk.address()), REFUSED, key="1")
        (direct,) = desk.fake.dms(desk.ann)
        assert message.id == direct.ts
        assert message.address.channel == f"slack:{desk.fake.dm(desk.ann).id}"


async def test_if_no_way_works_the_error_names_the_reason() -> None:
    async with at_desk() as desk:
        desk.room.bot, desk.ann.accepts_dms = False, False
        error = await error_of(
            desk.adapter.post(desk.private(desk.address()), NOTICE, key="1"), retryable=False
        )
        assert "user_not_visible" in error


async def test_a_failed_post_is_retryable_if_one_way_had_an_outage() -> None:
    async with at_desk() as desk:
        desk.ann.accepts_dms = False
        desk.fake.fail("chat.postEphemeral", status=503)
        await error_of(desk.adapter.post(desk.private(desk.address()), NOTICE, key="1"), retryable=True)
        await desk.adapter.post(desk.private(desk.address()), NOTICE, key="1")
        assert only_ephemeral(desk).words == NOTICE.sentence


async def test_a_notice_without_a_reader_is_not_posted() -> None:
    async with at_desk() as desk:
        await error_of(desk.adapter.post(desk.address(), NOTICE, key="1"), retryable=False)
        assert not desk.room.messages


async def test_the_last_uses_of_a_response_url_are_for_outcomes() -> None:
    async with at_desk() as desk:
        address = desk.lent_address()
        for number in range(5):
            await desk.adapter.post(address, desk.working(), key=str(number))
        messages = desk.fake.ephemerals(desk.ann)
        assert [message.via_response_url for message in messages] == [True] * 3 + [False] * 2
        for number in range(3):
            await desk.adapter.post(address, desk.ended(), key=f"ended {number}")
        messages = desk.fake.ephemerals(desk.ann)[5:]
        assert [message.via_response_url for message in messages] == [True, True, False]
        assert desk.interactions[-1].url_use_count == 5


async def test_a_message_through_a_commands_response_url_cannot_be_revised_or_deleted() -> None:
    async with at_desk() as desk:
        card = await desk.adapter.post(desk.lent_address(), desk.working(), key="1")
        assert await desk.adapter.revise(card, desk.working(progress=0.5)) == card
        await desk.adapter.delete(card)
        assert not only_ephemeral(desk).history
        assert desk.interactions[-1].url_use_count == 1


async def test_the_outcome_of_such_a_card_is_a_new_message() -> None:
    async with at_desk() as desk:
        card = await desk.adapter.post(desk.lent_address(), desk.working(), key="1")
        await desk.adapter.revise(card, desk.ended())
        assert [message.labels for message in desk.fake.ephemerals(desk.ann)] == [["Cancel"], []]


# --- messages with a pressed button


async def pressed_card(desk: Desk) -> tuple[Message, MessageRef]:
    """Let Ann press a button in her card; return the message, and the ref that the press gives."""
    await desk.adapter.post(desk.lent_address(), desk.working(), key="1")
    message = only_ephemeral(desk)
    return message, pressed_message(desk.lent_address(pressed=message), message.ts)


async def test_a_pressed_card_can_be_revised_and_deleted() -> None:
    async with at_desk() as desk:
        message, ref = await pressed_card(desk)
        await desk.adapter.revise(ref, Notice(sentence="Cancelled."))
        assert only_ephemeral(desk) is message
        assert message.words == "Cancelled."
        await desk.adapter.delete(ref)
        assert desk.interactions[-1].url_use_count == 2
        assert message not in desk.fake.ephemeral


async def test_a_new_card_through_a_presss_response_url_replaces_nothing() -> None:
    async with at_desk() as desk:
        await desk.adapter.post(desk.address(), desk.gallery(), key="1")
        address = desk.lent_address(pressed=desk.message)
        await desk.adapter.post(address, desk.working(), key="2")
        assert only_ephemeral(desk).labels == ["Cancel"]
        assert desk.message.labels[0] == "Again"
        assert len(desk.message.gallery) == 4


async def test_progress_leaves_a_use_of_the_response_url_for_the_outcome() -> None:
    async with at_desk() as desk:
        message, ref = await pressed_card(desk)
        for number in range(8):
            progress = desk.working(progress=number / 10, line=f"drawing, {number} s")
            await desk.adapter.revise(ref, progress)
        assert len(message.history) == 3
        await desk.adapter.revise(ref, desk.ended())
        assert "would not draw" in message.words
        await error_of(desk.adapter.revise(without_url(ref), desk.ended()), retryable=False)
        await desk.adapter.delete(without_url(ref))


def without_url(ref: MessageRef) -> MessageRef:
    """Remove the response_url, as the core does when it is over."""
    return replace(ref, address=replace(ref.address, lent=None))


# --- direct conversations


async def test_a_card_in_a_direct_conversation_can_be_revised_and_deleted() -> None:
    async with at_desk() as desk:
        address = desk.lent_address(desk.fake.dm(desk.ann))
        card = await desk.adapter.post(address, desk.working(), key="1")
        (message,) = desk.fake.dms(desk.ann)
        assert card.id == message.ts
        assert await desk.adapter.revise(card, desk.working(progress=0.5, line="drawing, 9 s")) == card
        assert "drawing, 9 s" in message.words
        assert message.labels == []
        await desk.adapter.delete(card)
        await desk.adapter.delete(card)  # deleting it again is no error
        assert desk.fake.dms(desk.ann) == []


async def test_between_two_other_people_only_the_response_url_and_direct_messages_work() -> None:
    async with at_desk() as desk:
        bob = desk.fake.add_user("bob")
        elsewhere = replace(
            desk.address(), channel=f"slack:{desk.fake.new_id('D')}", lent=desk.lent_address().lent
        )
        await desk.adapter.post(desk.private(elsewhere), NOTICE, key="1")
        assert only_ephemeral(desk).via_response_url
        sentence = await sentence_of(desk.adapter.post(elsewhere, desk.gallery(), key="2"))
        assert sentence == wording.NOT_BETWEEN_YOU
        ref = await desk.adapter.post(desk.private(elsewhere), desk.gallery(), key="2.private")
        (message,) = desk.fake.dms(desk.ann)
        assert ref.id == message.ts
        assert not desk.fake.dms(bob)


async def test_a_revision_does_not_wait_while_slack_asks_for_a_pause() -> None:
    async with at_desk() as desk:
        card = await desk.adapter.post(desk.address(desk.fake.dm(desk.ann)), desk.working(), key="1")
        desk.fake.fail("chat.update", retry_after=30)
        error = await error_of(desk.adapter.revise(card, desk.working(progress=0.5)), retryable=True)
        assert "30 s of quiet" in error
        await error_of(desk.adapter.revise(card, desk.working(progress=0.6)), retryable=True)
        assert desk.fake.count("chat.update") == 1  # the second one did not reach Slack


# --- galleries


async def test_a_gallery_is_one_message_in_the_channel() -> None:
    async with at_desk() as desk:
        ref = await desk.adapter.post(desk.lent_address(), desk.gallery(), key="1")
        assert ref.id == desk.message.ts
        assert [alt for _, alt in desk.message.gallery] == [f"a red fox ({n} of 4)" for n in (1, 2, 3, 4)]
        assert desk.message.labels[0] == "Again"
        assert not desk.message.pings
        assert not desk.message.risks
        assert desk.message.unfurl_links is False


async def test_a_gallery_goes_to_the_thread_of_its_address() -> None:
    for way in ("blocks", "completion"):
        async with at_desk(gallery=way) as desk:
            root = desk.fake.say(desk.ann, desk.room, "look at this fox")
            await desk.adapter.post(desk.address(thread=root.ts), desk.gallery(), key="1")
            assert [message.thread_ts for message in desk.room.messages] == ["", root.ts]


async def test_a_private_gallery_is_a_direct_message() -> None:
    async with at_desk() as desk:
        address = desk.private(desk.lent_address())
        ref = await desk.adapter.post(address, desk.gallery(private=True), key="1")
        (message,) = desk.fake.dms(desk.ann)
        assert ref.id == message.ts
        assert len(message.gallery) == 4
        assert "/invite" not in message.words
        assert not desk.room.messages
        assert not desk.fake.ephemerals(desk.ann)


@pytest.mark.parametrize("way", ["blocks", "completion"])
@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("is_archived", "archived"),
        ("restricted_action", "restricted"),
        ("restricted_action_read_only_channel", "restricted"),
        ("channel_not_found", "absent"),
        ("thread_not_found", "thread gone"),
        ("team_access_not_granted", ""),
    ],
)
async def test_a_channel_that_refuses_a_gallery_says_why(way: str, code: str, why: Any) -> None:
    async with at_desk(gallery=way) as desk:
        method = "chat.postMessage" if way == "blocks" else "files.completeUploadExternal"
        desk.fake.fail(method, error=code)
        address = desk.lent_address()
        sentence = await sentence_of(desk.adapter.post(address, desk.gallery(), key="1"))
        assert sentence == wording.not_here("imagine", why)
        assert ("/invite @imagine" in sentence) == (why == "absent")


@pytest.mark.parametrize("way", ["blocks", "completion"])
async def test_where_the_bot_is_no_member_the_refusal_says_how_to_invite_it(way: str) -> None:
    async with at_desk(gallery=way) as desk:
        desk.room.bot = False
        address = desk.lent_address()
        sentence = await sentence_of(desk.adapter.post(address, desk.gallery(), key="1"))
        assert "/invite @imagine" in sentence
        await desk.adapter.post(desk.private(address), desk.gallery(), key="1.private")
        (message,) = desk.fake.dms(desk.ann)
        assert len(message.gallery) == 4


async def test_to_a_person_without_direct_messages_words_still_have_a_way() -> None:
    async with at_desk() as desk:
        desk.ann.accepts_dms = False
        address = desk.private(desk.lent_address())
        await error_of(desk.adapter.post(address, desk.gallery(private=True), key="1"), retryable=False)
        assert not desk.fake.ephemerals(desk.ann)
        await desk.adapter.post(address, NOTICE, key="1.told")
        assert only_ephemeral(desk).words == NOTICE.sentence
        assert not desk.room.messages


async def test_deleting_a_gallery_deletes_its_files_at_slack() -> None:
    for way in ("blocks", "completion"):
        async with at_desk(gallery=way) as desk:
            ref = await desk.adapter.post(desk.address(), desk.gallery(), key="1")
            assert len(desk.fake.files) == 4
            await desk.adapter.delete(ref)
            assert desk.room.messages == []
            assert desk.fake.files == {}
            assert not [key for key in desk.store.pairs if not key.startswith("sent:")]
            await desk.adapter.delete(ref)


async def test_a_gallery_stays_until_its_files_are_deleted() -> None:
    async with at_desk() as desk:
        ref = await desk.adapter.post(desk.address(), desk.gallery(), key="1")
        desk.fake.fail("files.delete", error="internal_error")
        await error_of(desk.adapter.delete(ref), retryable=True)
        assert "Delete" in desk.message.labels  # people can press it again
        desk.fake.fail("files.delete", error="cant_delete_file")  # a final error: the file stays
        await desk.adapter.delete(ref)
        assert desk.room.messages == []
        assert len(desk.fake.files) == 1


async def test_revising_a_gallery_replaces_its_pictures_and_files() -> None:
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


async def test_a_reports_chart_is_described_and_comes_as_a_direct_message() -> None:
    async with at_desk() as desk:
        png = await picture(desk)
        report = Report(title="You, 2026-11: $0.24", chart=Chart(png=png, alt="$0.24 on 22 November"))
        await desk.adapter.post(desk.private(desk.lent_address()), report, key="1")
        assert "$0.24 on 22 November" in only_ephemeral(desk).words
        assert wording.CHART_COMES in only_ephemeral(desk).words
        (message,) = desk.fake.dms(desk.ann)
        assert [alt for _, alt in message.gallery] == ["$0.24 on 22 November"]
        assert wording.CHART_COMES not in message.words
        await desk.adapter.post(desk.private(desk.address(desk.fake.dm(desk.ann))), report, key="2")
        assert len(desk.fake.dms(desk.ann)) == 2
        desk.fake.fail("files.getUploadURLExternal", error="storage_limit_reached")
        await desk.adapter.post(desk.private(desk.address(desk.fake.dm(desk.ann))), report, key="3")
        assert "$0.24 on 22 November" in desk.fake.dms(desk.ann)[-1].words


async def test_a_reports_file_comes_as_a_direct_message() -> None:
    async with at_desk() as desk:
        csv = File(name="usage-2026-11.csv", data="day,images\n2026-11-01,4 – ü\n".encode())
        report = Report(title="Usage <of> all", lines=("4 pictures",), file=csv)
        await desk.adapter.post(desk.private(desk.lent_address()), report, key="1")
        assert "4 pictures" in only_ephemeral(desk).words
        assert wording.FILE_COMES in only_ephemeral(desk).words
        await desk.fake.until(lambda: desk.fake.dms(desk.ann))
        (message,) = desk.fake.dms(desk.ann)
        [(file, _)] = message.gallery
        assert (file.name, file.data, message.text) == (csv.name, csv.data, "Usage &lt;of&gt; all")
        talk = desk.private(desk.address(desk.fake.dm(desk.ann)))
        await desk.adapter.post(
            talk, replace(report, chart=Chart(png=await picture(desk), alt="a chart")), key="2"
        )
        await desk.fake.until(lambda: len(desk.fake.dms(desk.ann)) == 3)
        files = [file for message in desk.fake.dms(desk.ann)[1:] for file, _ in message.gallery]
        assert sorted(file.name for file in files) == ["chart.png", csv.name]


async def test_a_file_that_cannot_be_sent_is_announced_as_missing() -> None:
    async with at_desk() as desk:
        report = Report(title="Usage", lines=("4 pictures",), file=File(name="x.csv", data=b"x"))
        desk.fake.fail("conversations.open", error="cannot_dm_user")
        await desk.adapter.post(desk.private(desk.lent_address()), report, key="1")
        texts = [message.words for message in desk.fake.ephemerals(desk.ann)]
        assert len(texts) == 2
        assert texts[1] == wording.NOT_COME


async def test_a_report_without_a_reader_is_for_the_channel() -> None:
    """Such reports go to the channel for alerts or for admins."""
    async with at_desk() as desk:
        ref = await desk.adapter.post(desk.address(), Report(title="80 % of the budget is spent"), key="1")
        assert (desk.message.ts, desk.message.words) == (ref.id, "80 % of the budget is spent")
        await desk.adapter.revise(ref, Report(title="Granted"))
        assert desk.message.words == "Granted"
        desk.room.bot = False
        await error_of(desk.adapter.post(desk.address(), Report(title="x"), key="2"), retryable=False)
        await error_of(desk.adapter.post(desk.address(), NOTICE, key="3"), retryable=False)


# --- lost answers


async def test_an_alert_whose_answers_are_lost_shows_twice_at_most() -> None:
    async with at_desk() as desk:
        alert = Report(title="80 % of the budget is spent")
        desk.fake.lose("chat.postMessage", times=FOREVER)
        for _ in range(2):
            await error_of(desk.adapter.post(desk.address(), alert, key="1"), retryable=True)
        for _ in range(3):
            await error_of(desk.adapter.post(desk.address(), alert, key="1"), retryable=False)
        assert len(desk.room.messages) == 2


async def test_an_alert_waits_for_the_end_of_an_outage() -> None:
    async with at_desk() as desk:
        alert = Report(title="80 % of the budget is spent")
        desk.fake.fail("chat.postMessage", status=503)
        desk.fake.fail("auth.test", status=503, times=4)
        for _ in range(5):
            await error_of(desk.adapter.post(desk.address(), alert, key="1"), retryable=True)
        await desk.adapter.post(desk.address(), alert, key="1")
        assert desk.message.words == alert.title


async def test_a_private_sentence_whose_answer_is_lost_comes_once_more_by_the_next_way() -> None:
    async with at_desk() as desk:
        desk.fake.lose("response_url")
        await desk.adapter.post(desk.private(desk.lent_address()), REFUSED, key="1")
        assert [m.via_response_url for m in desk.fake.ephemerals(desk.ann)] == [True, False]
        assert desk.fake.dms(desk.ann) == []


async def test_a_private_sentence_whose_answers_are_all_lost_is_given_up() -> None:
    async with at_desk() as desk:
        for method in ("response_url", "chat.postEphemeral", "chat.postMessage"):
            desk.fake.lose(method, times=FOREVER)
        address = desk.private(desk.lent_address())
        for _ in range(2):
            await error_of(desk.adapter.post(address, REFUSED, key="1"), retryable=True)
        copies = desk.fake.ephemerals(desk.ann) + desk.fake.dms(desk.ann)
        await error_of(desk.adapter.post(address, REFUSED, key="1"), retryable=False)
        assert desk.fake.ephemerals(desk.ann) + desk.fake.dms(desk.ann) == copies


async def test_a_file_whose_answer_was_lost_is_not_announced_as_missing() -> None:
    async with at_desk() as desk:
        report = Report(title="Usage", lines=("4 pictures",), file=File(name="x.csv", data=b"x"))
        desk.fake.lose("files.completeUploadExternal")
        await desk.adapter.post(desk.private(desk.lent_address()), report, key="1")
        (message,) = desk.fake.dms(desk.ann)
        assert [file.name for file in message.files] == ["x.csv"]
        assert len(desk.fake.ephemerals(desk.ann)) == 1


# --- rate limits


async def test_messages_keep_slacks_pace_and_their_order_in_each_channel() -> None:
    async with at_desk(rate_limits=True) as desk:
        dm = desk.address(desk.fake.dm(desk.ann))
        other = desk.fake.add_user("bob")
        texts = [f"number {number}" for number in range(3)]
        posts = [desk.adapter.post(dm, Notice(sentence=text), key=text) for text in texts]
        all_posts = asyncio.gather(*posts)
        await desk.adapter.post(desk.address(desk.fake.dm(other)), NOTICE, key="other")
        assert not all_posts.done()
        await all_posts
        assert [message.words for message in desk.fake.dms(desk.ann)] == texts
        assert desk.fake.count("chat.postMessage") == 4  # Slack refused none


async def test_a_post_waits_as_long_as_slack_asks() -> None:
    async with at_desk() as desk:
        desk.fake.fail("chat.postMessage", retry_after=1, times=2)
        ref = await desk.adapter.post(desk.address(), desk.gallery(), key="1")
        assert desk.message.ts == ref.id
        assert desk.fake.count("chat.postMessage") == 3
        assert len(desk.core.read_keys) == 4


async def test_the_log_holds_no_prompt_token_or_response_url() -> None:
    with capture_logs() as lines:
        async with at_desk() as desk:
            address = desk.lent_address()
            desk.fake.fail("response_url", status=500)
            await desk.adapter.post(desk.private(address), desk.working("a secret fox"), key="1")
            desk.fake.fail("chat.postMessage", error="invalid_blocks", times=2)
            await desk.adapter.post(address, desk.gallery("a secret fox"), key="2")
            url = desk.interactions[-1].response_url
            token = desk.fake.team.token
    log = str(lines)
    assert "slack.other_way" in log
    assert "slack.not_shown" in log
    assert "secret" not in log
    assert token not in log
    assert url not in log
