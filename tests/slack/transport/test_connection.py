"""The connection from start to end: errors that only the operator can help with, drops, and outages."""

import asyncio
import gc
import socket
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.slack import adapter as adapter_module
from adapters.slack import messages
from adapters.slack.transport import socket_mode
from bot.port.protocols import CannotRun, DeliveryError
from tests.bot.running_bot import until
from tests.fakes.key_value import MemoryKeyValue
from tests.fakes.slack.sockets import disconnect_json
from tests.fakes.slack.world import FakeSlack
from tests.slack.desk import NOTICE, Core, Desk, at_desk, make_adapter, serving

Lines = list[Any]


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter_module, "PAUSES", (0.01,))
    monkeypatch.setattr(socket_mode, "PAUSES", (0.0, 0.01))


async def draw(desk: Desk) -> None:
    """Use a command; check that it is acknowledged and reaches the core."""
    before = len(desk.core.requests)
    interaction = await desk.fake.slash(desk.ann, desk.room, "/imagine", "a fox")
    assert interaction.acked, interaction.failed
    await until(lambda: len(desk.core.requests) == before + 1)


async def run_in_vain(fake: FakeSlack, **options: Any) -> str:
    """Run an adapter that cannot run; return the error's text."""
    with pytest.raises(CannotRun) as caught:
        await asyncio.wait_for(make_adapter(fake, MemoryKeyValue(), **options).run(Core()), 10)
    return str(caught.value)


# --- the start


async def test_the_adapter_learns_its_name_and_receives_commands() -> None:
    with capture_logs() as lines:
        async with at_desk() as desk:
            assert desk.adapter.account == "imagine"
            await draw(desk)
            assert desk.fake.count("auth.test") == 1
            tokens = (desk.fake.team.token, desk.fake.tokens.app)
    assert not [line for line in lines if line["log_level"] in ("warning", "error")]
    assert not any(token in str(lines) for token in tokens)


async def test_each_missing_scope_is_logged_once_with_its_effect() -> None:
    with capture_logs() as lines:
        async with at_desk(
            before=lambda fake: fake.team.scopes.difference_update({"files:write", "im:write"})
        ):
            pass
    fixes = {line["scope"]: line["fix"] for line in lines if line["event"] == "slack.missing_scope"}
    assert set(fixes) == {"files:write", "im:write"}
    assert "post pictures" in fixes["files:write"]
    assert "install the app again" in fixes["files:write"]


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_bad_bot_token_ends_the_adapter_and_names_the_fix(mode: Any) -> None:
    async with FakeSlack(mode) as fake:
        error = await run_in_vain(fake, bot_token="xoxb-no-such-token")
        assert "SLACK_BOT_TOKEN" in error
        assert "invalid_auth" in error
        assert "OAuth & Permissions" in error
        assert "no-such-token" not in error
        assert [request.method for request in fake.requests] == ["auth.test"]


@pytest.mark.parametrize(
    ("error", "phrase"),
    [("invalid_auth", "SLACK_APP_TOKEN"), ("not_allowed_token_type", "Socket Mode is turned off")],
)
async def test_a_bad_app_token_ends_the_adapter_and_names_the_fix(error: str, phrase: str) -> None:
    async with FakeSlack() as fake:
        fake.refuse_socket(error)
        assert phrase in await run_in_vain(fake)
        assert fake.count("apps.connections.open") == 1


async def test_swapped_tokens_are_each_named() -> None:
    async with FakeSlack() as fake:
        assert "SLACK_BOT_TOKEN" in await run_in_vain(fake, bot_token=fake.tokens.app)
        assert "SLACK_APP_TOKEN" in await run_in_vain(fake, app_token=fake.team.token)


async def test_the_adapter_waits_for_the_end_of_an_outage_at_the_start() -> None:
    async with FakeSlack() as fake:
        fake.fail("auth.test", status=503, times=2)
        fake.fail("apps.connections.open", status=503, times=2)
        with capture_logs() as lines:
            async with serving(make_adapter(fake, MemoryKeyValue()), Core()):
                assert fake.sockets.open_count == 1
        failures = [line for line in lines if line["event"] == "slack.lost"]
        assert len(failures) == 4
        assert "503" in failures[0]["reason"]


async def test_the_adapter_waits_for_a_slack_that_cannot_be_reached() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/api/"
        adapter = adapter_module.SlackAdapter(
            MemoryKeyValue(), bot_token="xoxb-1", app_token="xapp-1", base_url=url
        )
        with capture_logs() as lines:
            run = asyncio.create_task(adapter.run(Core()))
            await until(lambda: sum(line["event"] == "slack.lost" for line in lines) > 1)
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)


