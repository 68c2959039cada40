"""A command that goes away before its pictures come: its person's next one brings them."""

import asyncio
from pathlib import Path

from tests.bot.running_bot import until
from tests.contract.backend import Backend
from tests.contract.shell import Shell


async def test_the_next_command_brings_the_pictures_that_nobody_waited_for(tmp_path: Path) -> None:
    shell = Shell(Backend(tmp_path, images=400, in_flight=8))
    await shell.open()
    try:
        painter = shell.backend.painter
        painter.gate.clear()
        await shell.ask("ann", "a red fox")
        await until(lambda: bool(painter.orders))
        (command,) = shell._commands
        command.cancel()
        await asyncio.gather(command, return_exceptions=True)
        await until(lambda: not shell._adapter._listeners)
        painter.gate.set()
        await shell.wait_until_done()
        assert len(await shell.backend.ledger.waiting.list_all()) == 1
        await shell.ask("bob", "a grey owl -n 1")
        await shell.wait_until_done()
        assert "earlier" not in (await shell.messages("bob"))[-1].text
        painter.gate.clear()
        await shell.ask("ann", "a blue fox -n 1")
        await shell.backend.until(shell.backend.nothing_waits)
        painter.gate.set()
        await shell.wait_until_done()
        (_, line) = await shell.messages("ann")
        assert line.text.count("From an earlier request that you did not wait for: ") == 4
        assert len(list((tmp_path / "out").iterdir())) == 4 + 1 + 1
        assert await shell.backend.images_charged("ann") == 5
    finally:
        shell.backend.painter.gate.set()
        await shell.close()
