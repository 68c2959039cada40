"""The loopback Discord, spoken to by an unmodified discord.py, since much else rests on it."""

import asyncio
import hashlib
from typing import Any

import discord
import pytest

from tests.fakes.discord.errors import NotOffered
from tests.fakes.discord.fixtures import fake_discord
from tests.fakes.discord.interactions import DEFERRED, DEFERRED_UPDATE, MESSAGE, Interaction
from tests.fakes.discord.payloads import interaction_json
from tests.fakes.discord.small_bot import PIXELS, card, pictures, running
from tests.fakes.discord.town import Town, town

__all__ = ["fake_discord", "town"]


async def test_logs_in_syncs_and_learns_of_its_guilds(town: Town) -> None:
    fake = town.fake
    assert fake.gateway.identifies == 1
    assert (
        fake.gateway.intents
        == discord.Intents(guilds=True, guild_messages=True, guild_reactions=True, dm_reactions=True).value
    )
    assert [command["name"] for command in fake.commands[0]] == ["imagine", "quotas", "Imagine this"]
    assert fake.creates == 3
    await asyncio.wait_for(town.bot.wait_until_ready(), 5)
    assert [(guild.name, guild.me.id) for guild in town.bot.guilds] == [("Studio", fake.bot.id)]
    await town.bot.tree.sync()
    assert fake.creates == 3


async def test_a_deferred_answer_becomes_a_gallery(town: Town) -> None:
    asked = await town.fake.slash(
        town.ann, town.room, "imagine", {"prompt": f"a fox for {town.bob.user.mention}"}
    )
    assert asked.answered_with == DEFERRED
    assert asked.seconds is not None
    message = await town.filled(asked)
    assert town.room.messages == [message] == [asked.original]
    assert message.gallery == [(f"{n}.png", f"alt {n}.png") for n in range(4)]
    assert {a.sha1 for a in message.attachments} == {hashlib.sha1(PIXELS).hexdigest()}
    assert [a.description for a in message.attachments] == [f"file {n}.png" for n in range(4)]
    assert message.attachments[0].data == PIXELS
    assert message.labels == ["Again", "Edit", "Delete"]


async def test_private_answers_are_seen_by_one(town: Town) -> None:
    asked = await town.fake.slash(town.ann, town.room, "quotas set", {"person": town.bob})
    await town.fake.until(lambda: asked.followups)
    assert [m.text for m in town.fake.ephemerals(town.ann)] == ["set for Bob", "and noted"]
    assert town.fake.ephemerals(town.bob) == town.room.messages == []
    drawn = await town.drawn(private=True)
    assert drawn.only_for is town.ann.user
    with pytest.raises(NotOffered):
        await town.fake.click(town.bob, drawn, "Again")
    with pytest.raises(discord.NotFound, match="10008"):
        await town.channel().fetch_message(drawn.id)


async def test_buttons_work_after_a_restart(town: Town) -> None:
    message = await town.drawn()
    await town.bot.close()
    async with running(town.fake.token) as town.bot:
        await town.fake.until(lambda: town.fake.gateway.identifies == 2)
        pressed = await town.fake.click(town.bob, message, "Again")
        assert pressed.answered_with == MESSAGE
        assert [m.text for m in town.fake.ephemerals(town.bob)] == ["once more"]
        gone = await town.fake.click(town.bob, message, "a1:delete:j1")
        assert gone.answered_with == DEFERRED_UPDATE
        await town.fake.until(lambda: town.room.gone == [message])


async def test_a_modal_is_prefilled_filled_in_and_sent(town: Town) -> None:
    message = await town.drawn()
    opened = await town.fake.click(town.bob, message, "Edit")
    assert opened.modal.title == "Edit prompt"
    for values in ({"Prompt": ""}, {"Prompt": "x" * 21}, {"Nothing": "a"}):
        with pytest.raises(NotOffered):
            await town.fake.submit(town.bob, opened.modal, values)
    untouched = await town.fake.submit(town.bob, opened.modal)
    opened = await town.fake.click(town.bob, message, "Edit")
    changed = await town.fake.submit(town.bob, opened.modal, {"Prompt": "a bear"})
    assert [untouched.posted.text, changed.posted.text] == ["a fox", "a bear"]
    assert untouched.message is changed.message is message


async def test_a_context_menu_carries_the_whole_message(town: Town) -> None:
    said = await town.fake.say(town.bob, town.room, "a cat on the moon")
    asked = await town.fake.menu(town.ann, said, "Imagine this")
    assert asked.posted.text == "a cat on the moon"


async def test_autocomplete(town: Town) -> None:
    # An option either has choices, or suggests them.
    suggested = await town.fake.autocomplete(town.ann, town.room, "imagine", {"prompt": "a fox"}, "prompt")
    assert suggested == [{"name": "a fox in snow", "value": "snow"}]


async def test_reactions_tell_who_and_whose_message(town: Town) -> None:
    message = await town.drawn()
    await town.fake.react(town.bob, message, "🔁")
    await town.fake.react(town.bob, message, "🔁")
    await town.fake.unreact(town.bob, message, "🔁")
    await town.fake.until(lambda: len(town.bot.reactions) == 2)
    added, removed = town.bot.reactions
    assert (added.event_type, removed.event_type) == ("REACTION_ADD", "REACTION_REMOVE")
    assert (str(added.emoji), added.user_id, added.message_id) == ("🔁", town.bob.id, message.id)
    assert added.message_author_id == town.fake.bot.id
    assert added.member is not None
    assert added.member.display_name == "Bob"