async def test_a_post_before_the_first_connection_waits_for_it() -> None:
    async with FakeSlack() as fake:
        gate = fake.hold("auth.test")
        adapter, core = make_adapter(fake, MemoryKeyValue()), Core()
        run = asyncio.create_task(adapter.run(core))
        ann = fake.add_user("ann")
        desk = Desk(fake, fake.add_channel("general"), ann, adapter, core, MemoryKeyValue(), run)
        post = asyncio.create_task(adapter.post(desk.private(desk.address()), NOTICE, key="1"))
        await fake.until(lambda: gate.waiting)
        assert not post.done()
        fake.heal()
        await post
        assert fake.ephemerals(ann)
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)


async def test_a_post_without_any_connection_fails_and_is_retryable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter_module, "LOGIN_PATIENCE", 0.01)
    async with FakeSlack() as fake:
        adapter = make_adapter(fake, MemoryKeyValue())
        no_run: Any = None
        room, ann = fake.add_channel("general"), fake.add_user("ann")
        desk = Desk(fake, room, ann, adapter, Core(), MemoryKeyValue(), no_run)
        with pytest.raises(DeliveryError) as caught:
            await adapter.post(desk.address(), NOTICE, key="1")
        assert caught.value.retryable


# --- drops and outages


async def test_a_dropped_connection_is_opened_anew() -> None:
    async with at_desk() as desk:
        for number in range(3):
            desk.fake.drop_socket()
            await desk.fake.until(lambda: desk.fake.sockets.open_count == 2 + number)  # noqa: B023
            await asyncio.wait_for(desk.adapter.ready.wait(), 5)
            await draw(desk)


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "too_many_websockets"])
async def test_the_next_connection_is_open_before_the_old_one_closes(reason: str) -> None:
    async with at_desk() as desk:
        (old,) = desk.fake.sockets.connections
        gate = desk.fake.hold("apps.connections.open")
        await desk.fake.refresh(reason)
        await desk.fake.until(lambda: gate.waiting)
        await draw(desk)  # over the old one
        assert desk.adapter.ready.is_set()
        gate.open()
        await desk.fake.until(lambda: desk.fake.sockets.open_count == 2)
        await desk.fake.until(lambda: old not in desk.fake.sockets.connections)
        assert len(desk.fake.sockets.connections) == 1
        assert desk.adapter.ready.is_set()
        await draw(desk)


async def test_the_adapter_waits_for_the_end_of_an_outage_between_connections() -> None:
    async with at_desk() as desk:
        desk.fake.fail("apps.connections.open", status=503, times=3)
        with capture_logs() as lines:
            desk.fake.drop_socket()
            await desk.fake.until(lambda: desk.fake.sockets.open_count == 2)
        assert sum(line["event"] == "slack.lost" for line in lines) == 3
        await draw(desk)


async def test_without_a_connection_the_adapter_is_not_ready() -> None:
    async with at_desk() as desk:
        gate = desk.fake.hold("apps.connections.open")
        desk.fake.drop_socket()
        await desk.fake.until(lambda: gate.waiting)
        assert not desk.adapter.ready.is_set()
        gate.open()
        await asyncio.wait_for(desk.adapter.ready.wait(), 5)


async def test_a_connection_without_a_hello_does_not_make_it_ready() -> None:
    async with at_desk() as desk:
        (old,) = desk.fake.sockets.connections
        desk.fake.sockets._hello = lambda: {"type": "silence"}  # type: ignore[method-assign]
        await desk.fake.refresh()
        await desk.fake.until(lambda: desk.fake.sockets.open_count == 2)
        assert desk.adapter.ready.is_set()
        old.cut()
        await until(lambda: not desk.adapter.ready.is_set())


async def test_a_connection_without_a_hello_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_mode, "HELLO_SECONDS", 0.05)
    async with FakeSlack() as fake:
        hello = fake.sockets._hello
        fake.sockets._hello = lambda: {"type": "silence"}  # type: ignore[method-assign]
        with capture_logs() as lines:
            run = asyncio.create_task((adapter := make_adapter(fake, MemoryKeyValue())).run(Core()))
            await until(lambda: any(line["event"] == "slack.lost" for line in lines))
            assert not adapter.ready.is_set()
            fake.sockets._hello = hello  # type: ignore[method-assign]
            await asyncio.wait_for(adapter.ready.wait(), 10)
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)


