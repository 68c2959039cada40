"""The loopback Discord, tested with an unmodified discord.py, because many other tests rely on it."""

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


async def test_a_bot_logs_in_syncs_and_knows_its_guilds(town: Town) -> None:
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
    interaction = await town.fake.slash(
        town.ann, town.room, "imagine", {"prompt": f"a fox for {town.bob.user.mention}"}
    )
    assert interaction.answered_with == DEFERRED
    assert interaction.seconds is not None
    message = await town.filled(interaction)
    assert town.room.messages == [message] == [interaction.original]
    assert message.gallery == [(f"{n}.png", f"alt {n}.png") for n in range(4)]
    assert {a.sha1 for a in message.attachments} == {hashlib.sha1(PIXELS).hexdigest()}
    assert [a.description for a in message.attachments] == [f"file {n}.png" for n in range(4)]
    assert message.attachments[0].data == PIXELS
    assert message.labels == ["Again", "Edit", "Delete"]


async def test_private_answers_are_visible_to_one_person(town: Town) -> None:
    interaction = await town.fake.slash(town.ann, town.room, "quotas set", {"person": town.bob})
    await town.fake.until(lambda: interaction.followups)
    assert [m.text for m in town.fake.ephemerals(town.ann)] == ["set for Bob", "and noted"]
    assert town.fake.ephemerals(town.bob) == town.room.messages == []
    gallery = await town.drawn(private=True)
    assert gallery.only_for is town.ann.user
    with pytest.raises(NotOffered):
        await town.fake.click(town.bob, gallery, "Again")
    with pytest.raises(discord.NotFound, match="10008"):
        await town.channel().fetch_message(gallery.id)


async def test_buttons_work_after_a_restart(town: Town) -> None:
    message = await town.drawn()
    await town.bot.close()
    async with running(town.fake.token) as town.bot:
        await town.fake.until(lambda: town.fake.gateway.identifies == 2)
        again = await town.fake.click(town.bob, message, "Again")
        assert again.answered_with == MESSAGE
        assert [m.text for m in town.fake.ephemerals(town.bob)] == ["once more"]
        delete = await town.fake.click(town.bob, message, "a1:delete:j1")
        assert delete.answered_with == DEFERRED_UPDATE
        await town.fake.until(lambda: town.room.gone == [message])


async def test_a_modal_is_prefilled_and_can_be_submitted(town: Town) -> None:
    message = await town.drawn()
    interaction = await town.fake.click(town.bob, message, "Edit")
    assert interaction.modal.title == "Edit prompt"
    for values in ({"Prompt": ""}, {"Prompt": "x" * 21}, {"Nothing": "a"}):
        with pytest.raises(NotOffered):
            await town.fake.submit(town.bob, interaction.modal, values)
    untouched = await town.fake.submit(town.bob, interaction.modal)
    interaction = await town.fake.click(town.bob, message, "Edit")
    changed = await town.fake.submit(town.bob, interaction.modal, {"Prompt": "a bear"})
    assert [untouched.posted.text, changed.posted.text] == ["a fox", "a bear"]
    assert untouched.message is changed.message is message


async def test_a_context_menu_carries_the_whole_message(town: Town) -> None:
    message = await town.fake.say(town.bob, town.room, "a cat on the moon")
    interaction = await town.fake.menu(town.ann, message, "Imagine this")
    assert interaction.posted.text == "a cat on the moon"


async def test_autocomplete_returns_suggestions(town: Town) -> None:
    # An option has either choices or suggestions.
    suggested = await town.fake.autocomplete(town.ann, town.room, "imagine", {"prompt": "a fox"}, "prompt")
    assert suggested == [{"name": "a fox in snow", "value": "snow"}]


async def test_reactions_name_the_person_and_the_author(town: Town) -> None:
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


async def test_an_edit_keeps_the_files_that_it_lists_and_no_others(town: Town) -> None:
    message = await town.drawn()
    ours = town.channel().get_partial_message(message.id)
    await ours.edit(view=card("still here", ("0.png", "1.png", "2.png", "3.png")))
    assert (message.text, len(message.attachments)) == ("still here", 4)
    second_file = (await ours.fetch()).attachments[1:2]
    await ours.edit(
        view=card("one, and a new one", ("1.png", "9.png")), attachments=[*second_file, *pictures(("9.png",))]
    )
    assert [a.name for a in message.attachments] == ["1.png", "9.png"]
    await ours.edit(attachments=second_file, view=card("one", ("1.png",)))
    assert [a.name for a in message.attachments] == ["1.png"]
    assert [len(past.attachments) for past in message.history] == [4, 4, 2]


