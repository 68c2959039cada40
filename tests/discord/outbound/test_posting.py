"""Posting, revising and deleting over real sockets: by which way, and what happens if that way is closed."""

import asyncio
import io
import json
import os
from dataclasses import replace

import pytest
from PIL import Image

from adapters.discord import adapter as life
from adapters.discord.outbound import channel, sending, webhook
from adapters.discord.outbound import state as memory
from bot import wording
from bot.port.cards import Accepted
from bot.port.protocols import DeliveryError
from bot.port.requests import Address, Imagine
from tests.discord.desk import NOTICE, Desk, at_desk, private, without_token
from tests.fakes.core import delivered_card
from tests.fakes.discord.world import FakeDiscord

CUT = 0  # the status of an answer that is lost
REFUSED_EDIT = {"message": "Invalid Form Body", "code": 50035}


async def failing(work: object, *, retryable: bool) -> str:
    """Check that `work` ends in a DeliveryError; return its message."""
    with pytest.raises(DeliveryError) as caught:
        await work  # type: ignore[misc]
    assert caught.value.retryable is retryable, caught.value
    return str(caught.value)


# --- revising


async def test_a_card_becomes_its_gallery_by_the_reply_token() -> None:
    async with at_desk() as desk:
        card = await desk.card()
        assert await desk.adapter.revise(card, desk.working(card)) == card
        assert await desk.adapter.revise(card, desk.gallery(card)) == card
        assert str(desk.message.id) == card.id
        assert [alt for _, alt in desk.message.gallery] == [f"a red fox ({n} of 4)" for n in (1, 2, 3, 4)]
        assert desk.statuses("PATCH", "/webhooks/") == [200, 200]
        assert not desk.statuses("PATCH", "/channels/")
        assert not desk.message.pings


async def test_new_files_replace_the_old_ones() -> None:
    async with at_desk() as desk:
        card = await desk.card()
        gallery = desk.gallery(card)
        await desk.adapter.revise(card, gallery)
        old = [attachment.id for attachment in desk.message.attachments]
        await desk.adapter.revise(card, replace(gallery, pictures=gallery.pictures[2:]))
        assert len(desk.message.attachments) == 2
        assert not {attachment.id for attachment in desk.message.attachments} & set(old)
        await desk.adapter.revise(card, desk.working(card))
        assert desk.message.attachments == []


async def test_once_the_token_is_over_the_bot_revises_in_the_channel() -> None:
    async with at_desk() as desk:
        card = await desk.card()
        desk.expire(card)
        assert await desk.adapter.revise(card, desk.gallery(card)) == card
        assert desk.statuses("PATCH", "/webhooks/") == [401]
        assert desk.statuses("PATCH", "/channels/") == [200]
        assert len(desk.message.gallery) == 4


async def test_a_token_that_is_known_to_be_over_is_not_tried() -> None:
    async with at_desk() as desk:
        card = await desk.card()
        desk.fake.skip(841)  # seconds of the 900: an edit that began now might end too late
        await desk.adapter.revise(card, desk.working(card))
        await desk.adapter.revise(without_token(card), desk.gallery(card))
        assert not desk.statuses("PATCH", "/webhooks/")
        assert desk.statuses("PATCH", "/channels/") == [200, 200]


async def test_a_message_of_another_token_is_revised_by_the_bot() -> None:
    async with at_desk() as desk:
        first, second = await desk.card(), await desk.card("a blue fox")
        mixed = replace(first, address=second.address)
        assert await desk.adapter.revise(mixed, desk.gallery(first)) == mixed
        assert desk.statuses("PATCH", "/webhooks/") == [404]
        assert len(desk.room.messages[0].gallery) == 4


async def test_if_an_edit_with_files_is_refused_a_new_message_replaces_the_old_one() -> None:
    async with at_desk() as desk:
        card = await desk.card()
        desk.fake.fail("PATCH", "/webhooks/", 400, REFUSED_EDIT)
        now = await desk.adapter.revise(card, desk.gallery(card))
        assert str(desk.message.id) == now.id != card.id
        assert len(desk.message.gallery) == 4
        assert now.address == card.address


