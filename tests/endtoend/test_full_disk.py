"""Full disks, real ones: below the pictures, below the ledger, and below the folder of a shell."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot import wording
from bot.storage import guard
from tests.endtoend.test_discord import fetch
from tests.endtoend.test_gateway import gateway_env
from tests.fakes.disks import small_disk
from tests.fakes.gateway import FakeGateway
from tests.fakes.program import Program, imagine, query_rows, until

ROOM = 96  # MiB: the guard keeps 16 MiB free, and the most that three jobs may bring, 25 MB each
TRACEBACK = "Traceback"


@contextlib.contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Fill the disk of a folder to the last byte."""
    fill = folder / "fill"
    with fill.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    try:
        yield
    finally:
        fill.unlink()


@pytest.fixture
def pictures(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "imagine-data" / "pictures", ROOM) as disk:
        yield disk


async def test_a_full_disk_of_pictures_costs_nothing_and_drawing_goes_on_by_itself(
    tmp_path: Path, pictures: Path
) -> None:
    async with FakeGateway() as gateway, Program(tmp_path, gateway_env(gateway)) as program:
        await program.ready()
        with filled(pictures):
            await asyncio.sleep(guard.FRESH)  # a look before the disk was full does not count any more
            waiting = (await program.say("web:member", "/imagine a fox"))["message"]
            await until(lambda: _is_off(program))
            for number in range(30):
                answer = await program.say("web:second", f"/imagine a fox {number}")
                assert answer["reply"]["sentence"] == wording.DRAWING_OFF
            status, text = await fetch(f"{program.url}/readyz")
            assert (status, "the disk is full" in text, str(tmp_path) in text) == (503, True, False)
            assert "imagine_drawing_off 1.0" in (await fetch(f"{program.url}/metrics"))[1]
            result = await imagine(tmp_path, "check", env=gateway_env(gateway))
            assert (result.code, f"cannot be stored in {pictures}: the disk is full" in result.out) == (
                1,
                True,
            )
            assert "Free some space" in result.out
            assert gateway.requests == []
        await program.wait_for_card("web:member", "delivered", waiting)
        assert (await fetch(f"{program.url}/readyz"))[0] == 200
        assert (await imagine(tmp_path, "check", env=gateway_env(gateway))).code == 0
        assert (await imagine(tmp_path, "verify")).code == 0
    log = (tmp_path / "log.txt").read_text()
    assert TRACEBACK not in log
    assert log.count('"drawing.off"') == log.count('"drawing.on"') == 1


async def test_pictures_of_a_disk_that_fills_up_meanwhile_are_delivered_and_stored_later(
    tmp_path: Path, pictures: Path
) -> None:
    async with FakeGateway(delay=1) as gateway, Program(tmp_path, gateway_env(gateway)) as program:
        await program.ready()
        jobs = [(await program.say("web:member", f"/imagine fox {number}"))["message"] for number in range(3)]
        await until(lambda: len(gateway.requests) == 3)
        with filled(pictures):
            for job in jobs:
                card = await program.wait_for_card("web:member", "delivered", job)
                assert wording.NOT_STORED in card["notes"]
                assert [await _get(program, picture["src"]) for picture in card["pictures"]] == [200] * 4
            assert _files(pictures) == []
        await until(lambda: len(_files(pictures)) == 12)
        assert (await imagine(tmp_path, "verify")).code == 0
        sums = query_rows(tmp_path, "SELECT SUM(charge_images) FROM jobs WHERE state = 'settled'")
        assert sums[0][0] == 12
    assert TRACEBACK not in (tmp_path / "log.txt").read_text()


async def _is_off(program: Program) -> bool:
    return (await fetch(f"{program.url}/readyz"))[0] == 503


async def _get(program: Program, path: str) -> int:
    return (await fetch_bytes(f"{program.url}{path}"))[0]


async def fetch_bytes(url: str) -> tuple[int, bytes]:
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        return answer.status, await answer.read()


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if "-" in path.name]


