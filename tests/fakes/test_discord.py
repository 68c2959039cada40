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
from tests.fakes.discord.scene import Scene, scene
from tests.fakes.discord.small_bot import PIXELS, card, pictures, run_small_bot

__all__ = ["fake_discord", "scene"]


async def test_a_bot_logs_in_syncs_and_knows_its_guilds(scene: Scene) -> None:
    fake = scene.fake
    assert fake.gateway.identifies == 1
    assert (
        fake.gateway.intents
        == discord.Intents(guilds=True, guild_messages=True, guild_reactions=True, dm_reactions=True).value
    )
    assert [command["name"] for command in fake.commands[0]] == ["imagine", "quotas", "Imagine this"]
    assert fake.creates == 3
    await asyncio.wait_for(scene.bot.wait_until_ready(), 5)
    assert [(guild.name, guild.me.id) for guild in scene.bot.guilds] == [("Studio", fake.bot.id)]
    await scene.bot.tree.sync()
    assert fake.creates == 3


async def test_a_deferred_answer_becomes_a_gallery(scene: Scene) -> None:
    interaction = await scene.fake.slash(
        scene.ann, scene.room, "imagine", {"prompt": f"a fox for {scene.bob.user.mention}"}
    )
    assert interaction.answered_with == DEFERRED
    assert interaction.seconds is not None
    message = await scene.wait_until_filled(interaction)
    assert scene.room.messages == [message] == [interaction.original]
    assert message.gallery == [(f"{n}.png", f"alt {n}.png") for n in range(4)]
    assert {a.sha1 for a in message.attachments} == {hashlib.sha1(PIXELS).hexdigest()}
    assert [a.description for a in message.attachments] == [f"file {n}.png" for n in range(4)]
    assert message.attachments[0].data == PIXELS
    assert message.labels == ["Again", "Edit", "Delete"]


async def test_private_answers_are_visible_to_one_person(scene: Scene) -> None:
    interaction = await scene.fake.slash(scene.ann, scene.room, "quotas set", {"person": scene.bob})
    await scene.fake.until(lambda: interaction.followups)
    assert [m.text for m in scene.fake.ephemerals(scene.ann)] == ["set for Bob", "and noted"]
    assert scene.fake.ephemerals(scene.bob) == scene.room.messages == []
    gallery = await scene.draw(private=True)
    assert gallery.only_for is scene.ann.user
    with pytest.raises(NotOffered):
        await scene.fake.click(scene.bob, gallery, "Again")
    with pytest.raises(discord.NotFound, match="10008"):
        await scene.channel().fetch_message(gallery.id)


async def test_buttons_work_after_a_restart(scene: Scene) -> None:
    message = await scene.draw()
    await scene.bot.close()
    async with run_small_bot(scene.fake.token) as scene.bot:
        await scene.fake.until(lambda: scene.fake.gateway.identifies == 2)
        again = await scene.fake.click(scene.bob, message, "Again")
        assert again.answered_with == MESSAGE
        assert [m.text for m in scene.fake.ephemerals(scene.bob)] == ["once more"]
        delete = await scene.fake.click(scene.bob, message, "a1:delete:j1")
        assert delete.answered_with == DEFERRED_UPDATE
        await scene.fake.until(lambda: scene.room.gone == [message])


async def test_a_modal_is_prefilled_and_can_be_submitted(scene: Scene) -> None:
    message = await scene.draw()
    interaction = await scene.fake.click(scene.bob, message, "Edit")
    assert interaction.modal.title == "Edit prompt"
    for values in ({"Prompt": ""}, {"Prompt": "x" * 21}, {"Nothing": "a"}):
        with pytest.raises(NotOffered):
            await scene.fake.submit(scene.bob, interaction.modal, values)
    untouched = await scene.fake.submit(scene.bob, interaction.modal)
    interaction = await scene.fake.click(scene.bob, message, "Edit")
    changed = await scene.fake.submit(scene.bob, interaction.modal, {"Prompt": "a bear"})
    assert [untouched.posted.text, changed.posted.text] == ["a fox", "a bear"]
    assert untouched.message is changed.message is message


async def test_a_context_menu_carries_the_whole_message(scene: Scene) -> None:
    message = await scene.fake.say(scene.bob, scene.room, "a cat on the moon")
    interaction = await scene.fake.menu(scene.ann, message, "Imagine this")
    assert interaction.posted.text == "a cat on the moon"


async def test_autocomplete_returns_suggestions(scene: Scene) -> None:
    # An option has either choices or suggestions.
    suggested = await scene.fake.autocomplete(scene.ann, scene.room, "imagine", {"prompt": "a fox"}, "prompt")
    assert suggested == [{"name": "a fox in snow", "value": "snow"}]


async def test_reactions_name_the_person_and_the_author(scene: Scene) -> None:
    message = await scene.draw()
    await scene.fake.react(scene.bob, message, "🔁")
    await scene.fake.react(scene.bob, message, "🔁")
    await scene.fake.unreact(scene.bob, message, "🔁")
    await scene.fake.until(lambda: len(scene.bot.reactions) == 2)
    added, removed = scene.bot.reactions
    assert (added.event_type, removed.event_type) == ("REACTION_ADD", "REACTION_REMOVE")
    assert (str(added.emoji), added.user_id, added.message_id) == ("🔁", scene.bob.id, message.id)
    assert added.message_author_id == scene.fake.bot.id
    assert added.member is not None
    assert added.member.display_name == "Bob"