async def test_if_an_edit_without_files_is_refused_nothing_is_posted() -> None:
    async with at_desk() as desk:
        card = await desk.card()
        desk.fake.fail("PATCH", "/webhooks/", 400, REFUSED_EDIT)
        await failing(desk.adapter.revise(card, desk.working(card)), retryable=False)
        assert str(desk.message.id) == card.id


async def test_a_message_that_replaces_an_edit_is_found_again_if_its_answer_is_lost() -> None:
    async with at_desk() as desk:
        card = await desk.card()
        desk.fake.fail("PATCH", "/webhooks/", 400, REFUSED_EDIT, times=2)
        desk.fake.lose("POST", "/webhooks/")
        await failing(desk.adapter.revise(card, desk.gallery(card)), retryable=True)
        now = await desk.adapter.revise(card, desk.gallery(card))
        assert str(desk.message.id) == now.id != card.id
        assert len(desk.statuses("POST", "/webhooks/")) == 1


async def test_an_edit_whose_answer_is_lost_is_simply_repeated() -> None:
    async with at_desk() as desk:
        card = await desk.card()
        desk.fake.lose("PATCH", "/webhooks/")
        await failing(desk.adapter.revise(card, desk.gallery(card)), retryable=True)
        assert await desk.adapter.revise(card, desk.gallery(card)) == card
        assert len(desk.message.gallery) == 4


@pytest.mark.parametrize("lent", [True, False])
async def test_a_message_that_somebody_deleted_cannot_be_revised(lent: bool) -> None:
    async with at_desk() as desk:
        card = await desk.card()
        await desk.fake.erase(desk.message)
        message = card if lent else without_token(card)
        await failing(desk.adapter.revise(message, desk.gallery(card)), retryable=False)
        assert desk.room.messages == []


async def test_a_token_that_opened_nothing_is_not_tried_again() -> None:
    async with at_desk() as desk:
        card = await desk.card()
        desk.expire(card)
        await desk.adapter.revise(card, desk.working(card))
        await desk.adapter.revise(card, desk.gallery(card))
        assert desk.statuses("PATCH", "/webhooks/") == [401]
        assert desk.statuses("PATCH", "/channels/") == [200, 200]


async def test_a_token_without_follow_ups_left_still_revises() -> None:
    async with at_desk() as desk:
        card = await desk.card()
        desk.fake.fail("POST", "/webhooks/", 400, {"message": "over", "code": 40094})
        await desk.adapter.post(card.address, NOTICE, key="sixth")
        assert desk.statuses("POST", "/channels/") == [200]
        await desk.adapter.revise(card, desk.gallery(card))
        assert desk.statuses("PATCH", "/webhooks/") == [200]


async def test_a_private_message_cannot_be_revised_without_its_token() -> None:
    async with at_desk() as desk:
        card = await desk.card("a red fox --private")
        assert desk.room.messages == []
        await desk.adapter.revise(card, desk.working(card))
        desk.expire(card)
        sentence = await failing(desk.adapter.revise(card, desk.gallery(card)), retryable=False)
        assert "the reply token is over" in sentence
        assert not desk.statuses("PATCH", "/channels/")


async def test_if_only_the_token_reaches_a_place_nothing_else_is_tried() -> None:
    async with at_desk() as desk:
        card = await desk.card()
        address = replace(card.address, lent_only=True)
        assert (await desk.adapter.post(address, NOTICE, key="one")).address == address
        desk.expire(card)
        await failing(desk.adapter.post(address, NOTICE, key="two"), retryable=False)
        message = replace(card, address=address)
        await failing(desk.adapter.revise(message, desk.gallery(card)), retryable=False)
        await desk.adapter.delete(message)
        await failing(desk.adapter.post(private(address, desk.ann), NOTICE, key="three"), retryable=False)
        assert not [each for each in desk.fake.requests if "/channels/" in each.path]


# --- posting


