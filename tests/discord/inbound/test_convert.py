"""Discord's own objects, as its gateway sends them, become persons, addresses, texts and reactions."""

from typing import Any

import discord
import pytest

from adapters.discord.gateway.client import Client
from adapters.discord.inbound import convert
from bot.port.requests import Address, Lent, Named, Person

NOW = 1_795_348_800.0
APP, GUILD, ROOM, THREAD, ANN, VIP, NOBODY = (100_000_000_000_000_000 + n for n in range(7))
TEXT, DM, GROUP, PUBLIC_THREAD = 0, 1, 3, 11  # resources/channel, "Channel Types"
IN_GUILD, WITH_BOT, ELSEWHERE = 0, 1, 2  # receiving-and-responding, "Interaction Context Types"
MANAGE_GUILD, ADMINISTRATOR = 1 << 5, 1 << 3
USER = {"id": str(ANN), "username": "ann", "global_name": "Ann", "discriminator": "0", "avatar": None}


def client_state() -> Any:
    """Make the state of a client that knows its own user, but no server."""
    state = Client()._connection
    state.user = discord.ClientUser(state=state, data=USER | {"id": str(APP), "bot": True})  # type: ignore[arg-type, call-arg]
    return state


def member(permissions: int = 0, roles: tuple[int, ...] = ()) -> dict[str, Any]:
    return {
        "user": USER,
        "nick": "Annie",
        "roles": [str(role) for role in roles],
        "permissions": str(permissions),
        "joined_at": "2026-01-01T00:00:00+00:00",
        "flags": 0,
        "deaf": False,
        "mute": False,
    }


def make_interaction(
    kind: int = TEXT,
    *,
    by_server: bool = True,
    context: int = IN_GUILD,
    who: dict[str, Any] | None = None,
    channel: dict[str, Any] | None = None,
) -> discord.Interaction[Any]:
    """Make an interaction; in a server if `context` is `IN_GUILD`.

    `by_server`: that server installed the application.
    """
    place: dict[str, Any] = {"id": str(ROOM), "type": kind, "name": "general", "position": 0}
    data: dict[str, Any] = {
        "id": "1",
        "application_id": str(APP),
        "type": 2,
        "token": "lent",
        "version": 1,
        "attachment_size_limit": 1,
        "context": context,
        "authorizing_integration_owners": {"1": str(ANN)},
        "channel": place | (channel or {}),
        "data": {"id": "2", "name": "imagine", "type": 1},
    }
    if context == IN_GUILD:
        data |= {"guild_id": str(GUILD), "member": who or member()}
        if by_server:
            data["authorizing_integration_owners"]["0"] = str(GUILD)
    else:
        data |= {"user": USER}
    return discord.Interaction(data=data, state=client_state())  # type: ignore[arg-type]


def place(**changes: Any) -> Address:
    fields = {"platform": "discord", "workspace": f"discord:{GUILD}", "channel": f"discord:{ROOM}"}
    return Address(**(fields | changes))


async def test_a_member_has_their_name_and_roles_though_no_cache_knows_them() -> None:
    who = convert.person(make_interaction(who=member(roles=(VIP, NOBODY))))
    assert who == Person(id=f"discord:{ANN}", name="Annie", roles=(f"discord:{VIP}", f"discord:{NOBODY}"))


@pytest.mark.parametrize(
    ("permissions", "admin"), [(0, False), (MANAGE_GUILD, True), (ADMINISTRATOR, True), (1 << 4, False)]
)
async def test_people_who_manage_the_server_are_admins(permissions: int, admin: bool) -> None:
    assert convert.person(make_interaction(who=member(permissions))).admin is admin


async def test_rights_in_a_server_without_the_bot_count_for_nothing() -> None:
    who = convert.person(make_interaction(by_server=False, who=member(ADMINISTRATOR, roles=(VIP,))))
    assert who == Person(id=f"discord:{ANN}", name="Annie")


async def test_the_address_in_a_server_has_its_channel_and_the_reply_token() -> None:
    where = convert.address(make_interaction(), NOW)
    assert where == place()
    assert where.lent == Lent(token="lent", until=int(NOW) + 840)


async def test_the_address_of_a_thread_has_its_channel_too() -> None:
    thread = {
        "id": str(THREAD),
        "type": PUBLIC_THREAD,
        "parent_id": str(ROOM),
        "owner_id": str(ANN),
        "message_count": 0,
        "member_count": 0,
        "thread_metadata": {
            "archived": False,
            "auto_archive_duration": 60,
            "archive_timestamp": "2026-01-01T00:00:00+00:00",
            "locked": False,
        },
        "guild_id": str(GUILD),
    }
    assert convert.address(make_interaction(channel=thread), NOW) == place(thread=f"discord:{THREAD}")


async def test_direct_messages_with_the_bot_are_the_workspace_dm() -> None:
    alone = make_interaction(DM, context=WITH_BOT)
    assert convert.address(alone, NOW) == place(workspace="dm")
    assert convert.person(alone) == Person(id=f"discord:{ANN}", name="Ann")


