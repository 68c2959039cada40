"""Commands beside `imagine run`, which owns the data folder and carries out their requests."""

import asyncio
import os
import socket
import stat
from pathlib import Path
from typing import Any

import pytest

from bot.app import ledger as app_ledger
from bot.app.ledger import own_ledger
from bot.config.settings import load_settings
from quotas.ledger import Ledger
from quotas.store.errors import LedgerUnavailable
from quotas.store.lock import OwnerLock
from quotas.store.sqlite import FILE
from tests.fakes.gateway import FakeGateway
from tests.fakes.program import Program, finish, imagine, query_rows, start, until

DRAW = ("draw", "a boat", "--tier", "fast", "-n", "1", "--out", "out", "--json")


async def test_twenty_drawings_and_some_changes_at_once_all_succeed(tmp_path: Path) -> None:
    async with Program(tmp_path, {"IMAGINE_MAX_IN_FLIGHT_PER_PERSON": "20"}) as program:
        await program.ready()
        drawings = [imagine(tmp_path, *DRAW) for _ in range(20)]
        others = [
            imagine(tmp_path, "quota", "set", "discord:7", "--images-per-day", "5", "--json"),
            imagine(
                tmp_path, "quota", "grant", "discord:7", "--images", "1", "--workspace", "discord:1", "--json"
            ),
            imagine(tmp_path, "usage", "--json"),
            imagine(tmp_path, "verify", "--json"),
        ]
        done = await asyncio.gather(*drawings, *others)
        assert [each.code for each in done] == [0] * 24, [each for each in done if each.code]
        assert all(each.json["charge_micros"] == 30_000 for each in done[:20])
        files = {file for each in done[:20] for file in each.json["files"]}
        assert len(files) == 20
        assert all((tmp_path / file).is_file() for file in files)
        assert (await imagine(tmp_path, "usage", "--json")).json["totals"]["charge_micros"] == 600_000
        shown = (
            await imagine(tmp_path, "quota", "show", "discord:7", "--workspace", "discord:1", "--json")
        ).json
        assert (shown["images_day"]["limit"], shown["images_day"]["granted"]) == (5, 1)
        refused = await imagine(tmp_path, *DRAW[:-2], "-n", "4", "--ar", "1:2", "--json")
        assert refused.code == 2  # asked over the socket, a refusal is a refusal
    assert (await imagine(tmp_path, "verify")).code == 0
    assert [row[0] for row in query_rows(tmp_path, "PRAGMA integrity_check")] == ["ok"]


async def test_a_change_from_a_shell_is_posted_to_the_admins_channel(tmp_path: Path) -> None:
    here = ("--workspace", "web:playground")
    async with Program(tmp_path) as program:
        await program.ready()
        for change in (
            ("settings", "--admin-channel", "web:general"),
            ("set", "web:member", "--images-per-day", "3", "--reason", "trial"),
            ("grant", "web:member", "--images", "2", "--dry-run"),
            ("pause", "--yes"),
        ):
            ended = await imagine(tmp_path, "quota", *change, *here)
            assert ended.code == 0, ended

        async def changes() -> list[str] | None:
            cards = [each["card"] for each in await program.messages("web:admin")]
            lines = [line for card in cards if card["title"] == "Changed by ann" for line in card["lines"]]
            return lines if any("paused" in line for line in lines) else None

        lines = [line for line in await until(changes) if not line.startswith("To take it back")]
        assert lines == [
            "web:member: pictures a day not set → 3.",
            "Why: trial",
            "This workspace: drawing → paused.",
        ]


async def test_several_commands_at_once_can_make_the_folder(tmp_path: Path) -> None:
    commands = (DRAW, ("usage",), ("verify",), ("quota", "show"), ("quota", "set", "--images-per-day", "9"))
    done = await asyncio.gather(*(imagine(tmp_path, *command) for command in (*commands, DRAW)))
    assert [each.code for each in done] == [0] * 6, done
    assert (await imagine(tmp_path, "verify")).code == 0


async def test_only_their_owner_may_open_the_folder_and_its_socket(tmp_path: Path) -> None:
    data = tmp_path / "imagine-data"
    async with Program(tmp_path) as program:
        await program.ready()
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        assert stat.S_IMODE((data / "imagine.sock").stat().st_mode) == 0o600
        assert stat.S_ISSOCK((data / "imagine.sock").stat().st_mode)