async def test_a_token_posts_even_if_the_bot_may_not_send_and_notifies_the_requester() -> None:
    async with at_desk() as desk:
        card = await desk.card()
        desk.room.deny("send_messages", "attach_files")
        late = replace(desk.gallery(card), mention=f"discord:{desk.ann.user.id}")
        posted = await desk.adapter.post(card.address, late, key="JOB.late")
        message = desk.room.messages[-1]
        assert str(message.id) == posted.id
        assert list(message.pings) == [desk.ann.user]
        assert len(message.gallery) == 4


async def test_without_a_token_the_bot_posts_once_for_each_key() -> None:
    async with at_desk() as desk:
        card = without_token(await desk.card())
        desk.fake.lose("POST", "/channels/")
        late = replace(desk.gallery(card), mention=f"discord:{desk.ann.user.id}")
        await failing(desk.adapter.post(card.address, late, key="JOB.late"), retryable=True)
        posted = await desk.adapter.post(card.address, late, key="JOB.late")
        assert [str(message.id) for message in desk.room.messages] == [card.id, posted.id]
        message = desk.room.messages[-1]
        assert message.nonce == "JOB.late"
        assert list(message.pings) == [desk.ann.user]
        assert message.history == []


async def test_an_earlier_message_with_the_same_key_is_revised_to_the_new_card() -> None:
    async with at_desk() as desk:
        card = without_token(await desk.card())
        message = await desk.adapter.post(card.address, desk.working(card), key="JOB")
        assert await desk.adapter.post(card.address, desk.gallery(card), key="JOB") == message
        assert len(desk.room.messages) == 2
        assert len(desk.room.messages[-1].gallery) == 4


async def test_long_keys_tell_messages_apart_too() -> None:
    async with at_desk() as desk:
        card = without_token(await desk.card())
        key = "a key that is longer than Discord takes"
        first = await desk.adapter.post(card.address, NOTICE, key=key)
        assert await desk.adapter.post(card.address, NOTICE, key=key) == first
        assert await desk.adapter.post(card.address, NOTICE, key=key + "!") != first


async def test_a_card_that_the_core_does_not_know_becomes_the_gallery() -> None:
    """The core does not know it if a process died between Discord's answer and the core's record of it."""
    async with at_desk() as desk:
        card = await desk.card()
        key = desk.job(card)
        assert await desk.adapter.post(card.address, desk.gallery(card), key=key) == card
        assert [message.id for message in desk.room.messages] == [int(card.id)]
        assert len(desk.message.gallery) == 4


async def test_a_card_that_the_core_does_not_know_is_deleted_if_the_outcome_is_private() -> None:
    async with at_desk() as desk:
        card = await desk.card()
        ended = await desk.adapter.post(private(card.address, desk.ann), desk.ended(card), key=desk.job(card))
        assert ended.id != card.id
        assert desk.room.messages == []
        assert [str(message.id) for message in desk.fake.ephemerals(desk.ann)] == [ended.id]


async def test_a_first_answer_that_shows_another_processs_job_stays() -> None:
    async with at_desk() as desk:
        card = await desk.card()
        header = replace(desk.gallery(card).header, job="JOB0000000002")
        desk.core.headers[header.job] = header
        posted = await desk.adapter.post(card.address, delivered_card(header), key=header.job)
        assert [str(message.id) for message in desk.room.messages] == [card.id, posted.id]
        assert desk.room.messages[0].gallery == []


async def test_if_the_first_answer_was_deleted_the_gallery_is_a_new_message() -> None:
    async with at_desk() as desk:
        card = await desk.card()
        await desk.adapter.delete(card)
        posted = await desk.adapter.post(card.address, desk.gallery(card), key=desk.job(card))
        assert [str(message.id) for message in desk.room.messages] == [posted.id]


async def test_a_follow_up_whose_answer_was_lost_is_found_instead_of_posted_twice() -> None:
    async with at_desk() as desk:
        card = await desk.card()
        desk.fake.lose("POST", "/webhooks/")
        await failing(desk.adapter.post(card.address, desk.gallery(card), key="JOB.late"), retryable=True)
        posted = await desk.adapter.post(card.address, desk.gallery(card), key="JOB.late")
        assert [str(message.id) for message in desk.room.messages] == [card.id, posted.id]


