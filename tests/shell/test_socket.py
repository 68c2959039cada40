"""The control socket: what it carries, and how it ends."""

import asyncio
from pathlib import Path

import pytest

from adapters.shell import socket
from adapters.shell.errors import OwnerGone, OwnerUnreachable
from adapters.shell.requests import (
    AnyRequest,
    ChangeMade,
    CommandAnswer,
    CommandRequest,
    ConfirmRequest,
    DrawRequest,
    Events,
    ForgetRequest,
    Problem,
    Progress,
    ShellEvent,
)

COMMAND = CommandRequest(
    id="1", author="shell:ann", workspace="*", name="quotas pause", options={"confirm": True}
)
REQUESTS = [
    DrawRequest(
        id="1", person="shell:ann", name="Ann", text="a fox", options={"variants": 2, "tier": "fast"}
    ),
    COMMAND,
    ConfirmRequest(id="1", author="shell:ann", workspace="*", target="0000000000001"),
    ForgetRequest(id="1", author="shell:ann", person="discord:7"),
]
CHANGE = ChangeMade(verb="set", workspace="*", kind="bot", ref="*", entry=2**60, before=None, after="{}")
ANSWERS: list[list[ShellEvent]] = [
    [Progress(line="queued", progress=None), Progress(line="drawing", progress=0.5), Problem(sentence="no")],
    [CommandAnswer(sentence="Done.", change=CHANGE)],
    [CommandAnswer(title="Shall I?", lines=("a", "b"), rows=(("1", "2"),), confirm="0000000000001")],
    [CommandAnswer(file=("usage.csv", 'a,"ß"\n' * 1_000_000))],  # as large as a chat's message holds
]


async def ask(folder: Path, request: AnyRequest) -> list[ShellEvent]:
    return [event async for event in socket.ask(folder, request)]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.verb)
async def test_a_request_arrives_as_it_was_sent(request_: AnyRequest, tmp_path: Path) -> None:
    arrived: list[AnyRequest] = []

    async def carry_out(request: AnyRequest) -> Events:
        arrived.append(request)
        yield Problem(sentence="no")

    async with socket.serve(tmp_path, carry_out):
        await ask(tmp_path, request_)
    assert arrived == [request_]


@pytest.mark.parametrize("events", ANSWERS)
async def test_events_arrive_as_they_were_sent(events: list[ShellEvent], tmp_path: Path) -> None:
    async def carry_out(_request: AnyRequest) -> Events:
        for event in events:
            yield event

    async with socket.serve(tmp_path, carry_out):
        assert await ask(tmp_path, COMMAND) == events


@pytest.mark.parametrize("depth", [0, 12])
async def test_without_an_owner_nothing_is_asked(depth: int, tmp_path: Path) -> None:
    """Not even where the folder is missing, and its path too long for a socket's address."""
    with pytest.raises(OwnerUnreachable):
        await ask(tmp_path.joinpath(*["missing-folder"] * depth), COMMAND)


async def test_an_owner_that_goes_before_it_answers_is_told_apart(tmp_path: Path) -> None:
    async def carry_out(_request: AnyRequest) -> Events:
        yield Progress(line="drawing", progress=0.5)

    async with socket.serve(tmp_path, carry_out):
        with pytest.raises(OwnerGone):
            await ask(tmp_path, COMMAND)


async def test_what_breaks_on_the_owners_side_is_a_sentence(tmp_path: Path) -> None:
    async def carry_out(_request: AnyRequest) -> Events:
        raise RuntimeError("unplanned")
        yield  # pragma: no cover

    async with socket.serve(tmp_path, carry_out):
        (event,) = await ask(tmp_path, COMMAND)
        assert isinstance(event, Problem)
        reader, writer = await asyncio.open_unix_connection(tmp_path / socket.SOCKET)
        writer.write(b"nonsense\n")
        assert b"could not be read" in await reader.readline()
        writer.close()


async def test_an_answer_that_is_being_told_at_the_end_gets_out(tmp_path: Path) -> None:
    ends = asyncio.Event()
    is_open = True

    async def carry_out(_request: AnyRequest) -> Events:
        asked.set_result(None)
        await ends.wait()
        await asyncio.sleep(0)  # as the sums of a drawing are looked up
        yield CommandAnswer(sentence="Drawn." if is_open else "the ledger is closed")

    asked = asyncio.get_running_loop().create_future()
    async with socket.serve(tmp_path, carry_out):
        asking = asyncio.create_task(ask(tmp_path, COMMAND))
        await asked
        ends.set()
    is_open = False
    assert await asking == [CommandAnswer(sentence="Drawn.")]


async def test_a_request_without_an_answer_holds_the_end_up_no_longer_than_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "ENDING_SECONDS", 0.05)

    async def carry_out(_request: AnyRequest) -> Events:
        asked.set_result(None)
        await asyncio.Event().wait()
        yield Problem(sentence="never")

    asked = asyncio.get_running_loop().create_future()
    async with asyncio.timeout(10), socket.serve(tmp_path, carry_out):
        asking = asyncio.create_task(ask(tmp_path, COMMAND))
        await asked
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
