"""Pictures as one message: both ways, each where the other fails, and never twice."""

import asyncio
import io

import pytest
from PIL import Image
from structlog.testing import capture_logs

from adapters.slack.outbound import rate_limit, uploads
from bot.port.protocols import DeliveryError
from bot.port.requests import MessageRef
from tests.fakes.key_value import MemoryKeyValue
from tests.slack.desk import Core, Desk, at_desk, make, serving

WAYS = ["blocks", "completion"]


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "LOOKS", (0.01,) * 8)
    monkeypatch.setattr(rate_limit, "CHANNEL_SECONDS", 0.01)


async def post(desk: Desk, key: str = "1") -> MessageRef:
    return await desk.adapter.post(desk.address(), desk.gallery(), key=key)


async def lost(desk: Desk, key: str = "1") -> None:
    """A post that may have arrived, which is tried again later."""
    with pytest.raises(DeliveryError) as caught:
        await post(desk, key)
    assert caught.value.retryable


# --- both ways


@pytest.mark.parametrize("way", WAYS)
async def test_each_way_shows_every_picture_with_its_words_and_buttons(way: str) -> None:
    async with at_desk(gallery=way) as desk:
        ref = await post(desk)
        assert ref.id == desk.message.ts
        assert [alt for _, alt in desk.message.gallery] == [f"a red fox ({n} of 4)" for n in (1, 2, 3, 4)]
        assert desk.message.labels == ["Again", "Edit prompt", "In Ultra · $0.12", "Details", "Delete"]
        assert [file.data for file, _ in desk.message.gallery] == [  # type: ignore[union-attr]
            await desk.core.picture(f"{desk.header().job}-{number}") for number in (1, 2, 3, 4)
        ]
        assert desk.fake.count("chat.postMessage") == (way == "blocks")
        assert desk.fake.count("files.completeUploadExternal") == 1


async def test_pictures_that_slack_has_not_looked_at_are_waited_for() -> None:
    async with at_desk() as desk:
        desk.fake.scan_seconds = 0.05
        await post(desk)
        assert len(desk.message.gallery) == 4
        assert desk.fake.count("files.info") > 1
        assert desk.fake.count("chat.postMessage") == 1


async def test_where_slack_never_looks_at_them_they_go_the_other_way() -> None:
    async with at_desk() as desk:
        desk.fake.scan_seconds = 30
        task = asyncio.create_task(post(desk))
        await desk.fake.until(lambda: desk.fake.count("files.completeUploadExternal") == 2)
        assert desk.fake.count("chat.postMessage") == 0
        desk.fake.skip(30)
        assert (await task).id == desk.message.ts
        assert len(desk.message.files) == 4
        assert len(desk.fake.files) == 4  # those of the first try were deleted


async def test_a_message_that_slack_is_slow_to_show_is_found_by_its_file_later() -> None:
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
async def test_blocks_that_slack_does_not_like_go_the_other_way(error: str) -> None:
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


async def test_one_refusal_of_blocks_may_only_have_been_too_early() -> None:
    async with at_desk() as desk:
        desk.fake.fail("chat.postMessage", error="invalid_blocks")
        await post(desk)
        assert desk.fake.count("chat.postMessage") == 2
        assert len(desk.message.shown_files) == 4


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("error", ["not_in_channel", "is_archived", "restricted_action"])
async def test_a_place_that_refuses_is_not_asked_by_the_other_way(way: str, error: str) -> None:
    method = "chat.postMessage" if way == "blocks" else "files.completeUploadExternal"
    async with at_desk(gallery=way) as desk:
        desk.fake.fail(method, error=error)
        with pytest.raises(DeliveryError) as caught:
            await post(desk)
        assert not caught.value.retryable
        assert error in str(caught.value)
        assert desk.room.messages == []
        assert desk.fake.count("files.completeUploadExternal") == 1


# --- never twice


@pytest.mark.parametrize("way", WAYS)
async def test_a_post_whose_answer_was_lost_is_found_and_not_repeated(way: str) -> None:
    method = "chat.postMessage" if way == "blocks" else "files.completeUploadExternal"
    async with at_desk(gallery=way) as desk:
        desk.fake.lose(method)
        await lost(desk)
        ref = await post(desk)
        assert ref.id == desk.message.ts
        assert desk.fake.count(method) == 1
        await desk.adapter.delete(ref)
        assert desk.fake.files == {}
        assert not [key for key in desk.store.pairs if not key.startswith("sent:")]


@pytest.mark.parametrize("way", WAYS)
async def test_so_is_one_of_an_earlier_process(way: str) -> None:
    method = "chat.postMessage" if way == "blocks" else "files.completeUploadExternal"
    async with at_desk(gallery=way) as desk:
        gate = desk.fake.hold(method)
        task = asyncio.create_task(post(desk))
        await desk.fake.until(lambda: gate.waiting)
        task.cancel()  # as a killed process leaves it: asked for, and never answered
        await asyncio.gather(task, return_exceptions=True)
        desk.fake.heal()
        await desk.fake.until(lambda: desk.room.messages)
        again = make(desk.fake, desk.store, gallery=way)
        core = Core()
        core.headers = desk.core.headers
        async with serving(again, core):
            ref = await again.post(desk.address(), desk.gallery(), key="1")
        assert ref.id == desk.message.ts


