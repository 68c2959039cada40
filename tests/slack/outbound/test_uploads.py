"""Pictures as one message: both methods, each in place of the other, and no picture twice."""

import asyncio
import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from PIL import Image
from structlog.testing import capture_logs

from adapters.slack.outbound import galleries as galleries_module
from adapters.slack.outbound import rate_limit, uploads
from bot import wording
from bot.port.protocols import DeliveryError
from bot.port.requests import MessageRef
from tests.fakes.key_value import MemoryKeyValue
from tests.fakes.slack import posting
from tests.fakes.slack.messages import Message
from tests.fakes.slack.troubles import FOREVER
from tests.fakes.slack.world import FakeSlack
from tests.slack.desk import Core, Desk, at_desk, make_adapter, serving

# The method that posts a gallery, for each value of the adapter's `gallery`.
POST_METHODS = {"blocks": "chat.postMessage", "completion": "files.completeUploadExternal"}


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "LOOKS", (0.01,) * 8)
    monkeypatch.setattr(rate_limit, "CHANNEL_SECONDS", 0.01)


async def post(desk: Desk, key: str = "1") -> MessageRef:
    return await desk.adapter.post(desk.address(), desk.gallery(), key=key)


async def post_in_vain(desk: Desk, key: str = "1") -> None:
    """Post a gallery; check that this fails with a retryable error."""
    with pytest.raises(DeliveryError) as caught:
        await post(desk, key)
    assert caught.value.retryable


# --- both methods


@pytest.mark.parametrize("gallery", POST_METHODS)
async def test_each_method_shows_every_picture_with_its_alt_text_and_buttons(gallery: str) -> None:
    async with at_desk(gallery=gallery) as desk:
        ref = await post(desk)
        assert ref.id == desk.message.ts
        assert [alt for _, alt in desk.message.gallery] == [f"a red fox ({n} of 4)" for n in (1, 2, 3, 4)]
        labels = ["Again", "Edit prompt", "In Ultra · $0.12", "Details", "Delete"]
        assert desk.message.labels == [*labels, "1", "2", "3", "4"]
        assert [file.data for file, _ in desk.message.gallery] == [  # type: ignore[union-attr]
            await desk.core.picture(f"{desk.header().job}-{number}") for number in (1, 2, 3, 4)
        ]
        assert desk.fake.count("chat.postMessage") == (gallery == "blocks")
        assert desk.fake.count("files.completeUploadExternal") == 1


async def test_a_gallery_waits_until_slack_has_processed_its_files() -> None:
    async with at_desk() as desk:
        desk.fake.scan_seconds = 0.05
        await post(desk)
        assert len(desk.message.gallery) == 4
        assert desk.fake.count("files.info") > 1
        assert desk.fake.count("chat.postMessage") == 1


async def test_if_slack_never_processes_the_files_the_other_method_follows() -> None:
    async with at_desk() as desk:
        desk.fake.scan_seconds = 30
        task = asyncio.create_task(post(desk))
        await desk.fake.until(lambda: desk.fake.count("files.completeUploadExternal") == 2)
        assert desk.fake.count("chat.postMessage") == 0
        desk.fake.skip(30)
        assert (await task).id == desk.message.ts
        assert len(desk.message.files) == 4
        assert len(desk.fake.files) == 4  # the files of the first try were deleted


async def test_a_message_that_slack_shows_late_is_found_by_its_file() -> None:
    async with at_desk(gallery="completion") as desk:
        desk.fake.scan_seconds = 30
        ref = await post(desk)
        assert ref.id.startswith("file:")
        with pytest.raises(DeliveryError) as caught:
            await desk.adapter.delete(ref)
        assert caught.value.retryable
        desk.fake.skip(30)
        await desk.fake.until(lambda: desk.room.messages)
        await desk.adapter.delete(ref)
        assert desk.room.messages == []
        assert desk.fake.files == {}


