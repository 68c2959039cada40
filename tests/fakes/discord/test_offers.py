"""The commands and buttons that people are offered, by install, place and rights."""

from typing import Any

import discord
import pytest

from tests.fakes.discord.errors import NotOffered
from tests.fakes.discord.fixtures import fake_discord
from tests.fakes.discord.scene import Scene, scene

__all__ = ["fake_discord", "scene"]

REFUSED: dict[str, dict[str, Any]] = {
    "required": {},
    "too long": {"prompt": "x" * 51},
    "too short": {"prompt": ""},
    "no choice": {"prompt": "a", "tier": "ultra"},
    "too many": {"prompt": "a", "variants": 5},
    "wrong type": {"prompt": "a", "variants": "4"},
    "a bool for a number": {"prompt": "a", "variants": True},
    "unknown": {"prompt": "a", "seed": 1},
}


@pytest.mark.parametrize("options", REFUSED.values(), ids=REFUSED)
async def test_options_that_do_not_match_the_synced_command_are_not_offered(
    scene: Scene, options: dict[str, Any]
) -> None:
    with pytest.raises(NotOffered):
        await scene.fake.slash(scene.ann, scene.room, "imagine", options)


async def test_commands_that_were_not_synced_are_not_offered(scene: Scene) -> None:
    for name in ("draw", "quotas", "quotas grant", "imagine now"):
        with pytest.raises(NotOffered):
            await scene.fake.slash(scene.ann, scene.room, name, {"prompt": "a"})


async def test_a_servers_own_settings_win_over_the_default_permission(scene: Scene) -> None:
    def ask() -> Any:
        return scene.fake.slash(scene.bob, scene.room, "quotas set", {"person": scene.ann})

    with pytest.raises(NotOffered):
        await ask()
    crew = scene.guild.add_role("crew")
    scene.bob.roles.append(crew)
    scene.guild.permit("quotas", crew, True)
    assert (await ask()).posted.text == "set for Ann"
    scene.guild.permit("quotas", scene.bob, False)
    with pytest.raises(NotOffered):
        await ask()


async def test_disabled_and_absent_buttons_cannot_be_pressed(scene: Scene) -> None:
    message = await scene.draw()
    message.components[0]["components"][-1]["components"][0]["disabled"] = True
    for label in ("Again", "Nothing"):
        with pytest.raises(NotOffered):
            await scene.fake.click(scene.bob, message, label)
    stranger = scene.fake.add_user("Stranger")
    with pytest.raises(NotOffered):
        await scene.fake.click(stranger, message, "Edit")


async def test_a_personal_install_has_five_follow_ups_and_no_channel(scene: Scene) -> None:
    friend, other = scene.fake.add_user("Friend", installed=True), scene.fake.add_user("Other")
    place = scene.fake.add_private_channel(friend, other)
    interaction = await scene.fake.slash(friend, place, "imagine", {"prompt": "a fox"})
    await scene.wait_until_filled(interaction)
    assert (interaction.owners, interaction.personal) == ({"1": str(friend.id)}, True)
    theirs = scene.bot.interactions[-1]
    assert not theirs.is_guild_integration()
    for number in range(5):
        await theirs.followup.send(str(number))
    with pytest.raises(discord.HTTPException, match="40094"):
        await theirs.followup.send("6")
    with pytest.raises(discord.Forbidden, match="50001"):
        await scene.bot.get_partial_messageable(place.id).send("hello")
    with pytest.raises(NotOffered):
        await scene.fake.slash(other, place, "imagine", {"prompt": "a fox"})


async def test_in_a_server_without_the_bot_only_a_personal_install_works(scene: Scene) -> None:
    foreign = scene.fake.add_guild("Foreign", has_bot=False)
    room = foreign.add_channel("general")
    friend = foreign.add_member(scene.fake.add_user("Friend", installed=True))
    message = await scene.wait_until_filled(
        await scene.fake.slash(friend, room, "imagine", {"prompt": "a fox"})
    )
    theirs = scene.bot.interactions[-1]
    assert (theirs.guild_id, theirs.is_guild_integration()) == (foreign.id, False)
    with pytest.raises(discord.Forbidden, match="50001"):
        await scene.bot.get_partial_messageable(room.id).get_partial_message(message.id).delete()
    with pytest.raises(NotOffered):
        await scene.fake.slash(friend, room, "quotas set", {"person": friend})


async def test_commands_work_in_the_bots_own_direct_channel(scene: Scene) -> None:
    interaction = await scene.fake.slash(
        scene.bob, scene.fake.dm(scene.bob.user), "imagine", {"prompt": "a fox"}
    )
    message = await scene.wait_until_filled(interaction)
    theirs = scene.bot.interactions[-1]
    assert theirs.guild_id is None
    assert theirs.context.dm_channel
    assert scene.fake.dms(scene.bob) == [message]
    with pytest.raises(NotOffered):
        await scene.fake.slash(scene.bob, scene.fake.dm(scene.bob.user), "quotas set", {"person": scene.bob})


async def test_every_interaction_says_who_asks_with_which_rights(scene: Scene) -> None:
    scene.guild.premium_tier = 3
    await scene.draw()
    theirs = scene.bot.interactions[0]
    assert isinstance(theirs.user, discord.Member)
    assert (theirs.user.id, theirs.user.display_name) == (scene.ann.id, "Ann")
    assert [role.name for role in theirs.user.roles] == ["@everyone", "Ann's"]
    assert (theirs.permissions.manage_guild, theirs.app_permissions.attach_files) == (True, True)
    assert theirs.filesize_limit == 100 * 1024 * 1024
    assert theirs.context.guild