@pytest.mark.parametrize("way", WAYS)
async def test_what_is_stored_of_a_post_names_whose_it_is(way: str) -> None:
    """Whoever is forgotten leaves nothing in the store, neither while a post is on its way nor afterwards."""
    method = "chat.postMessage" if way == "blocks" else "files.completeUploadExternal"
    async with at_desk(gallery=way) as desk:
        card, gate = desk.gallery(), desk.fake.hold(method)
        task = asyncio.create_task(desk.adapter.post(desk.address(), card, key="1"))
        await desk.fake.until(lambda: gate.waiting)
        assert desk.store.people == {"sending:1": {card.header.person}}
        gate.open()
        ref = await task
        await desk.adapter.revise(ref, card)
        assert len(desk.store.people) == 2
        assert set(desk.store.people.values()) == {frozenset((card.header.person,))}


@pytest.mark.parametrize("way", WAYS)
async def test_one_that_never_arrived_is_posted(way: str) -> None:
    method = "chat.postMessage" if way == "blocks" else "files.completeUploadExternal"
    async with at_desk(gallery=way) as desk:
        desk.fake.fail(method, status=502)
        await lost(desk)
        assert desk.room.messages == []
        assert (await post(desk)).id == desk.message.ts


async def test_what_was_refused_is_not_looked_for() -> None:
    async with at_desk() as desk:
        desk.fake.fail("chat.postMessage", error="fatal_error")
        await lost(desk)
        before = desk.fake.count("files.info")
        await post(desk)
        assert desk.fake.count("files.info") == before + 1
        assert len(desk.room.messages) == 1


async def test_one_key_in_two_places_is_two_messages() -> None:
    async with at_desk() as desk:
        desk.fake.lose("chat.postMessage")
        await lost(desk)
        other = desk.fake.add_channel("other")
        await desk.adapter.post(desk.address(other), desk.gallery(), key="1")
        assert len(other.messages) == len(desk.room.messages) == 1


@pytest.mark.parametrize(
    "method", ["files.getUploadURLExternal", "upload", "files.info", "conversations.open", "files.delete"]
)
async def test_what_does_no_harm_is_repeated_at_once(method: str) -> None:
    async with at_desk() as desk:
        desk.fake.lose(method)
        place = desk.mine(desk.address())
        ref = await desk.adapter.post(place, desk.gallery(private=True), key="1")
        assert len(desk.fake.dms(desk.ann)) == 1
        await desk.adapter.delete(ref)
        assert desk.fake.dms(desk.ann) == []
        assert not [file for file in desk.fake.files.values() if file.completed]


async def test_a_store_that_is_broken_keeps_nobody_from_their_pictures() -> None:
    store = MemoryKeyValue()
    with capture_logs() as lines:
        async with at_desk(store=store) as desk:
            store.fails = True
            assert (await post(desk)).id == desk.message.ts
    assert {"slack.not_noted", "slack.not_read"} <= {line["event"] for line in lines}


# --- what an upload is made of


async def test_a_card_s_pictures_go_up_at_the_same_time() -> None:
    async with at_desk() as desk:
        gate = desk.fake.hold("upload")
        task = asyncio.create_task(post(desk))
        await desk.fake.until(lambda: gate.waiting == 4)
        desk.fake.heal()
        await task


async def test_an_upload_that_slack_would_not_have_is_no_picture() -> None:
    async with at_desk() as desk:
        desk.fake.fail("upload", status=503)
        with pytest.raises(DeliveryError, match="503") as caught:
            await post(desk)
        assert caught.value.retryable
        assert desk.fake.count("files.completeUploadExternal") == 0


async def test_of_many_cards_only_a_few_are_in_memory() -> None:
    async with at_desk() as desk:
        gate = desk.fake.hold("upload")
        channels = [desk.fake.add_channel(f"room {number}") for number in range(20)]
        gallery = desk.gallery()
        posts = [desk.adapter.post(desk.address(room), gallery, key=room.id) for room in channels]
        task = asyncio.gather(*posts)
        most = 4 * uploads.CARDS_AT_ONCE
        await desk.fake.until(lambda: gate.waiting == most)
        assert len(desk.core.fetched) == most
        desk.fake.heal()
        await task
        assert all(len(room.messages) == 1 for room in channels)


async def test_pictures_that_slack_does_not_show_are_converted() -> None:
    async with at_desk() as desk:
        made = io.BytesIO()
        Image.new("RGB", (64, 64), "red").save(made, "WEBP")
        desk.core.pictures[f"{desk.header().job}-1"] = made.getvalue()
        await post(desk)
        kinds = [file.filetype for file, _ in desk.message.gallery]  # type: ignore[union-attr]
        assert kinds == ["jpg", "png", "png", "png"]


async def test_pictures_of_more_than_a_megabyte_go_up() -> None:
    async with at_desk() as desk:
        noise = Image.effect_noise((1600, 1600), 100)
        made = io.BytesIO()
        noise.save(made, "PNG")
        assert made.tell() > 2_000_000
        desk.core.pictures[f"{desk.header().job}-1"] = made.getvalue()
        await post(desk)
        (file, _), *_ = desk.message.gallery
        assert file.data == made.getvalue()  # type: ignore[union-attr]


async def test_pictures_that_are_no_longer_kept_are_said_to_be_gone() -> None:
    async with at_desk() as desk:
        gallery = desk.gallery()
        desk.core.headers.clear()
        with pytest.raises(DeliveryError) as caught:
            await desk.adapter.post(desk.address(), gallery, key="1")
        assert not caught.value.retryable
        assert desk.fake.count("files.getUploadURLExternal") == 0


async def test_long_words_about_pictures_arrive() -> None:
    async with at_desk(gallery="completion") as desk:
        await desk.adapter.post(desk.address(), desk.gallery("a fox & a <hen> 🦊 " * 200), key="1")
        assert all(len(alt) > 500 for _, alt in desk.message.gallery)
        assert not desk.message.risks