@pytest.mark.parametrize(("kind", "context"), [(DM, ELSEWHERE), (GROUP, ELSEWHERE), (TEXT, IN_GUILD)])
async def test_if_the_bot_is_no_member_only_the_token_reaches_the_address(kind: int, context: int) -> None:
    where = convert.address(make_interaction(kind, by_server=False, context=context), NOW)
    assert where == place(workspace="dm", lent_only=True)


async def test_without_a_channel_there_is_no_address() -> None:
    with pytest.raises(ValueError, match="without a channel"):
        convert.address(make_interaction(kind=99), NOW)


# --- texts of messages


def message(content: str = "", **more: Any) -> discord.Message:
    data: dict[str, Any] = {
        "id": "9",
        "channel_id": str(ROOM),
        "content": content,
        "author": USER,
        "type": 0,
        "timestamp": "2026-01-01T00:00:00+00:00",
        "edited_timestamp": None,
        "tts": False,
        "pinned": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "components": [],
    }
    interaction = make_interaction()
    return discord.Message(
        state=interaction._state,
        channel=interaction.channel,  # type: ignore[arg-type]
        data=data | more,  # type: ignore[arg-type]
    )


async def test_a_messages_text_has_names_and_no_ids() -> None:
    source = message(
        f"<@{ANN}> and <@!{ANN}> with <:fox:123> and <a:wave:456>, "
        f"@everyone <@{NOBODY}> <@&{NOBODY}> <#{NOBODY}>",
        mentions=[USER | {"member": member()}],
    )
    text = convert.message_text(source)
    assert text == (
        "@Annie and @Annie with fox and wave, @everyone @deleted-user @deleted-role #deleted-channel"
    )
    assert "\u200b" not in text


async def test_without_text_the_text_of_the_first_embed_counts() -> None:
    embed = {"type": "rich", "title": "A fox", "description": "in snow"}
    assert convert.message_text(message(embeds=[embed])) == "A fox\nin snow"
    assert convert.message_text(message("a wolf", embeds=[embed])) == "a wolf"
    assert convert.message_text(message(embeds=[{"type": "image"}])) == ""
    assert convert.message_text(message()) == ""


async def test_without_text_the_text_of_a_forwarded_message_counts() -> None:
    at = {"timestamp": "2026-01-01T00:00:00+00:00", "edited_timestamp": None}
    forwarded = {"message": {"content": "a fox", "type": 0, "embeds": [], "attachments": []} | at}
    source = message(message_snapshots=[forwarded], message_reference={"type": 1, "channel_id": "1"})
    assert convert.message_text(source) == "a fox"


# --- reactions


def event(emoji: str = "🔁", *, guild: int | None = GUILD) -> discord.RawReactionActionEvent:
    data = {"message_id": "9", "channel_id": str(ROOM), "user_id": str(ANN), "type": 0}
    data |= {"guild_id": str(guild)} if guild else {}
    return discord.RawReactionActionEvent(
        data,  # type: ignore[arg-type]
        discord.PartialEmoji(name=emoji),
        "REACTION_ADD",
    )


async def test_a_reaction_has_the_persons_roles_and_rights_of_that_moment() -> None:
    state = client_state()
    roles = [
        {"id": str(number), "name": "r", "permissions": str(bits), "position": 0, "color": 0, "flags": 0}
        | {"hoist": False, "managed": False, "mentionable": False, "colors": {"primary_color": 0}}
        for number, bits in ((GUILD, 0), (VIP, MANAGE_GUILD))
    ]
    guild = discord.Guild(
        data={"id": str(GUILD), "roles": roles, "owner_id": "1"},  # type: ignore[typeddict-item]
        state=state,
    )
    for role, admin in ((VIP, True), (NOBODY, False)):
        raw = event()
        raw.member = discord.Member(data=member(roles=(role,)), guild=guild, state=state)  # type: ignore[arg-type]
        reaction = convert.reaction(raw, discord.Object(ROOM), "")
        who = Person(id=f"discord:{ANN}", name="Annie", roles=(f"discord:{role}",), admin=admin)
        assert reaction.person == who
        assert reaction.message.address == place()
        assert (reaction.message.id, reaction.emoji) == ("9", "🔁")


async def test_a_reaction_in_a_direct_message_has_the_name_that_was_looked_up() -> None:
    reaction = convert.reaction(event(guild=None), discord.Object(ROOM), "Ann")
    assert reaction.person == Person(id=f"discord:{ANN}", name="Ann")
    assert reaction.message.address == place(workspace="dm")


async def test_ids_of_an_interaction_come_with_names() -> None:
    interaction = make_interaction(who=member())
    interaction.data = {
        "id": "2",
        "name": "quotas",
        "type": 1,
        "resolved": {
            "users": {"11": {"username": "bob", "global_name": "Bob"}, "12": {"username": "eve"}},
            "members": {"11": {"nick": "Bobby"}},
            "roles": {"13": {"name": "Foxes"}},
            "channels": {"14": {"name": "art", "type": TEXT}},
        },
    }
    assert set(convert.names(interaction)) == {
        Named("channel", f"discord:{ROOM}", "general"),
        Named("person", "discord:11", "Bobby"),
        Named("person", "discord:12", "eve"),
        Named("role", "discord:13", "Foxes"),
        Named("channel", "discord:14", "art"),
    }


async def test_a_server_without_the_bot_gives_no_names() -> None:
    assert convert.names(make_interaction(by_server=False)) == ()
