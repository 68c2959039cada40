"""Discord's copy of our commands, changed over a real socket; and the links that add the bot."""

from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import discord
import pytest

from adapters.discord import install
from adapters.discord.inbound.commands import payload
from adapters.discord.inbound.sync import put, sync
from adapters.discord.install import PERMISSIONS, personal_link, server_link
from bot.commands.registry import registry
from bot.port.protocols import CannotRun
from quotas.catalog import load_catalog
from tests.fakes.discord.fixtures import fake_discord
from tests.fakes.discord.pointing import pointed
from tests.fakes.discord.world import FakeDiscord
from tests.fakes.key_value import MemoryKeyValue

__all__ = ["fake_discord"]
COMMANDS = registry(load_catalog(Decimal("1.5")))
COUNT = len({name.split()[0] for name in COMMANDS}) + 2  # the commands in a message's menu, too


def puts(fake: FakeDiscord) -> list[str]:
    return [request.path for request in fake.requests if request.method == "PUT"]


async def test_commands_are_replaced_once_and_again_after_a_change(fake_discord: FakeDiscord) -> None:
    store, first = MemoryKeyValue(), payload(COMMANDS)
    async with discord.Client(intents=discord.Intents(guilds=True)) as client:
        await client.login(fake_discord.token)
        assert await sync(client, store, first)
        assert not await sync(client, store, first)
        assert len(puts(fake_discord)) == 1
        assert await sync(client, store, first[:2])
        assert [command["name"] for command in fake_discord.commands[0]] == ["imagine", "compare"]
        assert await sync(client, store, first)


async def test_a_command_that_is_too_long_for_discord_is_named(fake_discord: FakeDiscord) -> None:
    first, *others = payload(COMMANDS)
    choices = [{"name": f"{number:099}", "value": f"{number:099}"} for number in range(25)]
    tiers, ratios, *options = first["options"]
    long = {**first, "options": [{**tiers, "choices": choices}, {**ratios, "choices": choices}, *options]}
    async with discord.Client(intents=discord.Intents(guilds=True)) as client:
        await client.login(fake_discord.token)
        with pytest.raises(CannotRun, match=r"/imagine has .* catalog\.toml"):
            await put(client, [long, *others])
    assert puts(fake_discord) == []


async def test_the_longest_language_counts(fake_discord: FakeDiscord) -> None:
    first, *others = payload(COMMANDS)
    choices = [
        {"name": "a", "value": f"{number:099}", "name_localizations": {"de": f"{number:099}"}}
        for number in range(25)
    ]
    tiers, ratios, *options = first["options"]
    long = {**first, "options": [{**tiers, "choices": choices}, {**ratios, "choices": choices}, *options]}
    async with discord.Client(intents=discord.Intents(guilds=True)) as client:
        await client.login(fake_discord.token)
        with pytest.raises(CannotRun, match="/imagine has"):
            await put(client, [long, *others])
    assert puts(fake_discord) == []


async def test_another_application_gets_the_commands_from_the_same_data_folder(
    fake_discord: FakeDiscord,
) -> None:
    store = MemoryKeyValue({"commands:1": "…"})
    async with discord.Client(intents=discord.Intents(guilds=True)) as client:
        await client.login(fake_discord.token)
        await sync(client, store, payload(COMMANDS))
    async with FakeDiscord() as other, discord.Client(intents=discord.Intents(guilds=True)) as client:
        other.application_id = fake_discord.application_id + 1
        await client.login(other.token)
        assert await sync(client, store, payload(COMMANDS))
        assert len(other.commands[0]) == COUNT


async def test_commands_that_discord_refused_are_sent_again_the_next_time(fake_discord: FakeDiscord) -> None:
    store = MemoryKeyValue()
    fake_discord.fail("PUT", "/commands$", 403)
    async with discord.Client(intents=discord.Intents(guilds=True)) as client:
        await client.login(fake_discord.token)
        with pytest.raises(discord.Forbidden):
            await sync(client, store, payload(COMMANDS))
        assert await sync(client, store, payload(COMMANDS))


async def test_one_server_gets_the_commands_without_the_fields_of_global_ones(
    fake_discord: FakeDiscord,
) -> None:
    guild = fake_discord.add_guild("Studio")
    async with discord.Client(intents=discord.Intents(guilds=True)) as client:
        await client.login(fake_discord.token)
        assert await put(client, payload(COMMANDS), guild.id) == COUNT
    assert not fake_discord.commands[0]
    for command in fake_discord.requests[-1].body:
        assert not {"contexts", "integration_types", "dm_permission"} & command.keys()


async def test_the_command_line_replaces_commands_and_counts_them(fake_discord: FakeDiscord) -> None:
    assert await install.replace_commands(fake_discord.token, COMMANDS, None) == COUNT
    assert await install.replace_commands(fake_discord.token, COMMANDS, None) == COUNT
    assert len(puts(fake_discord)) == 2
    with pytest.raises(CannotRun, match=r"no commands in server 12345: it is not there.*imagine invite"):
        await install.replace_commands(fake_discord.token, COMMANDS, 12345)


async def test_refused_commands_are_told_from_a_broken_connection(
    fake_discord: FakeDiscord,
) -> None:
    body = {"message": "Invalid Form Body", "code": 50035, "errors": {}}
    fake_discord.fail("PUT", "/commands$", 400, body)
    with pytest.raises(CannotRun, match=r"^Discord would not take the commands \(400, code 50035\)"):
        await install.replace_commands(fake_discord.token, COMMANDS, None)
    fake_discord.fail("PUT", "/commands$", 429, retry_after=3600.0)
    with pytest.raises(CannotRun, match="wants 3600 s of quiet before it would take the commands"):
        await install.replace_commands(fake_discord.token, COMMANDS, None)


async def test_the_account_and_the_links_need_only_the_token(fake_discord: FakeDiscord) -> None:
    assert await install.account(fake_discord.token) == fake_discord.bot.name
    server, personal = await install.links(fake_discord.token)
    assert f"client_id={fake_discord.application_id}" in server
    assert f"client_id={fake_discord.application_id}" in personal
    with pytest.raises(CannotRun, match="DISCORD_TOKEN"):
        await install.account("wrong")
    fake_discord.fail("GET", "/users/@me", 403)
    with pytest.raises(CannotRun, match="cannot be reached: it answered 403"):
        await install.links(fake_discord.token)


async def test_if_discord_cannot_be_reached_a_sentence_says_so() -> None:
    with pointed("http://127.0.0.1:9/api/v10"), pytest.raises(CannotRun, match="cannot be reached"):
        await install.account("a.b.c")


def test_the_links_ask_for_the_permissions_that_are_used_and_no_more() -> None:
    server, personal = (parse_qs(urlsplit(link(7)).query) for link in (server_link, personal_link))
    assert server["scope"] == ["bot applications.commands"]
    assert server["integration_type"] == ["0"]
    names = {name for name, allowed in discord.Permissions(int(server["permissions"][0])) if allowed}
    assert names == {name for name, allowed in PERMISSIONS if allowed}
    assert names == {
        "read_messages",
        "send_messages",
        "send_messages_in_threads",
        "attach_files",
        "read_message_history",
    }
    assert (personal["scope"], personal["integration_type"]) == (["applications.commands"], ["1"])
    assert "permissions" not in personal
