"""The folder of pictures: only its own keys are paths, and a stored picture is on the disk."""

import asyncio
import errno
import os
import resource
import signal
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.painters.port import Drawing
from bot.storage import pictures
from bot.storage.pictures import FolderStore, Room, StoreProblem, explain
from tests.fakes.disks import small_disk

JOB, OTHER = "1M82NB6YV3FN3", "1M82NB6YV3FN4"


def drawing(data: bytes = b"picture", name: str = "png") -> Drawing:
    return Drawing(data=data, format=name, width=1, height=1)  # type: ignore[arg-type]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


async def test_put_get_delete(tmp_path: Path) -> None:
    folder = FolderStore(tmp_path / "pictures")
    keys = await folder.put(JOB, (drawing(b"one"), drawing(b"two", "jpeg")))
    assert keys == [f"{JOB}-1.png", f"{JOB}-2.jpeg"]
    assert [await folder.get(key) for key in keys] == [b"one", b"two"]
    assert files(tmp_path) == keys, "no part is left lying about"
    (other,) = await folder.put(OTHER, (drawing(b"other"),))
    (folder.folder / JOB[:4] / f"{JOB}-3.png.part").write_bytes(b"left by a process that was killed")
    await folder.delete([JOB, "nonsense"])
    await folder.delete([JOB])
    assert files(tmp_path) == [other]
    assert [await folder.get(key) for key in keys] == [None, None]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
async def test_pictures_are_for_their_owner_alone(tmp_path: Path, umask: int) -> None:
    os.chmod(tmp_path, 0o755)
    before = os.umask(umask)
    try:
        (key,) = await FolderStore(tmp_path / "pictures").put(JOB, (drawing(),))
    finally:
        os.umask(before)
    path = tmp_path / "pictures" / JOB[:4] / key
    modes = [stat.S_IMODE(os.stat(each).st_mode) for each in (path, path.parent, path.parent.parent)]
    assert modes == [0o600, 0o700, 0o700]


async def test_putting_the_same_job_again_changes_nothing(tmp_path: Path) -> None:
    folder = FolderStore(tmp_path)
    await folder.put(JOB, (drawing(b"one"),))
    (key,) = await folder.put(JOB, (drawing(b"one"),))
    assert await folder.get(key) == b"one"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "secret",
        "../secret",
        f"{JOB}-1.png/../../secret",
        f"../{JOB}-1.png",
        f"{JOB}-1.png\n",
        f"{JOB}-1.png\x00",
        f"{JOB}-1.gif",
        f"{JOB}-.png",
        f"{JOB}-100.png",
        f"{JOB.lower()}-1.png",
        f"{JOB[:-1]}/-1.png",
        f"{JOB}-１.png",
    ],
)
async def test_a_text_that_is_no_key_is_no_path(tmp_path: Path, key: str) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    folder = FolderStore(tmp_path / "pictures")
    assert folder.path(key) is None
    assert await folder.get(key) is None
    await folder.delete([key, "../secret", "secret"])
    assert (tmp_path / "secret").exists()


async def test_everything_is_synced_before_put_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced, real = [], os.fsync

    def fsync(handle: int) -> None:
        synced.append(Path(os.readlink(f"/proc/self/fd/{handle}")).relative_to(tmp_path))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    await FolderStore(tmp_path).put(JOB, (drawing(), drawing()))
    subfolder = Path(JOB[:4])
    assert synced == [Path("."), subfolder / f"{JOB}-1.png.part", subfolder / f"{JOB}-2.png.part", subfolder]


async def test_a_disk_that_fills_up_keeps_no_half_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = os.fsync, []

    def fsync(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match="No space"):
        await FolderStore(tmp_path).put(JOB, (drawing(), drawing()))
    assert len(calls) == 3
    assert files(tmp_path) == []


