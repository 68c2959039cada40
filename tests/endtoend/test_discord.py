"""The whole program on a loopback Discord: its pages, its output, and its refusals to start."""

import json
import signal
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.fakes.discord import openapi
from tests.fakes.discord.fixtures import fake_discord
from tests.fakes.discord.world import FakeDiscord
from tests.fakes.program import Program, imagine, until

__all__ = ["fake_discord"]
PROMPT = "a canaryprompt at dusk"


def entry(fake: FakeDiscord) -> tuple[str, ...]:
    return ("-m", "tests.fakes.discord.launch", fake.base, "--")


def make_program(fake: FakeDiscord, folder: Path, *flags: str, **env: str) -> Program:
    return Program(folder, {"DISCORD_TOKEN": fake.token, **env}, *flags, entry=entry(fake))


async def wait_for_address(program: Program) -> str:
    return (await program.ready()).url.removesuffix("/readyz")


async def fetch(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        return answer.status, await answer.text()


async def test_with_a_token_discord_is_served_and_the_playground_is_not(
    fake_discord: FakeDiscord, tmp_path: Path
) -> None:
    room = fake_discord.add_guild("Studio").add_channel("general")
    ann = room.guild.add_member("Ann")
    async with make_program(fake_discord, tmp_path) as program:
        url = await wait_for_address(program)
        assert f"Serving Discord as {fake_discord.bot.name}." in program.output()
        assert (await fetch(f"{url}/livez"), await fetch(f"{url}/readyz")) == ((200, "ok\n"), (200, "ok\n"))
        for path in ("/", "/api/messages", "/api/say"):
            assert (await fetch(url + path))[0] == 404
        assert (await fetch(f"{url}/admin"))[0] == 200
        asked = await fake_discord.slash(ann, room, "imagine", {"prompt": PROMPT, "variants": 2})
        assert asked.response
        await fake_discord.until(lambda: any(len(message.gallery) == 2 for message in room.messages), 20)
        program.send(signal.SIGTERM)
        assert await program.wait() == 0
    log = (tmp_path / "log.txt").read_text()
    assert "job.delivered" in log
    for secret in (PROMPT, fake_discord.token, asked.token):
        assert secret not in log + program.output()


async def test_the_commands_are_synced_once_and_not_at_every_start(
    fake_discord: FakeDiscord, tmp_path: Path
) -> None:
    for _ in range(2):
        async with make_program(fake_discord, tmp_path) as program:
            await program.ready()
    assert [request.path for request in fake_discord.requests if request.method == "PUT"] == [
        f"/applications/{fake_discord.application_id}/commands"
    ]


async def test_an_outage_of_discord_shows_in_the_health_check_and_ends_nothing(
    fake_discord: FakeDiscord, tmp_path: Path
) -> None:
    async with make_program(fake_discord, tmp_path) as program:
        url = await wait_for_address(program)
        outage = fake_discord.hold("GET", "/gateway|/users/@me")
        fake_discord.drop_gateway(resumable=False)

        async def unready() -> bool:
            return await fetch(f"{url}/readyz") == (503, "waiting for discord\n")

        async def ready() -> bool:
            return (await fetch(f"{url}/readyz"))[0] == 200

        await until(unready)
        assert (await fetch(f"{url}/livez"))[0] == 200
        outage.open()
        await until(ready)


@pytest.mark.parametrize("how", ["setting", "flag"])
async def test_the_playground_is_served_too_if_asked_for(
    fake_discord: FakeDiscord, tmp_path: Path, how: str
) -> None:
    flags = ("--web",) if how == "flag" else ()
    env = {} if flags else {"IMAGINE_PLAYGROUND": "on"}
    async with make_program(fake_discord, tmp_path, *flags, **env) as program:
        await program.ready()
        await until(lambda: "Serving Discord as" in program.output())
        assert "The playground is at" in program.output()
        status, page = await fetch(program.url)
        assert (status, "<title>imagine · playground</title>" in page) == (200, True)
        status, state = await fetch(f"{program.url}/api/messages?persona=web:member")
        assert '"bench": null' in state  # a clock that is turned would be Discord's, too
        job = (await program.say("web:member", PROMPT))["message"]
        await program.wait_for_card("web:member", "delivered", job)


@pytest.mark.parametrize("playground", ["auto", "on"])
async def test_a_bad_token_ends_the_program_with_one_clear_line(
    fake_discord: FakeDiscord, tmp_path: Path, playground: str
) -> None:
    env = {"DISCORD_TOKEN": "wrong-token-5b1e8f", "IMAGINE_PLAYGROUND": playground}
    result = await imagine(tmp_path, "run", env=env, entry=entry(fake_discord))
    assert result.code == 2, result
    assert result.err.splitlines()[-1].startswith("Discord does not take DISCORD_TOKEN. Copy the whole token")
    assert "Traceback" not in result.err
    assert "wrong-token" not in result.out + result.err
    assert [request.method for request in fake_discord.requests] == ["GET"]  # Discord counts such requests


async def test_without_anything_to_serve_it_ends_and_explains(tmp_path: Path) -> None:
    result = await imagine(tmp_path, "run", env={"IMAGINE_PLAYGROUND": "off"})
    assert (result.code, "set DISCORD_TOKEN" in result.err) == (2, True), result


async def test_open_to_other_machines_only_a_page_needs_a_token(
    fake_discord: FakeDiscord, tmp_path: Path
) -> None:
    env = {"IMAGINE_WEB_HOST": "0.0.0.0", "DISCORD_TOKEN": fake_discord.token}
    refused = await imagine(
        tmp_path, "run", env={**env, "IMAGINE_PLAYGROUND": "on"}, entry=entry(fake_discord)
    )
    assert (refused.code, "IMAGINE_WEB_TOKEN" in refused.err) == (2, True), refused
    async with make_program(fake_discord, tmp_path, IMAGINE_WEB_HOST="0.0.0.0") as program:
        port = (await wait_for_address(program)).rpartition(":")[2]
        assert (await fetch(f"http://127.0.0.1:{port}/livez"))[0] == 200


async def test_jobs_of_the_playground_wait_until_it_runs_again(
    fake_discord: FakeDiscord, tmp_path: Path
) -> None:
    async with Program(tmp_path) as program:
        await program.ready()
        await program.post("/api/workbench", mood="slow")
        job = (await program.say("web:member", PROMPT))["message"]
        await program.wait_until_drawing("web:member", job)
        await program.kill()
    async with make_program(fake_discord, tmp_path) as program:
        await program.ready()
        program.send(signal.SIGTERM)
        assert await program.wait() == 0
    async with Program(tmp_path) as program:
        await program.ready()
        await program.wait_for_card("web:member", "ended", job)
    assert (await imagine(tmp_path, "verify")).code == 0


async def test_the_playground_shows_the_payloads_for_discord(tmp_path: Path) -> None:
    async with Program(tmp_path) as program:
        await program.ready()

        async def preview(message: str) -> tuple[str, Any]:
            query = f"persona=web:member&message={message}"
            answer = json.loads((await fetch(f"{program.url}/api/inspect?{query}"))[1])
            return answer["card"]["card"], answer["previews"]["discord"]

        job = (await program.say("web:member", PROMPT))["message"]
        await program.wait_for_card("web:member", "delivered", job)
        report = (await program.say("web:member", "/tiers"))["id"]
        refused = (await program.say("web:member", "a fox --tier nope"))["id"]
        await program.post("/api/workbench", mood="slow")
        moving = (await program.say("web:member", "a slow fox"))["message"]
        shown = dict([await preview(message) for message in (job, report, refused, moving)])
    assert list(shown) == ["Delivered", "Report", "Refused", "Working"]
    assert [file["id"] for file in shown["Delivered"]["attachments"]] == [0, 1, 2, 3]
    assert all(message["flags"] == 1 << 15 for message in shown.values())
    assert all(message["allowed_mentions"] == {"parse": []} for message in shown.values())
    document = openapi.load()
    if document is None:
        pytest.skip(f"Discord's OpenAPI document is not at {openapi.BESIDE}")
    for message in shown.values():
        assert document.check("POST", "/channels/{channel_id}/messages", message) == []


async def test_a_day_skipped_in_the_playground_is_not_skipped_on_discord(
    fake_discord: FakeDiscord, tmp_path: Path
) -> None:
    async with Program(tmp_path) as program:
        await program.ready()
        await program.post("/api/workbench", skip_day=True, id=str(uuid.uuid4()))
    env = {"DISCORD_TOKEN": fake_discord.token}
    shown = [(await imagine(tmp_path, "quota", "show", "--json", env=each)).json for each in ({}, env)]
    skipped, real = (datetime.fromisoformat(each["renews_at"]) for each in shown)
    assert skipped - real == timedelta(days=1)


async def test_invite_sync_and_check_work(fake_discord: FakeDiscord, tmp_path: Path) -> None:
    guild = fake_discord.add_guild("Studio")
    env, launch = {"DISCORD_TOKEN": fake_discord.token}, entry(fake_discord)
    result = await imagine(tmp_path, "invite", "discord", env=env, entry=launch)
    assert (result.code, result.err) == (0, "")
    assert result.out.count(f"client_id={fake_discord.application_id}") == 2
    result = await imagine(tmp_path, "sync", "discord", env=env, entry=launch)
    assert (result.code, result.err, result.out) == (0, "", "Discord has 15 commands.\n")
    local = await imagine(tmp_path, "sync", "discord", "--guild", str(guild.id), env=env, entry=launch)
    assert local.out == f"Discord has 15 commands in server {guild.id}.\n"
    assert len(fake_discord.commands[0]) == len(fake_discord.commands[guild.id]) == 15
    assert not (tmp_path / "imagine-data").exists()
    result = await imagine(tmp_path, "check", env=env, entry=launch)
    assert (result.code, f"as {fake_discord.bot.name}" in result.out) == (0, True), result
    env = {"DISCORD_TOKEN": "wrong"}
    result = await imagine(tmp_path, "check", "--json", env=env, entry=launch)
    [bad] = [line for line in result.json["checks"] if not line["ok"]]
    assert (bad["name"], "Reset Token" in bad["fix"]) == ("discord", True)


@pytest.mark.parametrize("verb", ["invite", "sync"])
async def test_without_a_token_a_command_says_where_to_get_one(verb: str, tmp_path: Path) -> None:
    result = await imagine(tmp_path, verb, "discord")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("DISCORD_TOKEN is not set. Copy the token from https://discord.com/")
