"""The connection's life: its beginning, what only the operator can mend, drops, outages, and the end."""

import asyncio
import gc
import socket
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.slack import adapter as life
from adapters.slack import messages
from adapters.slack.transport import socket_mode as sockets
from bot.port.protocols import CannotRun, DeliveryError
from tests.bot.running_bot import until
from tests.fakes.key_value import MemoryKeyValue
from tests.fakes.slack.sockets import disconnect_json
from tests.fakes.slack.world import FakeSlack
from tests.slack.desk import NOTICE, Core, Desk, at_desk, make_adapter, serving

Lines = list[Any]


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life, "PAUSES", (0.01,))
    monkeypatch.setattr(sockets, "PAUSES", (0.0, 0.01))


async def drawn(desk: Desk) -> None:
    """A command is heard and acknowledged: the bot lives."""
    before = len(desk.core.requests)
    asked = await desk.fake.slash(desk.ann, desk.room, "/imagine", "a fox")
    assert asked.acked, asked.failed
    await until(lambda: len(desk.core.requests) == before + 1)


async def cannot(fake: FakeSlack, **how: Any) -> str:
    with pytest.raises(CannotRun) as caught:
        await asyncio.wait_for(make_adapter(fake, MemoryKeyValue(), **how).run(Core()), 10)
    return str(caught.value)


# --- the beginning


async def test_it_learns_its_name_and_listens() -> None:
    with capture_logs() as lines:
        async with at_desk() as desk:
            assert desk.adapter.account == "imagine"
            await drawn(desk)
            assert desk.fake.count("auth.test") == 1
            tokens = (desk.fake.team.token, desk.fake.tokens.app)
    assert not [line for line in lines if line["log_level"] in ("warning", "error")]
    assert not any(token in str(lines) for token in tokens)


async def test_what_cannot_be_done_without_a_scope_is_said_once_for_each() -> None:
    with capture_logs() as lines:
        async with at_desk(
            before=lambda fake: fake.team.scopes.difference_update({"files:write", "im:write"})
        ):
            pass
    lacking = {line["scope"]: line["fix"] for line in lines if line["event"] == "slack.missing_scope"}
    assert set(lacking) == {"files:write", "im:write"}
    assert "post pictures" in lacking["files:write"]
    assert "install the app again" in lacking["files:write"]


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_bad_bot_token_ends_it_with_where_to_get_a_good_one(mode: Any) -> None:
    async with FakeSlack(mode) as fake:
        said = await cannot(fake, bot_token="xoxb-no-such-token")
        assert "SLACK_BOT_TOKEN" in said
        assert "invalid_auth" in said
        assert "OAuth & Permissions" in said
        assert "no-such-token" not in said
        assert [asked.method for asked in fake.requests] == ["auth.test"]


@pytest.mark.parametrize(
    ("error", "says"),
    [("invalid_auth", "SLACK_APP_TOKEN"), ("not_allowed_token_type", "Socket Mode is turned off")],
)
async def test_a_bad_app_token_ends_it_with_where_to_get_a_good_one(error: str, says: str) -> None:
    async with FakeSlack() as fake:
        fake.refuse_socket(error)
        assert says in await cannot(fake)
        assert fake.count("apps.connections.open") == 1


async def test_the_tokens_in_each_others_place_are_told_apart() -> None:
    async with FakeSlack() as fake:
        assert "SLACK_BOT_TOKEN" in await cannot(fake, bot_token=fake.tokens.app)
        assert "SLACK_APP_TOKEN" in await cannot(fake, app_token=fake.team.token)


async def test_an_outage_at_the_start_is_waited_for() -> None:
    async with FakeSlack() as fake:
        fake.fail("auth.test", status=503, times=2)
        fake.fail("apps.connections.open", status=503, times=2)
        with capture_logs() as lines:
            async with serving(make_adapter(fake, MemoryKeyValue()), Core()):
                assert fake.sockets.open_count == 1
        lost = [line for line in lines if line["event"] == "slack.lost"]
        assert len(lost) == 4
        assert "503" in lost[0]["reason"]