async def test_a_follow_up_that_never_arrived_is_posted_again() -> None:
    async with at_desk() as desk:
        card = await desk.card()
        desk.fake.lose("POST", "/webhooks/")
        await failing(desk.adapter.post(card.address, desk.gallery(card), key="JOB.late"), retryable=True)
        await desk.fake.erase(desk.room.messages[-1])
        posted = await desk.adapter.post(card.address, desk.gallery(card), key="JOB.late")
        assert [str(message.id) for message in desk.room.messages] == [card.id, posted.id]


async def test_in_an_outage_a_lost_follow_up_is_not_posted_again() -> None:
    async with at_desk() as desk:
        card = await desk.card()
        desk.fake.lose("POST", "/webhooks/")
        desk.fake.fail("GET", "/messages", 503)
        for _ in range(2):
            await failing(desk.adapter.post(card.address, desk.gallery(card), key="JOB.late"), retryable=True)
        posted = await desk.adapter.post(card.address, desk.gallery(card), key="JOB.late")
        assert [str(message.id) for message in desk.room.messages] == [card.id, posted.id]


async def test_after_an_outage_a_follow_up_is_searched_for_before_it_is_posted_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sleep = asyncio.sleep
    monkeypatch.setattr(asyncio, "sleep", lambda seconds: sleep(min(seconds, 0.002)))  # discord.py's pauses
    async with at_desk() as desk:
        card = await desk.card()
        desk.fake.fail("POST", "/webhooks/", 500)
        await failing(desk.adapter.post(card.address, desk.gallery(card), key="JOB.late"), retryable=True)
        await desk.adapter.post(card.address, desk.gallery(card), key="JOB.late")
        assert desk.statuses("GET", "/messages") == [200]
        assert len(desk.room.messages) == 2


@pytest.mark.parametrize("status", [CUT, 502])
async def test_a_private_gallery_whose_answer_was_lost_shows_once(status: int) -> None:
    """Nothing can search for it, so a line is posted, and edited into the gallery."""
    async with at_desk() as desk:
        card = await desk.card()
        ann = private(card.address, desk.ann)
        desk.fake.fail("POST", "/webhooks/", status, before=False)
        await failing(desk.adapter.post(ann, desk.gallery(card), key="JOB.private"), retryable=True)
        desk.fake.lose("PATCH", "/webhooks/")
        await failing(desk.adapter.post(ann, desk.gallery(card), key="JOB.private"), retryable=True)
        posted = await desk.adapter.post(ann, desk.gallery(card), key="JOB.private")
        lost, gallery = desk.fake.ephemerals(desk.ann)
        assert (lost.text, lost.gallery) == (wording.pictures_follow(4), [])
        assert (str(gallery.id), len(gallery.gallery)) == (posted.id, 4)
        assert not desk.statuses("GET", "/messages")


async def test_a_private_line_that_was_dismissed_is_posted_anew() -> None:
    async with at_desk() as desk:
        card = await desk.card()
        ann = private(card.address, desk.ann)
        desk.fake.fail("PATCH", "/webhooks/", CUT)
        await failing(desk.adapter.post(ann, desk.gallery(card), key="JOB.private"), retryable=True)
        await desk.fake.erase(desk.fake.ephemerals(desk.ann)[0])
        await desk.adapter.post(ann, desk.gallery(card), key="JOB.private")
        (gallery,) = desk.fake.ephemerals(desk.ann)
        assert len(gallery.gallery) == 4


async def test_a_follow_up_is_not_repeated_by_the_library() -> None:
    async with at_desk() as desk:
        card = await desk.card()
        desk.fake.fail("POST", "/webhooks/", 502, before=False)
        await failing(desk.adapter.post(card.address, desk.gallery(card), key="JOB.late"), retryable=True)
        posted = await desk.adapter.post(card.address, desk.gallery(card), key="JOB.late")
        assert [str(message.id) for message in desk.room.messages] == [card.id, posted.id]