async def test_a_look_tells_the_room_and_leaves_nothing(tmp_path: Path) -> None:
    folder = FolderStore(tmp_path / "pictures")
    answer = await folder.look()
    assert isinstance(answer, Room)
    disk = os.statvfs(tmp_path)
    assert answer.free == pytest.approx(disk.f_bavail * disk.f_frsize, rel=0.2)
    assert list((tmp_path / "pictures").iterdir()) == []


async def test_a_look_at_a_full_disk_names_it(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 1) as disk:
        (disk / "room").write_bytes(bytes(500_000))
        folder = FolderStore(disk / "pictures")
        assert isinstance(await folder.look(), Room)
        with pytest.raises(OSError, match="No space"):
            (disk / "fill").write_bytes(bytes(1_000_000))
        answer = await folder.look()
        assert answer == StoreProblem(
            where=str(disk / "pictures"), cause="the disk is full", fix=explain("", _full()).fix
        )
        with pytest.raises(OSError, match="No space"):
            await folder.put(JOB, (drawing(bytes(10_000)),))
        (disk / "room").unlink()
        assert isinstance(await folder.look(), Room)
        await folder.put(JOB, (drawing(bytes(10_000)),))


def _full() -> OSError:
    return OSError(errno.ENOSPC, "No space left on device")


async def test_a_look_at_a_disk_that_is_read_only_names_it(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 1, "ro") as disk:
        answer = await FolderStore(disk / "pictures").look()
    assert isinstance(answer, StoreProblem)
    assert answer.cause == "the file system is read-only"


async def test_a_look_at_a_file_in_place_of_the_folder_names_it(tmp_path: Path) -> None:
    (tmp_path / "pictures").write_text("a file")
    for folder in (tmp_path / "pictures", tmp_path / "pictures" / "below"):
        answer = await FolderStore(folder).look()
        assert isinstance(answer, StoreProblem)
        assert answer.cause == "a file stands where the folder should be"


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Let every file be at most `size` bytes, as a quota would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


async def test_a_file_that_may_not_grow_keeps_no_half_picture(tmp_path: Path) -> None:
    folder = FolderStore(tmp_path / "pictures")
    with file_size_limit(50_000), pytest.raises(OSError, match="File too large"):
        await folder.put(JOB, (drawing(b"small"), drawing(bytes(100_000))))
    assert files(tmp_path) == []


async def test_a_disk_that_hangs_is_given_up_and_stops_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "PATIENCE", 0.05)
    go_on, real = threading.Event(), os.fsync

    def hang(handle: int) -> None:
        go_on.wait(30)
        real(handle)

    monkeypatch.setattr(os, "fsync", hang)
    folder, before = FolderStore(tmp_path / "pictures"), set(threading.enumerate())
    try:
        async with asyncio.timeout(10):  # a tenth of a second, on a machine that has time
            looks = await asyncio.gather(*(folder.look() for _ in range(3 * pictures.AT_ONCE)))
        causes = {answer.cause for answer in looks if isinstance(answer, StoreProblem)}
        assert (len(looks), causes) == (3 * pictures.AT_ONCE, {"it does not answer"})
        assert len(set(threading.enumerate()) - before) <= pictures.AT_ONCE
        with pytest.raises(TimeoutError):
            await folder.put(JOB, (drawing(),))
        assert await asyncio.to_thread(int, "7") == 7, "the loop's own threads are free"
    finally:
        go_on.set()
    monkeypatch.setattr(pictures, "PATIENCE", 10.0)
    assert isinstance(await folder.look(), Room), "its threads serve again"


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "the disk quota is used up"),
        (OSError(errno.EIO, "Input/output error"), "the disk fails to read or write"),
        (PermissionError(errno.EACCES, "Permission denied"), "this account may not write there"),
        (TimeoutError(), "it does not answer"),
        (OSError(errno.EMFILE, "Too many open files"), "Too many open files"),
        (OSError("odd"), "OSError"),
    ],
)
def test_each_error_has_a_cause_and_a_fix(error: OSError, cause: str) -> None:
    problem = explain("/pictures", error)
    assert (problem.where, problem.cause) == ("/pictures", cause)
    assert problem.fix