async def test_a_slack_that_is_not_there_yet_is_waited_for() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/api/"
        adapter = life.SlackAdapter(MemoryKeyValue(), bot_token="xoxb-1", app_token="xapp-1", base_url=url)
        with capture_logs() as lines:
            run = asyncio.create_task(adapter.run(Core()))
            await until(lambda: sum(line["event"] == "slack.lost" for line in lines) > 1)
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)


async def test_what_is_to_be_posted_before_it_is_there_waits_for_it() -> None:
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


async def test_where_it_never_comes_posting_may_work_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life, "LOGIN_PATIENCE", 0.01)
    async with FakeSlack() as fake:
        adapter = make_adapter(fake, MemoryKeyValue())
        no_run: Any = None
        room, ann = fake.add_channel("general"), fake.add_user("ann")
        desk = Desk(fake, room, ann, adapter, Core(), MemoryKeyValue(), no_run)
        with pytest.raises(DeliveryError) as caught:
            await adapter.post(desk.address(), NOTICE, key="1")
        assert caught.value.retryable


# --- drops and outages


async def test_a_dropped_connection_is_made_anew() -> None:
    async with at_desk() as desk:
        for number in range(3):
            desk.fake.drop_socket()
            await desk.fake.until(lambda: desk.fake.sockets.open_count == 2 + number)  # noqa: B023
            await asyncio.wait_for(desk.adapter.ready.wait(), 5)
            await drawn(desk)


@pytest.mark.parametrize("why", ["warning", "refresh_requested", "too_many_websockets"])
async def test_the_next_connection_is_there_before_the_old_one_goes(why: str) -> None:
    async with at_desk() as desk:
        seen: list[int] = []
        (old,) = desk.fake.sockets.connections
        gate = desk.fake.hold("apps.connections.open")
        await desk.fake.refresh(why)
        await desk.fake.until(lambda: gate.waiting)
        await drawn(desk)  # by the old one
        assert desk.adapter.ready.is_set()
        gate.open()
        await desk.fake.until(lambda: desk.fake.sockets.open_count == 2)
        await desk.fake.until(lambda: old not in desk.fake.sockets.connections)
        seen.append(len(desk.fake.sockets.connections))
        assert seen == [1]
        assert desk.adapter.ready.is_set()
        await drawn(desk)


async def test_an_outage_in_between_is_waited_for() -> None:
    async with at_desk() as desk:
        desk.fake.fail("apps.connections.open", status=503, times=3)
        with capture_logs() as lines:
            desk.fake.drop_socket()
            await desk.fake.until(lambda: desk.fake.sockets.open_count == 2)
        assert sum(line["event"] == "slack.lost" for line in lines) == 3
        await drawn(desk)


async def test_while_nothing_is_heard_it_is_not_ready() -> None:
    async with at_desk() as desk:
        gate = desk.fake.hold("apps.connections.open")
        desk.fake.drop_socket()
        await desk.fake.until(lambda: gate.waiting)
        assert not desk.adapter.ready.is_set()
        gate.open()
        await asyncio.wait_for(desk.adapter.ready.wait(), 5)


async def test_a_connection_that_has_not_said_hello_does_not_count() -> None:
    async with at_desk() as desk:
        (old,) = desk.fake.sockets.connections
        desk.fake.sockets._hello = lambda: {"type": "silence"}  # type: ignore[method-assign]
        await desk.fake.refresh()
        await desk.fake.until(lambda: desk.fake.sockets.open_count == 2)
        assert desk.adapter.ready.is_set()
        old.cut()
        await until(lambda: not desk.adapter.ready.is_set())


async def test_a_connection_that_says_nothing_is_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "HELLO_SECONDS", 0.05)
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