async def test_a_fetched_view_can_be_sent_again(town: Town) -> None:
    message = await town.drawn()
    fetched = await town.channel().fetch_message(message.id)
    await fetched.edit(view=discord.ui.LayoutView.from_message(fetched))
    assert message.gallery == [(f"{n}.png", f"alt {n}.png") for n in range(4)]
    assert await fetched.attachments[0].read() == PIXELS


async def test_missed_events_come_after_a_resume(town: Town) -> None:
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


async def test_a_bot_hears_of_new_and_lost_guilds(town: Town) -> None:
    studio = town.guild
    other = town.fake.add_guild("Other")
    room = other.add_channel("late")
    eve = other.add_member("Eve")
    interaction = await town.fake.slash(eve, room, "imagine", {"prompt": "a fox"})
    assert interaction.response
    town.fake.remove_bot(studio)
    with pytest.raises(NotOffered, match="not installed"):
        await town.fake.slash(town.ann, town.room, "imagine", {"prompt": "a fox"})
    with pytest.raises(discord.Forbidden, match="50001"):
        await town.channel().send("hello")


async def test_an_interaction_is_answered_once_and_in_time(town: Town) -> None:
    interaction = await town.fake.slash(town.ann, town.room, "imagine", {"prompt": "a fox"})
    theirs = town.bot.interactions[0]
    data: Any = interaction_json(town.fake, interaction)
    again = discord.Interaction(data=data, state=theirs._state)
    with pytest.raises(discord.HTTPException, match="40060"):
        await again.response.defer()
    town.fake.ack_seconds = 0.0
    town.fake.patience = 0.2
    late = await town.fake.slash(town.ann, town.room, "imagine", {"prompt": "a fox"})
    assert late.response is None


@pytest.mark.parametrize("how", ["skip", "expire"])
async def test_a_token_works_for_fifteen_minutes(town: Town, how: str) -> None:
    interaction = await town.fake.slash(town.ann, town.room, "imagine", {"prompt": "a fox"})
    await town.filled(interaction)
    theirs = town.bot.interactions[0]
    await theirs.followup.send("in time")
    if how == "skip":
        town.fake.skip(901)
    else:
        town.fake.expire(interaction)
    for call in (theirs.followup.send("late"), theirs.delete_original_response()):
        with pytest.raises(discord.HTTPException) as refused:
            await call
        assert (refused.value.status, refused.value.code) == (401, 50027)


async def test_a_follow_up_fills_a_deferred_answer(town: Town) -> None:
    interaction = await defer(town)
    webhook = f"/webhooks/{town.fake.application_id}/{interaction.token}"
    await town.rest("POST", webhook, {"content": "filled", "flags": 64})
    assert (interaction.posted.text, interaction.posted.only_for, interaction.followups) == (
        "filled",
        None,
        [],
    )
    await town.rest("POST", webhook, {"content": "and more", "flags": 64})
    assert [m.text for m in town.fake.ephemerals(town.ann)] == ["and more"]


async def test_a_deferred_answer_that_was_deleted_is_not_filled(town: Town) -> None:
    interaction = await defer(town)
    webhook = f"/webhooks/{town.fake.application_id}/{interaction.token}"
    await town.rest("DELETE", f"{webhook}/messages/@original")
    await town.rest("POST", webhook, {"content": "for you alone", "flags": 64})
    assert [m.text for m in town.fake.ephemerals(town.ann)] == ["for you alone"]
    assert town.room.messages == []


async def defer(town: Town) -> Interaction:
    """Start an interaction whose answer is deferred and then held back."""
    gate = town.fake.hold("PATCH", "@original")
    interaction = await town.fake.slash(town.ann, town.room, "imagine", {"prompt": "a fox"})
    await town.fake.until(lambda: gate.waiting)
    return interaction
