"""The guard by itself: its memory, the store that comes back, and the room that it asks for."""

import asyncio
import errno
from pathlib import Path

import pytest

from bot.painters.port import Drawing
from bot.storage import guard
from bot.storage.guard import GuardedStore, largest_job
from bot.storage.pictures import FolderStore
from quotas.catalog import load_catalog
from quotas.ids import id_text
from tests.fakes.store import FaultyStore

JOBS = [id_text(number) for number in range(1, 5)]
MB = 1_000_000


def drawing(size: int) -> Drawing:
    return Drawing(data=bytes(size), format="png", width=1, height=1)


@pytest.fixture
def disk(tmp_path: Path) -> FaultyStore:
    return FaultyStore(FolderStore(tmp_path / "pictures"))


@pytest.fixture
def store(disk: FaultyStore) -> GuardedStore:
    return GuardedStore(disk, job_bytes=MB)


async def test_delivered_pictures_leave_memory_oldest_first_and_others_stay(
    disk: FaultyStore, store: GuardedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "DELIVERED_BYTES", 2 * MB)
    disk.full()
    for job in JOBS:
        await store.put(job, (drawing(MB),))
    for job in JOBS[1:]:
        store.delivered(job)
    assert [store.holds(job) for job in JOBS] == [True, False, True, True]
    disk.fault = 0
    assert await store.try_again()
    assert [store.holds(job) for job in JOBS] == [False] * 4
    assert [await store.has(f"{job}-1.png") for job in JOBS] == [True, False, True, True]


async def test_only_keys_of_its_pictures_are_in_memory(disk: FaultyStore, store: GuardedStore) -> None:
    disk.full()
    (key,) = await store.put(JOBS[0], (drawing(1),))
    assert await store.get(key) == b"\0"
    for other in (f"{JOBS[0]}-0.png", f"{JOBS[0]}-2.png", f"{JOBS[1]}-1.png", "../secret"):
        assert await store.get(other) is None


async def test_a_deletion_that_failed_is_tried_again_and_stops_no_drawing(
    disk: FaultyStore, store: GuardedStore
) -> None:
    (key,) = await store.put(JOBS[0], (drawing(1),))
    disk.fault, disk.hides = errno.EIO, True
    with pytest.raises(OSError, match="Input/output error"):
        await store.delete([JOBS[0]])
    assert await store.try_again(), "people can draw"
    assert await store.get(key) is not None
    disk.fault = 0
    assert await store.try_again()
    assert await store.get(key) is None


async def test_pictures_deleted_while_they_are_stored_at_last_are_gone(
    disk: FaultyStore, store: GuardedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk.full()
    (key,) = await store.put(JOBS[0], (drawing(1),))
    disk.fault = 0
    put = disk.put

    async def slow_put(job: str, drawings: tuple[Drawing, ...]) -> list[str]:
        keys = await put(job, drawings)
        await store.delete([job])
        await put(job, drawings)
        return keys

    monkeypatch.setattr(disk, "put", slow_put)
    assert await store.try_again()
    assert await store.get(key) is None


async def test_a_look_serves_all_that_start_within_a_moment(disk: FaultyStore, store: GuardedStore) -> None:
    admitted = await asyncio.gather(*(store.admit(number) for number in range(50)))
    assert admitted == [True] * 50
    assert disk.looks == 1


async def test_room_counts_what_may_come_and_what_has_come(disk: FaultyStore, store: GuardedStore) -> None:
    changes: list[bool] = []
    store.changed = lambda: changes.append(store.off is None)
    disk.free = guard.LEDGER_BYTES + 2 * MB
    assert [await store.admit(number) for number in (1, 2, 3)] == [True, True, False]
    assert (store.off, changes) == (None, [])
    await store.put(JOBS[0], (drawing(MB // 2),))
    store.leave(1)
    assert changes == [True], "whoever waits may ask again"
    assert await store.admit(3) is False, "half a megabyte is gone"
    store.leave(2)
    assert changes == [True, True]
    assert await store.admit(3) is True


async def test_a_look_that_finds_no_room_for_one_job_switches_drawing_off(
    disk: FaultyStore, store: GuardedStore
) -> None:
    disk.free = guard.LEDGER_BYTES + MB
    assert await store.try_again()
    disk.free -= 1
    assert not await store.try_again()
    assert store.off is not None
    assert store.off.where == disk.where
    disk.free = None
    assert await store.try_again()


def test_the_largest_job_is_four_pictures_that_do_not_compress() -> None:
    assert largest_job(load_catalog()) >= 4 * 1536 * 1024 * 4
