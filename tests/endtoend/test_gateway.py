"""The command line and the playground against a gateway that keeps accounts of its own."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.gateway import FakeGateway
from tests.fakes.program import CommandResult, Program, imagine, query_rows, until

CUT = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n{"data": ['
POLICY = {"error": {"code": "content_policy_violation", "message": "Your request was rejected."}}
SENSITIVE = {"error": {"code": "sensitive_words_detected", "message": "user sensitive words detected"}}


def gateway_env(gateway: FakeGateway) -> dict[str, str]:
    return {"CODEGATEWAY_BASE_URL": gateway.base_url, "CODEGATEWAY_API_KEY": gateway.key}


async def totals(folder: Path) -> dict[str, int]:
    return dict((await imagine(folder, "usage", "--json")).json["totals"])


@pytest.mark.parametrize(
    ("behaviour", "options", "code", "outcome"),
    [
        ("ok", {}, 0, "delivered"),
        ("ok", {"count": 1}, 0, "delivered"),
        ("status", {"status": 400, "body": POLICY}, 3, "refused"),
        ("status", {"status": 500, "body": SENSITIVE, "bill": 2}, 3, "refused"),
        ("status", {"status": 400, "text": "Rejected by our content filters."}, 3, "refused"),
        ("status", {"status": 401, "body": {}}, 1, "failed"),
        ("status", {"status": 429, "body": {}, "headers": {"Retry-After": "900"}}, 1, "failed"),
        ("status", {"status": 500, "body": {}}, 4, "unknown"),
        ("raw", {"data": CUT}, 4, "unknown"),
    ],
)
async def test_the_exit_code_tells_the_outcome(
    behaviour: str, options: dict[str, Any], code: int, outcome: str, tmp_path: Path
) -> None:
    async with FakeGateway() as gateway:
        gateway.next(behaviour, **options)
        result = await imagine(tmp_path, "draw", "a fox", "-n", "2", "--json", env=gateway_env(gateway))
        assert (result.code, result.json["outcome"]) == (code, outcome), result
        answer = result.json
        assert answer["charge_micros"] == len(answer["files"]) * 60_000
        assert all((tmp_path / file).stat().st_size for file in answer["files"])
        assert answer["cost_micros"] + answer["uncertain_micros"] >= gateway.billed_micros
        assert len(gateway.requests) == 1
        if code:
            assert "Nothing was charged" in answer["sentence"]
            assert gateway.key not in result.out + result.err


async def test_without_a_gateway_a_drawing_fails_and_costs_nothing(tmp_path: Path) -> None:
    env = {"CODEGATEWAY_BASE_URL": "http://127.0.0.1:9/v1", "CODEGATEWAY_API_KEY": "sk-nobody"}
    result = await imagine(tmp_path, "draw", "a fox", "--json", env=env)
    assert (result.code, result.json["outcome"], result.json["uncertain_micros"]) == (1, "failed", 0), result


async def test_the_ledger_agrees_with_the_gateway_over_a_mixed_run(tmp_path: Path) -> None:
    """Known costs agree to the micro-dollar; uncertain ones cover at least what was billed."""
    async with FakeGateway() as gateway, Program(tmp_path, gateway_env(gateway)) as program:
        await program.ready()

        async def draw(words: str, behaviour: str, **options: Any) -> None:
            gateway.next(behaviour, **options)
            before = len(gateway.requests)
            await program.say("web:member", f"/imagine a fox {words}")
            await until(lambda: len(gateway.requests) > before)
            await until(lambda: not query_rows(tmp_path, "SELECT 1 FROM jobs WHERE delivered_at IS NULL"))

        await draw("--tier fast -n 4", "ok")
        await draw("--tier ultra -n 2", "ok", count=1)
        await draw("--tier gpt --quality high -n 1", "ok")
        await draw("--tier gpt -n 2 --ar 16:9", "ok", quality="low")
        await draw("--tier fast -n 3", "status", status=400, body=POLICY)
        exact = await totals(tmp_path)
        assert exact["cost_micros"] == gateway.billed_micros > 0
        assert exact["uncertain_micros"] == 0
        await draw("--tier standard -n 2", "raw", data=CUT)
        await draw("--tier standard -n 2", "status", status=502, text="<h1>Bad gateway</h1>", bill=2)
        await draw("--tier standard -n 2", "body", body=b"not json")
        await draw("--tier standard -n 2", "status", status=500, body={})
        spent = await totals(tmp_path)
        assert spent["cost_micros"] == exact["cost_micros"]
        assert spent["cost_micros"] + spent["uncertain_micros"] >= gateway.billed_micros
        assert spent["charge_micros"] == exact["charge_micros"]
        for job in query_rows(tmp_path, "SELECT * FROM jobs"):
            assert job["charge_micros"] == job["charge_images"] * job["unit_micros"] <= job["hold_micros"]
        assert (await imagine(tmp_path, "verify")).code == 0


async def test_a_missing_model_is_switched_off_and_the_others_draw(tmp_path: Path) -> None:
    async with FakeGateway() as gateway, Program(tmp_path, gateway_env(gateway)) as program:
        await program.ready()
        gateway.next("status", status=404, body={"error": {"code": "model_not_found", "message": "no"}})
        job = (await program.say("web:member", "/imagine a fox --tier ultra -n 1"))["message"]
        assert (
            "another tier may work" in (await program.wait_for_card("web:member", "ended", job))["sentence"]
        )
        refused = (await program.say("web:second", "/imagine a fox --tier ultra -n 1"))["reply"]
        assert refused["kind"] == "refused"
        assert "Imagen 4 Ultra" in refused["sentence"]
        job = (await program.say("web:second", "/imagine a fox --tier fast -n 1"))["message"]
        await program.wait_for_card("web:second", "delivered", job)
        assert len(gateway.requests) == 2


async def test_a_refused_key_is_explained_and_not_tried_again_at_once(tmp_path: Path) -> None:
    async with FakeGateway() as gateway:
        async with Program(
            tmp_path, {**gateway_env(gateway), "CODEGATEWAY_API_KEY": "sk-of-yesterday"}
        ) as program:
            await program.ready()
            job = (await program.say("web:member", "/imagine a fox -n 1"))["message"]
            assert "key" in (await program.wait_for_card("web:member", "ended", job))["sentence"]
            refused = (await program.say("web:second", "/imagine a fox --tier fast -n 1"))["reply"]
            assert "operator" in refused["sentence"]
            log = (tmp_path / "log.txt").read_text()
        assert len(gateway.requests) == 1
        assert "CODEGATEWAY_API_KEY" in log
        assert "sk-of-yesterday" not in log


async def test_the_owner_draws_for_a_shell_beside_it(tmp_path: Path) -> None:
    async with FakeGateway() as gateway, Program(tmp_path, gateway_env(gateway)) as program:
        await program.ready()
        result: CommandResult = await imagine(
            tmp_path, "draw", "a fox", "-n", "2", "--json", env=gateway_env(gateway)
        )
        assert result.code == 0, result
        assert result.json["cost_micros"] == gateway.billed_micros == result.json["charge_micros"]


async def test_a_refused_key_is_logged_at_start_and_the_page_is_served(tmp_path: Path) -> None:
    async with FakeGateway() as gateway:
        env = {**gateway_env(gateway), "CODEGATEWAY_API_KEY": "sk-cg-wrong"}
        async with Program(tmp_path, env) as program:
            await program.ready()
            warnings = await until(
                lambda: [line for line in log_entries(tmp_path) if line["event"] == "gateway.check"]
            )
            assert warnings[0]["level"] == "warning"
            assert "refuses the key" in warnings[0]["problem"]
            assert program.alive


def log_entries(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "log.txt").read_text().splitlines()
    return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]