async def test_every_file_in_a_folder_that_others_may_enter_is_for_its_owner_alone(tmp_path: Path) -> None:
    data = tmp_path / "imagine-data"
    os.mkdir(data)
    os.chmod(data, 0o755)
    before = os.umask(0)
    try:
        async with Program(tmp_path) as program:
            await program.ready()
            assert (await imagine(tmp_path, *DRAW)).code == 0
            modes = read_modes(data)
    finally:
        os.umask(before)
    names = {name for name, _ in modes}
    assert {"imagine.db", "imagine.db-wal", "imagine.db-shm", "imagine.lock", "imagine.sock"} < names
    assert any(name.endswith(".jpeg") for name in names)
    assert [(name, oct(mode)) for name, mode in modes if mode & 0o077] == []


def read_modes(folder: Path) -> list[tuple[str, int]]:
    return [(path.name, stat.S_IMODE(path.stat().st_mode)) for path in folder.rglob("*")]


async def test_a_path_that_is_too_long_for_a_socket_works(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 15) / ("longer" * 10)
    folder.mkdir(parents=True)
    async with Program(folder) as program:
        await program.ready()
        changed = await imagine(folder, "quota", "set", "--images-per-day", "3")
        assert changed.code == 0, changed
        drawn = await imagine(folder, *DRAW)
        assert drawn.code == 0, drawn


async def test_a_command_says_so_if_the_owner_is_killed_while_it_draws(tmp_path: Path) -> None:
    async with FakeGateway() as gateway:
        env = {"CODEGATEWAY_BASE_URL": gateway.base_url, "CODEGATEWAY_API_KEY": gateway.key}
        gateway.next("slow", seconds=60)
        async with Program(tmp_path, env) as program:
            await program.ready()
            drawing = await start(tmp_path, *DRAW, env=env)
            await until(lambda: gateway.requests)
        left = await finish(drawing)
        assert left.code == 4, left
        assert "went away" in left.err
        assert "imagine usage" in left.json["error"]
        async with Program(tmp_path, env) as program:
            await program.ready()
            await until(lambda: query_rows(tmp_path, "SELECT 1 FROM waiting JOIN jobs ON jobs.id = job"))
        spent = (await imagine(tmp_path, "usage", "--json")).json["totals"]
        assert (spent["charge_micros"], spent["uncertain_micros"]) == (0, gateway.billed_micros)
        assert len(gateway.requests) == 1
        assert (await imagine(tmp_path, "verify")).code == 0


async def test_a_second_owner_and_a_port_in_use_have_their_own_messages(tmp_path: Path) -> None:
    async with Program(tmp_path) as program:
        await program.ready()
        second = await imagine(tmp_path, "run")
        assert second.code == 1
        assert str(tmp_path / "imagine-data") in second.err
        assert "IMAGINE_DATA" in second.err
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        failed = await imagine(tmp_path, "run", env={"IMAGINE_WEB_PORT": port})
    assert failed.code == 2
    assert port in failed.err
    assert "IMAGINE_WEB_PORT" in failed.err
    assert "Traceback" not in failed.err
    exposed = await imagine(tmp_path, "run", env={"IMAGINE_WEB_HOST": "0.0.0.0"})
    assert exposed.code == 2
    assert "IMAGINE_WEB_TOKEN" in exposed.err


async def test_an_owner_that_does_not_answer_is_reported(tmp_path: Path) -> None:
    assert (await imagine(tmp_path, "verify")).code == 0
    lock = OwnerLock(tmp_path / "imagine-data")
    assert lock.acquire()
    try:
        asked = await imagine(tmp_path, "quota", "set", "--images-per-day", "3")
    finally:
        lock.release()
    assert asked.code == 1, asked
    assert "another folder" in asked.err


async def test_a_command_waits_for_a_ledger_that_is_being_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings({}, tmp_path)
    settings.imagine_data.mkdir()
    (settings.imagine_data / FILE).touch()  # as its owner leaves it for a moment
    failures, open_once = [], app_ledger._open_once

    async def open_later(*arguments: Any) -> Ledger:
        try:
            return await open_once(*arguments)
        except LedgerUnavailable as error:
            failures.append(error)
            async with own_ledger(settings):
                pass
            raise

    monkeypatch.setattr(app_ledger, "_open_once", open_later)
    async with app_ledger.read_ledger(settings) as ledger:
        assert await ledger.verify() == []
    assert len(failures) == 1