@pytest.mark.parametrize("error", ["invalid_blocks", "invalid_arguments"])
async def test_if_slack_rejects_the_blocks_the_other_method_follows(error: str) -> None:
    async with at_desk() as desk:
        desk.fake.fail("chat.postMessage", error=error)
        assert (await post(desk)).id == desk.message.ts
        assert len(desk.message.files) == 4
        assert len(desk.fake.files) == 4
    async with at_desk(gallery="completion") as desk:
        desk.fake.fail("files.completeUploadExternal", error=error)
        assert (await post(desk)).id == desk.message.ts
        assert desk.message.files == []
        assert len(desk.message.gallery) == 4


async def test_blocks_that_slack_rejects_once_are_tried_again() -> None:
    async with at_desk() as desk:
        desk.fake.fail("chat.update", error="invalid_blocks")
        await post(desk)
        assert desk.fake.count("chat.postMessage") == 1
        assert len(desk.message.shown_files) == 4


@pytest.mark.parametrize("error", ["cant_update_message", "edit_window_closed", "invalid_blocks"])
async def test_if_slack_does_not_edit_the_line_the_other_method_follows(error: str) -> None:
    async with at_desk() as desk:
        desk.fake.fail("chat.update", error=error, times=2)
        assert (await post(desk)).id == desk.message.ts
        assert len(desk.message.files) == 4
        assert len(desk.room.deleted_messages) == 1, "the line is gone"
        assert len(desk.fake.files) == 4


@pytest.mark.parametrize("gallery", POST_METHODS)
@pytest.mark.parametrize("error", ["not_in_channel", "is_archived", "restricted_action"])
async def test_if_the_channel_refuses_the_other_method_is_not_tried(gallery: str, error: str) -> None:
    method = POST_METHODS[gallery]
    async with at_desk(gallery=gallery) as desk:
        desk.fake.fail(method, error=error)
        with pytest.raises(DeliveryError) as caught:
            await post(desk)
        assert not caught.value.retryable
        assert error in str(caught.value)
        assert desk.room.messages == []
        assert desk.fake.count("files.completeUploadExternal") == 1


# --- no gallery twice

# Ways in which the answer to a call that was carried out gets lost.
LOSSES: dict[str, Callable[[FakeSlack, str, int], None]] = {
    "cut": lambda fake, method, times: fake.lose(method, times=times),
    "gateway": lambda fake, method, times: fake.fail(method, status=502, before=False, times=times),
    "broken": lambda fake, method, times: fake.fail(method, error="fatal_error", before=False, times=times),
}


def galleries(desk: Desk) -> list[Message]:
    return [message for message in desk.room.messages if message.gallery]


def lines(desk: Desk) -> list[str]:
    """Return what people read in the channel's messages without pictures."""
    return [message.words for message in desk.room.messages if not message.gallery]


async def test_until_the_pictures_show_a_line_says_that_they_follow() -> None:
    async with at_desk() as desk:
        gate = desk.fake.hold("chat.update")
        card = replace(desk.gallery(), mention=desk.person.id)
        task = asyncio.create_task(desk.adapter.post(desk.address(), card, key="1"))
        await desk.fake.until(lambda: gate.waiting)
        assert desk.message.words.endswith("a red fox\nThe 4 pictures follow.")
        assert desk.message.labels == []
        assert desk.message.pings == {desk.ann}, "an edit would notify nobody"
        gate.open()
        await task
        assert "follow" not in desk.message.words
        assert "follow" not in desk.message.text


@pytest.mark.parametrize("loss", LOSSES)
async def test_a_lost_line_stays_and_the_gallery_comes_once(loss: str) -> None:
    async with at_desk() as desk:
        LOSSES[loss](desk.fake, "chat.postMessage", 1)
        await post_in_vain(desk)
        ref = await post(desk)
        assert [message.ts for message in galleries(desk)] == [ref.id]
        assert lines(desk) == ["a red fox\nThe 4 pictures follow."]
        assert len(desk.fake.files) == 4, "the same files"
        await desk.adapter.delete(ref)
        assert desk.fake.files == {}
        assert not [key for key in desk.store.pairs if not key.startswith("sent:")]


