"""Pictures that were sent, and that nothing leads to any more: swept a day later, and not before."""

import asyncio
import time

import pytest

from bot.imagine.with_pictures import SAFE_SECONDS, sweep
from bot.port.cards import Accepted
from tests.bot.imagine.test_otherwise import button_of
from tests.bot.imagine.test_with_pictures import fox, stored
from tests.bot.references.pictures import sent
from tests.bot.running_bot import RunningBot, until

LATER = SAFE_SECONDS + 60


async def killed_before_it_was_reserved(running: RunningBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask with two files, and kill the process between the store and the ledger."""

    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr(running.ledger.jobs, "reserve", never)
        asking = asyncio.create_task(running.ask("snow", references=(sent(fox()), sent(fox()))))
        await until(lambda: len(stored(running)) == 2)
        await running.crash()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


async def test_what_a_killed_process_left_is_swept_at_a_start_a_day_later(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    await killed_before_it_was_reserved(running, monkeypatch)
    running.clock.now = time.time() + SAFE_SECONDS - 60
    await running.open()
    await sweep(running.services)
    assert len(stored(running)) == 2, "a request may still be on its way"
    await running.crash()
    part = next((running.folder / "pictures").rglob("*-r1.jpeg"))
    part.with_name(part.name + ".part").write_bytes(b"cut short")
    running.clock.now = time.time() + LATER
    await running.open()
    await until(lambda: stored(running) == [])


async def test_what_a_job_or_a_button_draws_from_stays(running: RunningBot) -> None:
    await running.draw("snow -n 1", references=(sent(fox()),))
    before = stored(running)
    running.clock.now = time.time() + LATER
    button = button_of(await running.ask("rain --fast -n 1", references=(sent(fox()),)))
    assert len(stored(running)) == len(before) + 1
    running.clock.now += SAFE_SECONDS - 1
    await sweep(running.services)
    assert len(stored(running)) == len(before) + 1
    assert isinstance(await running.press("instead", button.target), Accepted)
    await running.finish()
    with_copy = len(stored(running))
    running.clock.now += 2
    await running.ledger.pending.delete_old(0)
    await sweep(running.services)
    assert len(stored(running)) == with_copy - 1, "of the button that is over"
    assert set(before) <= set(stored(running))


async def test_drawn_pictures_and_strange_files_are_never_swept(running: RunningBot) -> None:
    folder = running.folder / "pictures" / "1M82"
    folder.mkdir(parents=True)
    strange = [
        folder / name
        for name in ("1M82NB6YV3FN3-1.png", "1M82NB6YV3FN3-s.png", "UUUUUUUUUUUUU-r1.png", "notes.txt")
    ]
    for path in strange:
        path.write_bytes(b"mine")
    (running.folder / "pictures" / "0000").write_bytes(b"a file, no folder")
    running.clock.now = time.time() + LATER
    await sweep(running.services)
    assert all(path.exists() for path in strange)


async def test_a_store_that_fails_puts_the_sweep_off(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    await killed_before_it_was_reserved(running, monkeypatch)
    running.clock.now = time.time() + LATER
    await running.open()
    await until(lambda: stored(running) == [])
    running.disk.full()
    with pytest.raises(OSError, match="No space"):
        await sweep(running.services)