async def test_connections_that_end_at_once_are_opened_with_longer_and_longer_pauses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket_mode, "PAUSES", (0.0, 0.0, 3600.0))
    async with at_desk() as desk:
        desk.fake.drop_socket()
        await desk.fake.until(lambda: desk.fake.sockets.open_count == 2)
        await asyncio.wait_for(desk.adapter.ready.wait(), 5)
        with capture_logs() as lines:
            desk.fake.drop_socket()
            await until(lambda: any(line["event"] == "slack.reconnecting" for line in lines))
        assert lines[-1]["again_in"] == 3600.0
        assert desk.fake.sockets.open_count == 2


# --- errors that end the adapter


async def test_turning_socket_mode_off_ends_the_adapter() -> None:
    async with at_desk() as desk:
        await desk.fake.disable_socket()
        with pytest.raises(CannotRun, match="Socket Mode is turned off"):
            await asyncio.wait_for(desk.run, 10)


async def test_the_disconnect_reason_alone_ends_the_adapter() -> None:
    async with at_desk() as desk:
        (connection,) = desk.fake.sockets.connections
        await connection.put(disconnect_json("link_disabled"))
        with pytest.raises(CannotRun, match="link_disabled"):
            await asyncio.wait_for(desk.run, 10)


async def test_a_revoked_bot_token_ends_the_adapter_and_posts_stay_retryable() -> None:
    async with at_desk() as desk:
        desk.fake.tokens.revoke(desk.fake.team.token)
        with pytest.raises(DeliveryError) as caught:
            await desk.adapter.post(desk.address(), desk.gallery(), key="1")
        assert caught.value.retryable
        with pytest.raises(CannotRun, match=r"SLACK_BOT_TOKEN \(token_revoked\)"):
            await asyncio.wait_for(desk.run, 10)


async def test_a_revoked_app_token_ends_the_adapter_at_the_next_connection() -> None:
    async with at_desk() as desk:
        desk.fake.tokens.revoke(desk.fake.tokens.app)
        desk.fake.drop_socket()
        with pytest.raises(CannotRun, match="SLACK_APP_TOKEN"):
            await asyncio.wait_for(desk.run, 10)


# --- the end


async def test_an_open_answer_is_given_before_the_end() -> None:
    async with at_desk() as desk:
        started, gate = asyncio.Event(), asyncio.Event()
        imagine = desk.core.imagine

        async def slow_imagine(request: Any) -> Any:
            started.set()
            await gate.wait()
            return await imagine(request)

        desk.core.imagine = slow_imagine  # type: ignore[method-assign]
        command = asyncio.create_task(desk.fake.slash(desk.ann, desk.room, "/imagine", "a fox"))
        await started.wait()
        assert (await command).acked
        desk.run.cancel()
        await desk.fake.until(lambda: not desk.fake.sockets.connections)  # nothing more can come in
        await asyncio.sleep(0.05)  # time in which it could have ended
        assert not desk.run.done()
        gate.set()
        await asyncio.gather(desk.run, return_exceptions=True)
        assert desk.fake.ephemerals(desk.ann)


async def test_the_adapter_leaves_no_task_behind() -> None:
    async with FakeSlack() as fake:
        async with serving(make_adapter(fake, MemoryKeyValue()), Core()):
            tasks = asyncio.all_tasks()
        await fake.until(lambda: not fake.sockets.connections)
        rest = [task for task in tasks & asyncio.all_tasks() if "adapters" in str(task.get_coro())]
        assert not rest
        gc.collect()  # unclosed resources would warn, and warnings are errors


async def test_a_post_after_the_end_fails_and_is_retryable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter_module, "LOGIN_PATIENCE", 0.01)
    async with at_desk() as desk:
        gate = desk.fake.hold("chat.postMessage")
        post = asyncio.create_task(desk.adapter.post(desk.address(), desk.gallery(), key="1"))
        await desk.fake.until(lambda: gate.waiting)
        desk.run.cancel()
        await asyncio.gather(desk.run, return_exceptions=True)
        gate.open()
        with pytest.raises(DeliveryError) as caught:
            await post
        assert caught.value.retryable
        with pytest.raises(DeliveryError, match="not let the bot in"):
            await desk.adapter.post(desk.address(), NOTICE, key="2")


async def test_in_http_mode_the_adapter_is_ready_after_auth_test() -> None:
    async with FakeSlack("http") as fake:
        adapter = make_adapter(fake, MemoryKeyValue())
        assert adapter.app is None
        async with serving(adapter, Core()):
            assert adapter.app is not None
            assert fake.sockets.open_count == 0
        assert adapter.app is None
        assert not adapter.ready.is_set()


def test_the_message_about_a_scope_says_what_it_is_for() -> None:
    for scope in messages.SCOPES:
        assert messages.SCOPES[scope] in messages.missing_scope(scope)