async def test_if_the_bot_may_not_read_the_history_the_person_is_told_of_a_lost_gallery() -> None:
    async with at_desk() as desk:
        card = await desk.card()
        desk.room.deny("read_message_history")
        desk.fake.lose("POST", "/webhooks/")
        await failing(desk.adapter.post(card.address, desk.gallery(card), key="JOB.late"), retryable=True)
        told = await desk.adapter.post(card.address, desk.gallery(card), key="JOB.late")
        assert len([message for message in desk.room.messages if message.gallery]) == 1
        (sentence,) = desk.fake.ephemerals(desk.ann)
        assert (str(sentence.id), sentence.text) == (told.id, wording.unconfirmed("Discord"))


async def test_in_a_thread_everything_happens_in_the_thread() -> None:
    async with at_desk() as desk:
        thread = desk.guild.add_thread(desk.room, "foxes")
        card = without_token(await desk.card(room=thread))
        assert card.address.thread == f"discord:{thread.id}"
        await desk.adapter.revise(card, desk.gallery(card))
        await desk.adapter.post(card.address, NOTICE, key="more")
        assert len(thread.messages) == 2
        await desk.adapter.delete(card)
        assert len(thread.messages) == 1
        assert desk.room.messages == []


# --- private messages


async def test_a_private_message_is_ephemeral_while_the_token_lives_and_then_a_direct_message() -> None:
    async with at_desk() as desk:
        card = await desk.card()
        ann = private(card.address, desk.ann)
        hidden = await desk.adapter.post(ann, desk.ended(card), key="JOB.ended")
        assert [str(message.id) for message in desk.fake.ephemerals(desk.ann)] == [hidden.id]
        assert hidden.address == ann
        desk.expire(card)
        direct = await desk.adapter.post(ann, desk.gallery(card), key="JOB.private")
        (message,) = desk.fake.dms(desk.ann)
        assert str(message.id) == direct.id
        assert direct.address.channel == f"discord:{message.channel.id}"
        assert (direct.address.workspace, direct.address.lent) == ("dm", None)
        assert len(desk.room.messages) == 1


@pytest.mark.parametrize("threaded", [False, True])
async def test_once_its_channel_is_gone_a_private_message_is_a_direct_message(threaded: bool) -> None:
    async with at_desk() as desk:
        room = desk.guild.add_thread(desk.room, "foxes") if threaded else desk.room
        card = await desk.card(room=room)
        desk.fake.remove_channel(room)
        for verb in (
            desk.adapter.revise(card, desk.gallery(card)),
            desk.adapter.post(card.address, desk.gallery(card), key="JOB.late"),
        ):
            with pytest.raises(DeliveryError) as caught:
                await verb
            assert not caught.value.retryable
            assert caught.value.sentence == wording.not_here("", "thread gone" if threaded else "gone")
        ann = private(card.address, desk.ann)
        direct = await desk.adapter.post(ann, desk.gallery(card), key="JOB.private")
        (message,) = desk.fake.dms(desk.ann)
        assert (str(message.id), len(message.gallery)) == (direct.id, 4)


@pytest.mark.parametrize("lent", [True, False])
async def test_an_archived_thread_opens_for_a_new_message_and_a_locked_one_does_not(lent: bool) -> None:
    async with at_desk() as desk:
        thread = desk.guild.add_thread(desk.room, "foxes")
        card = await desk.card(room=thread)
        message = card if lent else without_token(card)
        thread.archived = True
        if lent:  # a new message replaces what cannot be edited
            await desk.adapter.revise(message, desk.gallery(card))
        else:
            await failing(desk.adapter.revise(message, desk.gallery(card)), retryable=False)
            await desk.adapter.post(message.address, desk.gallery(card), key="JOB.late")
        assert (thread.archived, len(thread.messages[-1].gallery)) == (False, 4)
        thread.locked = True
        for key in ("1", "2"):  # the second is refused without a call, for the same reason
            with pytest.raises(DeliveryError) as caught:
                await desk.adapter.post(message.address, NOTICE, key=key)
            assert caught.value.sentence == wording.not_here("", "thread closed")
        direct = await desk.adapter.post(private(message.address, desk.ann), NOTICE, key="3")
        assert [str(each.id) for each in desk.fake.dms(desk.ann)] == [direct.id]


