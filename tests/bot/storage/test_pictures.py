"""The folder of pictures: only its own keys are paths, and a stored picture is on the disk."""

import os
import stat
from pathlib import Path

import pytest

from bot.painters.port import Drawing
from bot.storage.pictures import FolderStore

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
