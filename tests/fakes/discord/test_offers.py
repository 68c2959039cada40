"""What people are offered, by install, place and right, and what they then may not do."""

from typing import Any

import discord
import pytest

from tests.fakes.discord.errors import NotOffered
from tests.fakes.discord.fixtures import fake_discord
from tests.fakes.discord.town import Town, town

__all__ = ["fake_discord", "town"]

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
async def test_options_as_synced(town: Town, options: dict[str, Any]) -> None:
    with pytest.raises(NotOffered):
        await town.fake.slash(town.ann, town.room, "imagine", options)


async def test_commands_as_synced(town: Town) -> None:
    for name in ("draw", "quotas", "quotas grant", "imagine now"):
        with pytest.raises(NotOffered):
            await town.fake.slash(town.ann, town.room, name, {"prompt": "a"})


async def test_the_default_permission_and_the_servers_own(town: Town) -> None:
    def ask() -> Any:
        return town.fake.slash(town.bob, town.room, "quotas set", {"person": town.ann})

    with pytest.raises(NotOffered):
        await ask()
    crew = town.guild.add_role("crew")
    town.bob.roles.append(crew)
    town.guild.permit("quotas", crew, True)
    assert (await ask()).posted.text == "set for Ann"
    town.guild.permit("quotas", town.bob, False)
    with pytest.raises(NotOffered):
        await ask()


async def test_disabled_and_absent_buttons(town: Town) -> None:
    message = await town.drawn()
    message.components[0]["components"][-1]["components"][0]["disabled"] = True
    for label in ("Again", "Nothing"):
        with pytest.raises(NotOffered):
            await town.fake.click(town.bob, message, label)
    stranger = town.fake.add_user("Stranger")
    with pytest.raises(NotOffered):
        await town.fake.click(stranger, message, "Edit")


async def test_a_personal_install_has_five_follow_ups_and_no_channel(town: Town) -> None:
    friend, other = town.fake.add_user("Friend", installed=True), town.fake.add_user("Other")
    place = town.fake.add_private_channel(friend, other)
    asked = await town.fake.slash(friend, place, "imagine", {"prompt": "a fox"})
    await town.filled(asked)
    assert (asked.owners, asked.personal) == ({"1": str(friend.id)}, True)
    theirs = town.bot.interactions[-1]
    assert not theirs.is_guild_integration()
    for number in range(5):
        await theirs.followup.send(str(number))
    with pytest.raises(discord.HTTPException, match="40094"):
        await theirs.followup.send("6")
    with pytest.raises(discord.Forbidden, match="50001"):
        await town.bot.get_partial_messageable(place.id).send("hello")
    with pytest.raises(NotOffered):
        await town.fake.slash(other, place, "imagine", {"prompt": "a fox"})


async def test_a_server_without_the_bot(town: Town) -> None:
    foreign = town.fake.add_guild("Foreign", has_bot=False)
    room = foreign.add_channel("general")
    friend = foreign.add_member(town.fake.add_user("Friend", installed=True))
    message = await town.filled(await town.fake.slash(friend, room, "imagine", {"prompt": "a fox"}))
    theirs = town.bot.interactions[-1]
    assert (theirs.guild_id, theirs.is_guild_integration()) == (foreign.id, False)
    with pytest.raises(discord.Forbidden, match="50001"):
        await town.bot.get_partial_messageable(room.id).get_partial_message(message.id).delete()
    with pytest.raises(NotOffered):
        await town.fake.slash(friend, room, "quotas set", {"person": friend})


async def test_the_bots_own_direct_channel(town: Town) -> None:
    asked = await town.fake.slash(town.bob, town.fake.dm(town.bob.user), "imagine", {"prompt": "a fox"})
    message = await town.filled(asked)
    theirs = town.bot.interactions[-1]
    assert theirs.guild_id is None
    assert theirs.context.dm_channel
    assert town.fake.dms(town.bob) == [message]
    with pytest.raises(NotOffered):
        await town.fake.slash(town.bob, town.fake.dm(town.bob.user), "quotas set", {"person": town.bob})


async def test_who_asks_is_told_with_every_interaction(town: Town) -> None:
    town.guild.premium_tier = 3
    await town.drawn()
    theirs = town.bot.interactions[0]
    assert isinstance(theirs.user, discord.Member)
    assert (theirs.user.id, theirs.user.display_name) == (town.ann.id, "Ann")
    assert [role.name for role in theirs.user.roles] == ["@everyone", "Ann's"]
    assert (theirs.permissions.manage_guild, theirs.app_permissions.attach_files) == (True, True)
    assert theirs.filesize_limit == 100 * 1024 * 1024
    assert theirs.context.guild
