"""Pictures as one message: both methods, each in place of the other, and never twice."""

import asyncio
import io

import pytest
from PIL import Image
from structlog.testing import capture_logs

from adapters.slack.outbound import rate_limit, uploads
from bot.port.protocols import DeliveryError
from bot.port.requests import MessageRef
from tests.fakes.key_value import MemoryKeyValue
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
        assert desk.message.labels == ["Again", "Edit prompt", "In Ultra · $0.12", "Details", "Delete"]
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
        desk.fake.fail("chat.postMessage", error=error, times=2)
        assert (await post(desk)).id == desk.message.ts
        assert len(desk.message.files) == 4
        assert len(desk.fake.files) == 4
    async with at_desk(gallery="completion") as desk:
        desk.fake.fail("files.completeUploadExternal", error=error)
        assert (await post(desk)).id == desk.message.ts
        assert desk.message.files == []
        assert len(desk.message.gallery) == 4


async def test_blocks_that_slack_rejects_once_are_posted_again() -> None:
    async with at_desk() as desk:
        desk.fake.fail("chat.postMessage", error="invalid_blocks")
        await post(desk)
        assert desk.fake.count("chat.postMessage") == 2
        assert len(desk.message.shown_files) == 4


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


# --- no message twice


@pytest.mark.parametrize("gallery", POST_METHODS)
async def test_a_post_whose_answer_was_lost_is_found_and_not_repeated(gallery: str) -> None:
    method = POST_METHODS[gallery]
    async with at_desk(gallery=gallery) as desk:
        desk.fake.lose(method)
        await post_in_vain(desk)
        ref = await post(desk)
        assert ref.id == desk.message.ts
        assert desk.fake.count(method) == 1
        await desk.adapter.delete(ref)
        assert desk.fake.files == {}
        assert not [key for key in desk.store.pairs if not key.startswith("sent:")]


@pytest.mark.parametrize("gallery", POST_METHODS)
async def test_a_post_of_an_earlier_process_is_found_and_not_repeated(gallery: str) -> None:
    method = POST_METHODS[gallery]
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
        assert ref.id == desk.message.ts


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


async def test_a_post_that_slack_refused_is_not_searched_for() -> None:
    async with at_desk() as desk:
        desk.fake.fail("chat.postMessage", error="fatal_error")
        await post_in_vain(desk)
        before = desk.fake.count("files.info")
        await post(desk)
        assert desk.fake.count("files.info") == before + 1
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