@pytest.mark.parametrize("loss", LOSSES)
async def test_a_lost_edit_is_repeated(loss: str) -> None:
    async with at_desk() as desk:
        LOSSES[loss](
            desk.fake, "chat.update", 2
        )  # the first one is repeated at once if the connection was cut
        for _ in range(2 if loss != "cut" else 1):
            await post_in_vain(desk)
        assert (await post(desk)).id == desk.message.ts
        assert len(desk.message.gallery) == 4
        assert len(desk.fake.files) == 4


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("gallery", POST_METHODS)
async def test_if_no_answer_ever_comes_the_person_is_told_and_nothing_shows_twice(
    gallery: str, loss: str
) -> None:
    method = POST_METHODS[gallery]
    async with at_desk(gallery=gallery) as desk:
        desk.fake.scan_seconds = 0 if gallery == "blocks" else 1_000  # the tiles show much later
        if gallery == "completion":
            LOSSES[loss](desk.fake, method, FOREVER)
        for _ in range(galleries_module.MOST_LOST):
            if gallery == "blocks":
                LOSSES[loss](desk.fake, method, 1)
            await post_in_vain(desk)
        ref = await post(desk)
        (told,) = desk.fake.ephemerals(desk.ann)
        assert told.words == wording.unconfirmed("Slack")
        assert ref.id.startswith("only:")
        desk.fake.heal()
        desk.fake.skip(1_000)
        if gallery == "completion":
            await desk.fake.until(lambda: desk.room.messages)
        assert len(galleries(desk)) == (gallery == "completion")
        assert len(lines(desk)) == (galleries_module.MOST_LOST if gallery == "blocks" else 0)
        if gallery == "blocks":
            assert desk.fake.files == {}, "nobody sees them"


async def test_an_outage_before_the_line_uses_up_no_try() -> None:
    async with at_desk() as desk:
        desk.fake.fail("files.info", status=503, times=galleries_module.MOST_LOST + 2)
        for _ in range(galleries_module.MOST_LOST + 2):
            await post_in_vain(desk)
        assert (await post(desk)).id == desk.message.ts
        assert len(desk.message.gallery) == 4


async def test_a_private_gallery_is_not_shown_twice_either() -> None:
    async with at_desk() as desk:
        address = desk.private(desk.address())
        for _ in range(galleries_module.MOST_LOST):
            desk.fake.lose("chat.postMessage")
            with pytest.raises(DeliveryError):
                await desk.adapter.post(address, desk.gallery(private=True), key="1")
        await desk.adapter.post(address, desk.gallery(private=True), key="1")
        assert not any(message.gallery for message in desk.fake.dms(desk.ann))
        assert [m.words for m in desk.fake.ephemerals(desk.ann)] == [wording.unconfirmed("Slack")]


async def test_a_line_that_somebody_deleted_is_posted_anew() -> None:
    async with at_desk() as desk:
        desk.fake.fail("chat.update", status=502)
        await post_in_vain(desk)
        posting.delete(desk.fake, desk.message)
        await post_in_vain(desk)
        assert (await post(desk)).id == desk.message.ts
        assert len(desk.message.gallery) == 4


async def test_after_a_lost_completion_the_tiles_are_found_and_not_repeated() -> None:
    async with at_desk(gallery="completion") as desk:
        desk.fake.lose("files.completeUploadExternal")
        await post_in_vain(desk)
        ref = await post(desk)
        assert ref.id == desk.message.ts
        assert desk.fake.count("files.completeUploadExternal") == 1
        await desk.adapter.delete(ref)
        assert desk.fake.files == {}


async def test_tiles_on_their_way_are_not_repeated() -> None:
    async with at_desk(gallery="completion") as desk:
        desk.fake.scan_seconds = 30
        desk.fake.lose("files.completeUploadExternal")
        await post_in_vain(desk)
        await post_in_vain(desk)
        desk.fake.skip(30)
        await desk.fake.until(lambda: desk.room.messages)
        assert (await post(desk)).id == desk.message.ts
        assert desk.fake.count("files.completeUploadExternal") == 1