async def test_connections_that_end_at_once_are_not_made_at_once_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sockets, "PAUSES", (0.0, 0.0, 3600.0))
    async with at_desk() as desk:
        desk.fake.drop_socket()
        await desk.fake.until(lambda: desk.fake.sockets.open_count == 2)
        await asyncio.wait_for(desk.adapter.ready.wait(), 5)
        with capture_logs() as lines:
            desk.fake.drop_socket()
            await until(lambda: any(line["event"] == "slack.reconnecting" for line in lines))
        assert lines[-1]["again_in"] == 3600.0
        assert desk.fake.sockets.open_count == 2


# --- what ends it


async def test_socket_mode_that_is_turned_off_ends_it() -> None:
    async with at_desk() as desk:
        await desk.fake.disable_socket()
        with pytest.raises(CannotRun, match="Socket Mode is turned off"):
            await asyncio.wait_for(desk.run, 10)


async def test_it_ends_even_where_only_the_word_says_so() -> None:
    async with at_desk() as desk:
        (connection,) = desk.fake.sockets.connections
        await connection.put(disconnect_json("link_disabled"))
        with pytest.raises(CannotRun, match="link_disabled"):
            await asyncio.wait_for(desk.run, 10)


async def test_a_bot_token_that_is_revoked_ends_it_and_leaves_what_was_drawn_for_the_next() -> None:
    async with at_desk() as desk:
        desk.fake.tokens.revoke(desk.fake.team.token)
        with pytest.raises(DeliveryError) as caught:
            await desk.adapter.post(desk.address(), desk.gallery(), key="1")
        assert caught.value.retryable
        with pytest.raises(CannotRun, match=r"SLACK_BOT_TOKEN \(token_revoked\)"):
            await asyncio.wait_for(desk.run, 10)


async def test_an_app_token_that_is_revoked_ends_it_at_the_next_connection() -> None:
    async with at_desk() as desk:
        desk.fake.tokens.revoke(desk.fake.tokens.app)
        desk.fake.drop_socket()
        with pytest.raises(CannotRun, match="SLACK_APP_TOKEN"):
            await asyncio.wait_for(desk.run, 10)


# --- the end


async def test_what_is_being_answered_at_the_end_is_answered() -> None:
    async with at_desk() as desk:
        going, go = asyncio.Event(), asyncio.Event()
        imagine = desk.core.imagine

        async def slowly(request: Any) -> Any:
            going.set()
            await go.wait()
            return await imagine(request)

        desk.core.imagine = slowly  # type: ignore[method-assign]
        asked = asyncio.create_task(desk.fake.slash(desk.ann, desk.room, "/imagine", "a fox"))
        await going.wait()
        assert (await asked).acked
        desk.run.cancel()
        await desk.fake.until(lambda: not desk.fake.sockets.connections)  # nothing more is heard
        await asyncio.sleep(0.05)  # in which it could have ended
        assert not desk.run.done()
        go.set()
        await asyncio.gather(desk.run, return_exceptions=True)
        assert desk.fake.ephemerals(desk.ann)


async def test_it_goes_without_a_trace() -> None:
    async with FakeSlack() as fake:
        async with serving(make_adapter(fake, MemoryKeyValue()), Core()):
            desk_tasks = asyncio.all_tasks()
        await fake.until(lambda: not fake.sockets.connections)
        left = [task for task in desk_tasks & asyncio.all_tasks() if "adapters" in str(task.get_coro())]
        assert not left
        gc.collect()  # what was not awaited or closed would warn, and warnings are errors


async def test_after_the_end_posting_may_work_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life, "LOGIN_PATIENCE", 0.01)
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


async def test_over_http_it_is_ready_once_it_knows_who_it_is() -> None:
    async with FakeSlack("http") as fake:
        adapter = make_adapter(fake, MemoryKeyValue())
        assert adapter.app is None
        async with serving(adapter, Core()):
            assert adapter.app is not None
            assert fake.sockets.open_count == 0
        assert adapter.app is None
        assert not adapter.ready.is_set()


def test_every_scope_says_what_it_is_for() -> None:
    for scope in messages.SCOPES:
        assert messages.SCOPES[scope] in messages.missing_scope(scope)