async def test_an_edit_keeps_the_files_it_lists_and_drops_the_others(town: Town) -> None:
    message = await town.drawn()
    ours = town.channel().get_partial_message(message.id)
    await ours.edit(view=card("still here", ("0.png", "1.png", "2.png", "3.png")))
    assert (message.text, len(message.attachments)) == ("still here", 4)
    kept = (await ours.fetch()).attachments[1:2]
    await ours.edit(
        view=card("one, and a new one", ("1.png", "9.png")), attachments=[*kept, *pictures(("9.png",))]
    )
    assert [a.name for a in message.attachments] == ["1.png", "9.png"]
    await ours.edit(attachments=kept, view=card("one", ("1.png",)))
    assert [a.name for a in message.attachments] == ["1.png"]
    assert [len(past.attachments) for past in message.history] == [4, 4, 2]


async def test_a_view_read_back_from_discord_can_be_sent_again(town: Town) -> None:
    message = await town.drawn()
    fetched = await town.channel().fetch_message(message.id)
    await fetched.edit(view=discord.ui.LayoutView.from_message(fetched))
    assert message.gallery == [(f"{n}.png", f"alt {n}.png") for n in range(4)]
    assert await fetched.attachments[0].read() == PIXELS


async def test_what_was_missed_is_told_after_a_resume(town: Town) -> None:
    message = await town.drawn()
    town.fake.drop_gateway()
    await town.fake.until(lambda: not town.fake.gateway.connected)
    await town.fake.react(town.bob, message, "🔁")
    await town.fake.until(lambda: town.bot.reactions)
    assert (town.fake.gateway.identifies, town.fake.gateway.resumes) == (1, 1)
    town.fake.ask_reconnect()
    await town.fake.until(lambda: town.fake.gateway.resumes == 2)
    assert len(town.bot.reactions) == 1


async def test_a_lost_session_is_identified_anew(town: Town) -> None:
    town.fake.drop_gateway(resumable=False)
    await town.fake.until(lambda: town.fake.gateway.identifies == 2)
    assert (town.fake.gateway.invalidated, town.fake.gateway.resumes) == (1, 0)
    assert (await town.drawn()).text == "a fox"


async def test_a_new_guild_and_a_lost_one_are_told(town: Town) -> None:
    studio = town.guild
    other = town.fake.add_guild("Other")
    room = other.add_channel("late")
    eve = other.add_member("Eve")
    asked = await town.fake.slash(eve, room, "imagine", {"prompt": "a fox"})
    assert asked.response
    town.fake.remove_bot(studio)
    with pytest.raises(NotOffered, match="not installed"):
        await town.fake.slash(town.ann, town.room, "imagine", {"prompt": "a fox"})
    with pytest.raises(discord.Forbidden, match="50001"):
        await town.channel().send("hello")


async def test_an_answer_is_given_once_and_in_time(town: Town) -> None:
    asked = await town.fake.slash(town.ann, town.room, "imagine", {"prompt": "a fox"})
    theirs = town.bot.interactions[0]
    data: Any = interaction_json(town.fake, asked)
    again = discord.Interaction(data=data, state=theirs._state)
    with pytest.raises(discord.HTTPException, match="40060"):
        await again.response.defer()
    town.fake.ack_seconds = 0.0
    town.fake.patience = 0.2
    late = await town.fake.slash(town.ann, town.room, "imagine", {"prompt": "a fox"})
    assert late.response is None


@pytest.mark.parametrize("how", ["skip", "expire"])
async def test_a_token_works_for_fifteen_minutes(town: Town, how: str) -> None:
    asked = await town.fake.slash(town.ann, town.room, "imagine", {"prompt": "a fox"})
    await town.filled(asked)
    theirs = town.bot.interactions[0]
    await theirs.followup.send("in time")
    if how == "skip":
        town.fake.skip(901)
    else:
        town.fake.expire(asked)
    for call in (theirs.followup.send("late"), theirs.delete_original_response()):
        with pytest.raises(discord.HTTPException) as refused:
            await call
        assert (refused.value.status, refused.value.code) == (401, 50027)


async def test_a_follow_up_fills_a_deferred_answer_while_there_is_one(town: Town) -> None:
    asked = await deferred(town)
    lent = f"/webhooks/{town.fake.application_id}/{asked.token}"
    await town.rest("POST", lent, {"content": "filled", "flags": 64})
    assert (asked.posted.text, asked.posted.only_for, asked.followups) == ("filled", None, [])
    await town.rest("POST", lent, {"content": "and more", "flags": 64})
    assert [m.text for m in town.fake.ephemerals(town.ann)] == ["and more"]


async def test_a_deferred_answer_that_was_deleted_is_not_filled(town: Town) -> None:
    asked = await deferred(town)
    lent = f"/webhooks/{town.fake.application_id}/{asked.token}"
    await town.rest("DELETE", f"{lent}/messages/@original")
    await town.rest("POST", lent, {"content": "for you alone", "flags": 64})
    assert [m.text for m in town.fake.ephemerals(town.ann)] == ["for you alone"]
    assert town.room.messages == []


async def deferred(town: Town) -> Interaction:
    """An answer that is still to come."""
    gate = town.fake.hold("PATCH", "@original")
    asked = await town.fake.slash(town.ann, town.room, "imagine", {"prompt": "a fox"})
    await town.fake.until(lambda: gate.waiting)
    return asked