async def test_a_direct_message_can_be_revised_and_deleted() -> None:
    async with at_desk() as desk:
        card = without_token(await desk.card())
        ann = private(card.address, desk.ann)
        direct = await desk.adapter.post(ann, desk.working(card), key="JOB")
        assert await desk.adapter.post(ann, desk.working(card), key="JOB") == direct
        await desk.adapter.revise(direct, desk.gallery(card))
        (message,) = desk.fake.dms(desk.ann)
        assert len(message.gallery) == 4
        await desk.adapter.delete(direct)
        assert desk.fake.dms(desk.ann) == []


async def test_a_person_who_takes_no_direct_messages_is_not_tried_again_and_again() -> None:
    async with at_desk() as desk:
        card = without_token(await desk.card())
        desk.ann.user.accepts_dms = False
        ann = private(card.address, desk.ann)
        sentence = await failing(
            desk.adapter.post(ann, desk.gallery(card), key="JOB.private"), retryable=False
        )
        assert "direct messages" in sentence
        for number in range(20):
            await failing(desk.adapter.post(ann, NOTICE, key=f"{number}"), retryable=False)
        assert len(desk.statuses("POST", "/messages")) == 1
        assert len(desk.room.messages) == 1


# --- deleting


@pytest.mark.parametrize("state", ["lent", "expired", "without_token"])
async def test_a_card_is_deleted_with_the_token_and_without(state: str) -> None:
    async with at_desk() as desk:
        card = await desk.card()
        if state == "expired":
            desk.expire(card)
        message = without_token(card) if state == "without_token" else card
        await desk.adapter.delete(message)
        assert desk.room.messages == []
        await desk.adapter.delete(message)  # a message that is gone already is no error


async def test_an_ephemeral_message_stays_if_the_token_is_over() -> None:
    async with at_desk() as desk:
        card = await desk.card("a red fox --private")
        desk.expire(card)
        await desk.adapter.delete(card)
        assert len(desk.fake.ephemerals(desk.ann)) == 1
        assert not desk.statuses("DELETE", "/channels/")


async def test_deleting_a_message_without_an_id_does_nothing() -> None:
    async with at_desk() as desk:
        card = await desk.card()
        await desk.adapter.delete(replace(card, id=""))
        assert not desk.statuses("DELETE", "/")


# --- refusals


async def test_a_burst_does_not_hammer_a_channel_that_refuses() -> None:
    async with at_desk() as desk:
        card = without_token(await desk.card())
        desk.room.deny("send_messages")
        sentence = await failing(desk.adapter.post(card.address, NOTICE, key="0"), retryable=False)
        assert "Send Messages" in sentence
        assert str(desk.room.id) in sentence
        for number in range(20):
            await failing(desk.adapter.post(card.address, NOTICE, key=f"{number}"), retryable=False)
        assert desk.statuses("POST", "/messages") == [403]
        await desk.adapter.revise(card, desk.gallery(card))  # the bot may still revise its own messages

        desk.fake.skip(memory.REFUSAL_SECONDS + 1)
        await failing(desk.adapter.post(card.address, NOTICE, key="later"), retryable=False)
        assert desk.statuses("POST", "/messages") == [403, 403]


async def test_the_error_of_a_channel_that_the_bot_does_not_see_names_the_permission() -> None:
    async with at_desk() as desk:
        card = without_token(await desk.card())
        desk.room.deny("view_channel")
        for verb in (desk.adapter.post(card.address, NOTICE, key="1"), desk.adapter.revise(card, NOTICE)):
            assert "View Channel" in await failing(verb, retryable=False)
        await failing(desk.adapter.delete(card), retryable=False)


# --- errors that pass


async def test_a_short_rate_limit_is_waited_out() -> None:
    async with at_desk() as desk:
        card = await desk.card()
        desk.fake.fail("PATCH", "/webhooks/", 429, retry_after=0.01)
        desk.fake.fail("PATCH", "/channels/", 429, retry_after=0.01)
        await desk.adapter.revise(card, desk.gallery(card))
        await desk.adapter.revise(without_token(card), desk.gallery(card))
        assert desk.statuses("PATCH", "/webhooks/") == [429, 200]
        assert desk.statuses("PATCH", "/channels/") == [429, 200]