async def test_an_edit_keeps_the_files_that_it_lists_and_no_others(scene: Scene) -> None:
    message = await scene.draw()
    ours = scene.channel().get_partial_message(message.id)
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


async def test_a_fetched_view_can_be_sent_again(scene: Scene) -> None:
    message = await scene.draw()
    fetched = await scene.channel().fetch_message(message.id)
    await fetched.edit(view=discord.ui.LayoutView.from_message(fetched))
    assert message.gallery == [(f"{n}.png", f"alt {n}.png") for n in range(4)]
    assert await fetched.attachments[0].read() == PIXELS


async def test_missed_events_come_after_a_resume(scene: Scene) -> None:
    message = await scene.draw()
    scene.fake.drop_gateway()
    await scene.fake.until(lambda: not scene.fake.gateway.connected)
    await scene.fake.react(scene.bob, message, "🔁")
    await scene.fake.until(lambda: scene.bot.reactions)
    assert (scene.fake.gateway.identifies, scene.fake.gateway.resumes) == (1, 1)
    scene.fake.ask_reconnect()
    await scene.fake.until(lambda: scene.fake.gateway.resumes == 2)
    assert len(scene.bot.reactions) == 1


async def test_a_lost_session_is_identified_anew(scene: Scene) -> None:
    scene.fake.drop_gateway(resumable=False)
    await scene.fake.until(lambda: scene.fake.gateway.identifies == 2)
    assert (scene.fake.gateway.invalidated, scene.fake.gateway.resumes) == (1, 0)
    assert (await scene.draw()).text == "a fox"


async def test_a_bot_hears_of_new_and_lost_guilds(scene: Scene) -> None:
    studio = scene.guild
    other = scene.fake.add_guild("Other")
    room = other.add_channel("late")
    eve = other.add_member("Eve")
    interaction = await scene.fake.slash(eve, room, "imagine", {"prompt": "a fox"})
    assert interaction.response
    scene.fake.remove_bot(studio)
    with pytest.raises(NotOffered, match="not installed"):
        await scene.fake.slash(scene.ann, scene.room, "imagine", {"prompt": "a fox"})
    with pytest.raises(discord.Forbidden, match="50001"):
        await scene.channel().send("hello")


async def test_an_interaction_is_answered_once_and_in_time(scene: Scene) -> None:
    interaction = await scene.fake.slash(scene.ann, scene.room, "imagine", {"prompt": "a fox"})
    theirs = scene.bot.interactions[0]
    data: Any = interaction_json(scene.fake, interaction)
    again = discord.Interaction(data=data, state=theirs._state)
    with pytest.raises(discord.HTTPException, match="40060"):
        await again.response.defer()
    scene.fake.ack_seconds = 0.0
    scene.fake.patience = 0.2
    late = await scene.fake.slash(scene.ann, scene.room, "imagine", {"prompt": "a fox"})
    assert late.response is None


@pytest.mark.parametrize("how", ["skip", "expire"])
async def test_a_token_works_for_fifteen_minutes(scene: Scene, how: str) -> None:
    interaction = await scene.fake.slash(scene.ann, scene.room, "imagine", {"prompt": "a fox"})
    await scene.wait_until_filled(interaction)
    theirs = scene.bot.interactions[0]
    await theirs.followup.send("in time")
    if how == "skip":
        scene.fake.skip(901)
    else:
        scene.fake.expire(interaction)
    for call in (theirs.followup.send("late"), theirs.delete_original_response()):
        with pytest.raises(discord.HTTPException) as refused:
            await call
        assert (refused.value.status, refused.value.code) == (401, 50027)


async def test_a_follow_up_fills_a_deferred_answer(scene: Scene) -> None:
    interaction = await defer(scene)
    webhook = f"/webhooks/{scene.fake.application_id}/{interaction.token}"
    await scene.request("POST", webhook, {"content": "filled", "flags": 64})
    assert (interaction.posted.text, interaction.posted.only_for, interaction.followups) == (
        "filled",
        None,
        [],
    )
    await scene.request("POST", webhook, {"content": "and more", "flags": 64})
    assert [m.text for m in scene.fake.ephemerals(scene.ann)] == ["and more"]


async def test_a_deferred_answer_that_was_deleted_is_not_filled(scene: Scene) -> None:
    interaction = await defer(scene)
    webhook = f"/webhooks/{scene.fake.application_id}/{interaction.token}"
    await scene.request("DELETE", f"{webhook}/messages/@original")
    await scene.request("POST", webhook, {"content": "for you alone", "flags": 64})
    assert [m.text for m in scene.fake.ephemerals(scene.ann)] == ["for you alone"]
    assert scene.room.messages == []


async def defer(scene: Scene) -> Interaction:
    """Start an interaction whose answer is deferred and then held back."""
    gate = scene.fake.hold("PATCH", "@original")
    interaction = await scene.fake.slash(scene.ann, scene.room, "imagine", {"prompt": "a fox"})
    await scene.fake.until(lambda: gate.waiting)
    return interaction
