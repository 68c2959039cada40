"""The end of the program: in order on the first signal, at once on the second, with nothing lost."""

import asyncio
import signal
from pathlib import Path

import pytest

from tests.fakes.gateway import FakeGateway
from tests.fakes.program import Program, finish, imagine, query_rows, start, until

HASTY = ("-c", "import bot.app.run; bot.app.run.STOP_GRACE = 0.2; from bot.cli.main import main; main()")
OPEN = "SELECT 1 FROM jobs WHERE delivered_at IS NULL"
RUNNING = "SELECT 1 FROM jobs WHERE state = 'running'"
SOON = 15.0  # seconds; the grace is longer, so a program that ends sooner did not wait for it


def gateway_env(gateway: FakeGateway) -> dict[str, str]:
    return {"CODEGATEWAY_BASE_URL": gateway.base_url, "CODEGATEWAY_API_KEY": gateway.key}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_running_jobs_are_finished_and_waiting_ones_kept(
    number: signal.Signals, tmp_path: Path
) -> None:
    env = {"IMAGINE_MAX_IN_FLIGHT": "1"}
    async with Program(tmp_path, env) as program:
        await program.ready()
        jobs = [(await program.say("web:member", "/imagine a boat -n 1"))["message"] for _ in range(3)]
        await until(lambda: query_rows(tmp_path, RUNNING))
        program.send(number)
        assert await program.wait() == 0
        assert "Stopping" in program.output()
    states = [row["state"] for row in query_rows(tmp_path, "SELECT state FROM jobs ORDER BY id")]
    assert states == ["settled", "reserved", "reserved"]
    assert len(query_rows(tmp_path, OPEN)) == 2
    assert not (tmp_path / "imagine-data" / "imagine.sock").exists()
    async with Program(tmp_path, env) as program:
        await program.ready()
        for job in jobs:
            await program.wait_for_card("web:member", "delivered", job)
        kinds = [each["card"]["kind"] for each in await program.messages("web:member")]
        assert kinds == ["delivered"] * 3


async def test_a_job_that_outlasts_the_grace_is_reported_by_the_next_start(tmp_path: Path) -> None:
    async with FakeGateway() as gateway:
        gateway.next("slow", seconds=60)
        async with Program(tmp_path, gateway_env(gateway), entry=HASTY) as program:
            await program.ready()
            job = (await program.say("web:member", "/imagine a boat -n 2"))["message"]
            await until(lambda: gateway.requests)
            program.send(signal.SIGTERM)
            assert await program.wait() == 0
        async with Program(tmp_path, gateway_env(gateway)) as program:
            await program.ready()
            assert (await program.wait_for_card("web:member", "ended", job))["why"] == "unknown"
        spent = (await imagine(tmp_path, "usage", "--json")).json["totals"]
        assert (spent["charge_micros"], spent["uncertain_micros"]) == (0, gateway.billed_micros)
        assert len(gateway.requests) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_second_signal_stops_it_at_once(number: signal.Signals, tmp_path: Path) -> None:
    async with FakeGateway() as gateway:
        gateway.next("slow", seconds=60)
        async with Program(tmp_path, gateway_env(gateway)) as program:
            await program.ready()
            await program.say("web:member", "/imagine a boat -n 2")
            await until(lambda: gateway.requests)
            program.send(number)
            await until(lambda: "Stopping" in program.output())
            async with asyncio.timeout(SOON):
                program.send(number)
                assert await program.wait() == {signal.SIGTERM: -signal.SIGTERM, signal.SIGINT: 130}[number]
            assert "Traceback" not in (tmp_path / "log.txt").read_text()
    assert (await imagine(tmp_path, "verify")).code == 0


async def test_a_stopping_owner_still_answers_the_shell_it_draws_for(tmp_path: Path) -> None:
    async with Program(tmp_path) as program:
        await program.ready()
        drawing = await start(tmp_path, "draw", "a boat", "-n", "1", "--json")
        await until(lambda: query_rows(tmp_path, RUNNING))
        program.send(signal.SIGTERM)
        result = await finish(drawing)
        assert result.code == 0, result
        assert len(result.json["files"]) == 1
        assert await program.wait() == 0


async def test_a_drawing_in_the_shell_is_finished_on_the_first_ctrl_c(tmp_path: Path) -> None:
    async with FakeGateway() as gateway:
        gateway.next("slow", seconds=1)
        drawing = await start(tmp_path, "draw", "a boat", "-n", "2", "--json", env=gateway_env(gateway))
        await until(lambda: gateway.requests)
        drawing.send_signal(signal.SIGINT)
        result = await finish(drawing)
        assert result.code == 0, result
        assert "Ctrl-C again" in result.err
        assert len(result.json["files"]) == 2


async def test_a_drawing_in_the_shell_is_left_on_the_second_ctrl_c(tmp_path: Path) -> None:
    async with FakeGateway() as gateway:
        gateway.next("slow", seconds=60)
        drawing = await start(tmp_path, "draw", "a boat", "-n", "2", env=gateway_env(gateway))
        await until(lambda: gateway.requests)
        drawing.send_signal(signal.SIGINT)
        assert b"Ctrl-C again" in await drawing.stderr.readline()
        async with asyncio.timeout(SOON):
            drawing.send_signal(signal.SIGINT)
            interrupted = await finish(drawing)
        assert interrupted.code == 130, interrupted
        assert "Traceback" not in interrupted.err
        again = await imagine(tmp_path, "draw", "a boat", "-n", "1", "--json", env=gateway_env(gateway))
        assert again.code == 0, again
        spent = (await imagine(tmp_path, "usage", "--json")).json["totals"]
        assert spent["charge_micros"] == again.json["charge_micros"]
        assert spent["cost_micros"] + spent["uncertain_micros"] == gateway.billed_micros