async def test_a_long_rate_limit_is_left_to_the_core(monkeypatch: pytest.MonkeyPatch) -> None:
    async with at_desk() as desk:
        card = await desk.card()
        desk.fake.fail("PATCH", "/channels/", 429, retry_after=40)
        revising = desk.adapter.revise(without_token(card), desk.gallery(card))
        assert "40 s" in await failing(revising, retryable=True)
        desk.fake.fail("PATCH", "/webhooks/", 429, retry_after=40)  # discord.py waits for webhooks for ever
        desk.fake.fail("DELETE", "/webhooks/", 429, retry_after=40)
        for module in (sending, webhook, channel):
            monkeypatch.setattr(module, "CALL_SECONDS", 0.05)
        await failing(desk.adapter.revise(card, desk.gallery(card)), retryable=True)
        await failing(desk.adapter.delete(card), retryable=True)
        monkeypatch.undo()
        await desk.adapter.revise(without_token(card), desk.gallery(card))


async def test_errors_of_an_outage_are_retryable() -> None:
    async with at_desk() as desk:
        card = without_token(await desk.card())
        desk.fake.fail("PATCH", "/channels/", 503)
        await failing(desk.adapter.revise(card, desk.gallery(card)), retryable=True)
        desk.fake.fail("POST", "/channels/", 503)
        await failing(desk.adapter.post(card.address, NOTICE, key="JOB"), retryable=True)
        desk.fake.fail("DELETE", "/channels/", 503)
        await failing(desk.adapter.delete(card), retryable=True)
        await desk.adapter.revise(card, desk.gallery(card))
        await desk.adapter.post(card.address, NOTICE, key="JOB")
        await desk.adapter.delete(card)
        assert len(desk.room.messages) == 1