@pytest.mark.parametrize("beside", [False, True])
async def test_a_shell_saves_pictures_that_the_store_did_not_take(
    tmp_path: Path, pictures: Path, beside: bool
) -> None:
    async with FakeGateway(delay=1) as gateway:
        env = gateway_env(gateway)
        program = Program(tmp_path, env)
        if beside:
            await (await program.__aenter__()).ready()
        try:
            drawing = asyncio.create_task(
                imagine(tmp_path, "draw", "a fox", "--out", "out", "--json", env=env)
            )
            await until(lambda: len(gateway.requests) == 1)
            with filled(pictures):
                result: Any = await drawing
                assert result.code == 0, result
                assert len(result.json["files"]) == len(list((tmp_path / "out").iterdir())) == 4
                assert all((tmp_path / file).stat().st_size > 100 for file in result.json["files"])
                refused = await imagine(tmp_path, "draw", "a fox", "--out", "out", env=env)
                assert (refused.code, refused.err.count(wording.DRAWING_OFF)) == (1, 1)
                assert TRACEBACK not in refused.err
            assert len(gateway.requests) == 1
        finally:
            if beside:
                await program.__aexit__()


async def test_a_folder_without_room_is_refused_before_anything_is_spent(tmp_path: Path) -> None:
    async with FakeGateway() as gateway:
        env = gateway_env(gateway)
        with small_disk(tmp_path / "small", 1) as small:
            result = await imagine(tmp_path, "draw", "a fox", "--out", str(small), env=env)
            assert (result.code, "MB are free in" in result.err) == (2, True)
            with filled(small):
                result = await imagine(tmp_path, "draw", "a fox", "--out", str(small), env=env)
                assert (result.code, "the disk is full" in result.err) == (2, True)
        with small_disk(tmp_path / "fixed", 1, "ro") as fixed:
            result = await imagine(tmp_path, "draw", "a fox", "--out", str(fixed), env=env)
            assert (result.code, "read-only" in result.err) == (2, True)
        assert gateway.requests == []


async def test_a_folder_that_fills_up_meanwhile_leaves_no_half_picture(tmp_path: Path) -> None:
    async with FakeGateway(delay=1) as gateway:
        env = gateway_env(gateway)
        with small_disk(tmp_path / "small", 12) as small:
            command = "draw", "a fox", "--out", str(small), "--json"
            drawing = asyncio.create_task(imagine(tmp_path, *command, env=env))
            await until(lambda: len(gateway.requests) == 1)
            with filled(small):
                result: Any = await drawing
            assert list(small.iterdir()) == []
        assert result.code == 1
        assert "The pictures are kept in" in result.json["error"]
        assert TRACEBACK not in result.err
    assert len(_files(tmp_path / "imagine-data" / "pictures")) == 4


async def test_a_full_disk_below_everything_says_so_and_loses_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "imagine-data", ROOM) as data:
        async with FakeGateway() as gateway, Program(tmp_path, gateway_env(gateway)) as program:
            await program.ready()
            with filled(data):
                await until(lambda: _is_full(program))
                answer = await program.say("web:member", "/imagine a fox")
                assert answer["reply"]["kind"] == "refused"
                result = await imagine(
                    tmp_path, "quota", "set", "--images-per-day", "5", env=gateway_env(gateway)
                )
                assert (result.code, "is full" in result.err) == (1, True), result
                copy = await imagine(tmp_path, "export", "web:member", "--out", str(data / "copy.json"))
                assert copy.code == 1
                assert TRACEBACK not in result.err + copy.err
            job = await until(lambda: _accepted(program))
            await program.wait_for_card("web:member", "delivered", job)
            assert (await imagine(tmp_path, "verify")).code == 0
            assert len(gateway.requests) == 1
    assert TRACEBACK not in (tmp_path / "log.txt").read_text()


async def _is_full(program: Program) -> bool:
    """Ask for a picture until drawing is off."""
    answer = await program.say("web:second", "/imagine a cat")
    return answer.get("reply", {}).get("sentence") == wording.DRAWING_OFF


async def _accepted(program: Program) -> str:
    return str((await program.say("web:member", "/imagine a fox")).get("message", ""))