async def test_after_the_other_method_was_lost_the_first_one_is_not_tried_again() -> None:
    async with at_desk() as desk:
        desk.fake.fail("chat.update", error="edit_window_closed")
        gate = desk.fake.hold("chat.delete")
        task = asyncio.create_task(post(desk))
        await desk.fake.until(lambda: gate.waiting)
        desk.fake.lose("files.completeUploadExternal")
        gate.open()
        with pytest.raises(DeliveryError):
            await task
        assert (await post(desk)).id == desk.message.ts
        assert len(desk.message.files) == 4
        assert desk.fake.count("chat.postMessage") == 1


@pytest.mark.parametrize(
    ("gallery", "method"),
    [
        ("blocks", "chat.postMessage"),
        ("blocks", "chat.update"),
        ("completion", "files.completeUploadExternal"),
    ],
)
async def test_a_gallery_that_a_killed_process_began_shows_once(gallery: str, method: str) -> None:
    async with at_desk(gallery=gallery) as desk:
        gate = desk.fake.hold(method)
        task = asyncio.create_task(post(desk))
        await desk.fake.until(lambda: gate.waiting)
        task.cancel()  # a killed process leaves it like that: sent, and never answered
        await asyncio.gather(task, return_exceptions=True)
        desk.fake.heal()
        await desk.fake.until(lambda: desk.room.messages)
        next_adapter = make_adapter(desk.fake, desk.store, gallery=gallery)
        core = Core()
        core.headers = desk.core.headers
        async with serving(next_adapter, core):
            ref = await next_adapter.post(desk.address(), desk.gallery(), key="1")
        assert [message.ts for message in galleries(desk)] == [ref.id]
        assert len(lines(desk)) == (method == "chat.postMessage")


@pytest.mark.parametrize("gallery", POST_METHODS)
async def test_the_stored_entries_of_a_post_name_its_person(gallery: str) -> None:
    """Forgetting the person then deletes all of them, while a post is on its way and afterwards."""
    method = POST_METHODS[gallery]
    async with at_desk(gallery=gallery) as desk:
        card, gate = desk.gallery(), desk.fake.hold(method)
        task = asyncio.create_task(desk.adapter.post(desk.address(), card, key="1"))
        await desk.fake.until(lambda: gate.waiting)
        assert desk.store.people == {"sending:1": {card.header.person}}
        gate.open()
        ref = await task
        await desk.adapter.revise(ref, card)
        assert len(desk.store.people) == 2
        assert set(desk.store.people.values()) == {frozenset((card.header.person,))}


@pytest.mark.parametrize("gallery", POST_METHODS)
async def test_a_post_that_never_arrived_is_posted_again(gallery: str) -> None:
    method = POST_METHODS[gallery]
    async with at_desk(gallery=gallery) as desk:
        desk.fake.fail(method, status=502)
        await post_in_vain(desk)
        assert desk.room.messages == []
        assert (await post(desk)).id == desk.message.ts


async def test_a_post_that_slack_refused_for_now_uses_up_no_try() -> None:
    async with at_desk() as desk:
        for _ in range(galleries_module.MOST_LOST + 1):
            desk.fake.fail("chat.postMessage", error="service_unavailable")
            await post_in_vain(desk)
        await post(desk)
        assert len(desk.room.messages) == 1


async def test_one_key_in_two_channels_gives_two_messages() -> None:
    async with at_desk() as desk:
        desk.fake.lose("chat.postMessage")
        await post_in_vain(desk)
        other = desk.fake.add_channel("other")
        await desk.adapter.post(desk.address(other), desk.gallery(), key="1")
        assert len(other.messages) == len(desk.room.messages) == 1