async def test_before_the_login_a_post_waits_and_then_fails_retryably(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with at_desk(start=False) as desk:
        monkeypatch.setattr(life, "LOGIN_TIMEOUT", 0.01)
        address = private(_address(desk), desk.ann)
        assert "within" in await failing(desk.adapter.post(address, NOTICE, key="JOB"), retryable=True)
        monkeypatch.undo()
        waiting = asyncio.create_task(desk.adapter.post(address, NOTICE, key="JOB"))
        run = asyncio.create_task(desk.adapter.run(desk.core))
        await waiting
        assert len(desk.fake.dms(desk.ann)) == 1
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
        monkeypatch.setattr(life, "LOGIN_TIMEOUT", 0.01)
        assert "within" in await failing(desk.adapter.post(address, NOTICE, key="JOB"), retryable=True)


async def test_calls_that_the_end_of_the_connection_stops_are_retryable() -> None:
    async with at_desk() as desk:
        cards = [await desk.card(f"fox {number}") for number in range(memory.UPLOADS_AT_ONCE + 2)]
        gate = desk.fake.hold("PATCH", "/webhooks/")
        tasks = [asyncio.create_task(desk.adapter.revise(card, desk.gallery(card))) for card in cards]
        await desk.fake.until(lambda: gate.waiting == memory.UPLOADS_AT_ONCE)
        desk.run.cancel()
        for task in tasks:
            await failing(task, retryable=True)


def _address(desk: Desk) -> Address:
    return Address(
        platform="discord", workspace=f"discord:{desk.guild.id}", channel=f"discord:{desk.room.id}"
    )


# --- bytes


def noise(megapixels: int) -> bytes:
    """Make a PNG that no compression makes smaller: three bytes a pixel."""
    data = io.BytesIO()
    Image.frombytes("RGB", (1_000, 1_000 * megapixels), os.urandom(3_000_000 * megapixels)).save(
        data, "PNG", compress_level=0
    )
    return data.getvalue()


@pytest.mark.parametrize("lent", [True, False])
async def test_files_that_discord_finds_too_large_are_sent_smaller_and_the_card_says_so(lent: bool) -> None:
    """A server may have lost its boosts without the bot's knowledge."""
    async with at_desk(before=lambda fake: _boost(fake, 2)) as desk:
        _boost(desk.fake, 0)
        card = await desk.card()
        gallery = replace(desk.gallery(card), pictures=desk.gallery(card).pictures[:1])
        desk.core.pictures[gallery.pictures[0].key] = noise(4)
        await desk.adapter.revise(card if lent else without_token(card), gallery)
        assert len([each for each in desk.fake.requests if each.status == 413]) == 1
        (attachment,) = desk.message.attachments
        assert attachment.size < 10 * 1024 * 1024
        assert wording.REENCODED.split()[0] in desk.message.text


async def test_a_boosted_server_gets_large_files_unchanged() -> None:
    async with at_desk(before=lambda fake: _boost(fake, 2)) as desk:
        card = await desk.card()
        gallery = replace(desk.gallery(card), pictures=desk.gallery(card).pictures[:1])
        large = desk.core.pictures[gallery.pictures[0].key] = noise(4)
        await desk.adapter.revise(card, gallery)
        assert [each.size for each in desk.message.attachments] == [len(large)]


async def test_files_that_stay_too_large_are_a_final_error() -> None:
    async with at_desk() as desk:
        card = await desk.card()
        too_large = {"message": "Request entity too large", "code": 40005}
        desk.fake.fail("PATCH", "/webhooks/", 413, too_large, times=9)
        await failing(desk.adapter.revise(card, desk.gallery(card)), retryable=False)
        assert desk.statuses("PATCH", "/webhooks/") == [413, 413, 413]


def _boost(fake: FakeDiscord, tier: int) -> None:
    for guild in fake.guilds.values():
        guild.premium_tier = tier


async def test_bytes_are_read_only_when_an_uploads_turn_comes() -> None:
    async with at_desk() as desk:
        cards = [await desk.card(f"fox {number}") for number in range(memory.UPLOADS_AT_ONCE + 4)]
        gate = desk.fake.hold("PATCH", "/webhooks/")
        tasks = [asyncio.create_task(desk.adapter.revise(card, desk.gallery(card))) for card in cards]
        await desk.fake.until(lambda: gate.waiting == memory.UPLOADS_AT_ONCE)
        await desk.adapter.post(cards[-1].address, NOTICE, key="no files")  # it waits for no upload
        assert gate.waiting == memory.UPLOADS_AT_ONCE
        assert len(desk.core.read_keys) == 4 * memory.UPLOADS_AT_ONCE
        gate.open()
        await asyncio.gather(*tasks)
        assert sum(len(message.gallery) == 4 for message in desk.room.messages) == len(cards)


async def test_pictures_are_veiled_if_the_operator_wants_it() -> None:
    async with at_desk(spoiler=True) as desk:
        card = await desk.card()
        await desk.adapter.revise(card, desk.gallery(card))
        assert '"spoiler": true' in json.dumps(desk.message.components)


async def test_a_gallery_that_is_the_first_answer_is_veiled_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async with at_desk(spoiler=True) as desk:
        card = await desk.card()
        reply = Accepted(job=desk.job(card), card=desk.gallery(card), fresh=False)

        async def imagine(_request: Imagine) -> Accepted:
            return reply

        monkeypatch.setattr(desk.core, "imagine", imagine)
        interaction = await desk.fake.slash(desk.ann, desk.room, "imagine", {"prompt": "a red fox"})
        assert interaction.response.type == 4  # a message, and no deferral
        (frame,) = interaction.original.components
        (media,) = (part for part in frame["components"] if "items" in part)
        assert [item["spoiler"] for item in media["items"]] == [True] * 4


def test_the_state_of_posting_is_bounded() -> None:
    remembered = memory.PostingState()
    for number in range(memory.MAX_UNCONFIRMED + 1):
        remembered.unconfirmed[str(number)] = None
        remembered.add_refusal("post", number, now=1.0 + number, why="gone")
    assert len(remembered.unconfirmed) == memory.MAX_UNCONFIRMED
    assert "0" not in remembered.unconfirmed
    assert len(remembered.refusals) <= memory.REFUSAL_SECONDS + 1
    assert remembered.refusal("post", memory.MAX_UNCONFIRMED, memory.MAX_UNCONFIRMED + 2.0) == "gone"
    assert remembered.refusal("post", 0, memory.MAX_UNCONFIRMED + 2.0) is None
