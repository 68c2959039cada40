"""The composition root: what a shell is told where the ledger cannot serve."""

from typing import Any, cast

from adapters.shell.requests import AnyRequest, Events, ForgetRequest, Problem
from bot.app.run import RunningApp
from quotas.store.errors import LedgerUnavailable


class FullDisk:
    """A shell whose requests reach a ledger that cannot write."""

    async def carry_out(self, _core: Any, _request: AnyRequest) -> Events:
        raise LedgerUnavailable("the disk is full")
        yield  # pragma: no cover


async def test_a_ledger_that_cannot_serve_is_a_sentence() -> None:
    nothing = cast(Any, None)
    app = RunningApp(core=nothing, shell=cast(Any, FullDisk()), services=nothing, platforms=None)
    request = ForgetRequest(id="1", author="shell:ann", person="discord:7")
    assert [event async for event in app.answer(request)] == [Problem(sentence="the disk is full")]