@pytest.mark.parametrize(
    "method", ["files.getUploadURLExternal", "upload", "files.info", "conversations.open", "files.delete"]
)
async def test_a_harmless_call_whose_answer_was_lost_is_repeated_at_once(method: str) -> None:
    async with at_desk() as desk:
        desk.fake.lose(method)
        address = desk.private(desk.address())
        ref = await desk.adapter.post(address, desk.gallery(private=True), key="1")
        assert len(desk.fake.dms(desk.ann)) == 1
        await desk.adapter.delete(ref)
        assert desk.fake.dms(desk.ann) == []
        assert not [file for file in desk.fake.files.values() if file.is_completed]


async def test_pictures_are_posted_even_if_the_store_fails() -> None:
    store = MemoryKeyValue()
    with capture_logs() as lines:
        async with at_desk(store=store) as desk:
            store.fails = True
            assert (await post(desk)).id == desk.message.ts
    assert {"slack.not_noted", "slack.not_read"} <= {line["event"] for line in lines}


# --- uploads


async def test_a_cards_pictures_are_uploaded_at_the_same_time() -> None:
    async with at_desk() as desk:
        gate = desk.fake.hold("upload")
        task = asyncio.create_task(post(desk))
        await desk.fake.until(lambda: gate.waiting == 4)
        desk.fake.heal()
        await task


async def test_a_failed_upload_posts_nothing() -> None:
    async with at_desk() as desk:
        desk.fake.fail("upload", status=503)
        with pytest.raises(DeliveryError, match="503") as caught:
            await post(desk)
        assert caught.value.retryable
        assert desk.fake.count("files.completeUploadExternal") == 0


async def test_the_pictures_of_only_a_few_cards_are_in_memory() -> None:
    async with at_desk() as desk:
        gate = desk.fake.hold("upload")
        channels = [desk.fake.add_channel(f"room {number}") for number in range(20)]
        gallery = desk.gallery()
        posts = [desk.adapter.post(desk.address(room), gallery, key=room.id) for room in channels]
        task = asyncio.gather(*posts)
        limit = 4 * uploads.CARDS_AT_ONCE
        await desk.fake.until(lambda: gate.waiting == limit)
        assert len(desk.core.read_keys) == limit
        desk.fake.heal()
        await task
        assert all(len(room.messages) == 1 for room in channels)


async def test_pictures_in_a_format_that_slack_does_not_show_are_converted() -> None:
    async with at_desk() as desk:
        buffer = io.BytesIO()
        Image.new("RGB", (64, 64), "red").save(buffer, "WEBP")
        desk.core.pictures[f"{desk.header().job}-1"] = buffer.getvalue()
        await post(desk)
        kinds = [file.filetype for file, _ in desk.message.gallery]  # type: ignore[union-attr]
        assert kinds == ["jpg", "png", "png", "png"]


async def test_pictures_of_more_than_a_megabyte_are_uploaded() -> None:
    async with at_desk() as desk:
        noise = Image.effect_noise((1600, 1600), 100)
        buffer = io.BytesIO()
        noise.save(buffer, "PNG")
        assert buffer.tell() > 2_000_000
        desk.core.pictures[f"{desk.header().job}-1"] = buffer.getvalue()
        await post(desk)
        (file, _), *_ = desk.message.gallery
        assert file.data == buffer.getvalue()  # type: ignore[union-attr]


async def test_deleted_pictures_give_a_final_error() -> None:
    async with at_desk() as desk:
        gallery = desk.gallery()
        desk.core.headers.clear()
        with pytest.raises(DeliveryError) as caught:
            await desk.adapter.post(desk.address(), gallery, key="1")
        assert not caught.value.retryable
        assert desk.fake.count("files.getUploadURLExternal") == 0


async def test_long_alt_texts_arrive() -> None:
    async with at_desk(gallery="completion") as desk:
        await desk.adapter.post(desk.address(), desk.gallery("a fox & a <hen> 🦊 " * 200), key="1")
        assert all(len(alt) > 500 for _, alt in desk.message.gallery)
        assert not desk.message.risks
