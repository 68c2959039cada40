"""Storage for drawn pictures: the PictureStore protocol, and a folder that implements it."""

import asyncio
import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from bot.painters.port import Drawing
from bot.tasks import in_drawing_thread
from quotas.store.private import make_private_folder, open_private

_JOB = re.compile(r"[0-9A-Z]{13}")
_KEY = re.compile(r"[0-9A-Z]{13}-[0-9]{1,2}\.(jpeg|png|webp)")


class PictureStore(Protocol):
    """Bytes by key. A key holds the job's id, and nothing that a person typed."""

    async def put(self, job: str, drawings: tuple[Drawing, ...]) -> list[str]:
        """Store a job's pictures durably; return their keys. Raises OSError if that fails."""
        ...

    async def get(self, key: str) -> bytes | None: ...

    async def delete(self, jobs: Collection[str]) -> None:
        """Delete all pictures of these jobs; a job without any is no error."""
        ...


class FolderStore:
    """Pictures as files, in one subfolder for about every nine hours (job ids begin with their time)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def put(self, job: str, drawings: tuple[Drawing, ...]) -> list[str]:
        return await in_drawing_thread(self._put, job, drawings)

    async def get(self, key: str) -> bytes | None:
        path = self.path(key)
        return None if path is None else await in_drawing_thread(_read, path)

    async def delete(self, jobs: Collection[str]) -> None:
        await asyncio.to_thread(self._delete, frozenset(jobs))

    def path(self, key: str) -> Path | None:
        """Return the path of a key's file, or None if it is no key: no text from outside becomes a path."""
        return self.folder / key[:4] / key if _KEY.fullmatch(key) else None

    def _put(self, job: str, drawings: tuple[Drawing, ...]) -> list[str]:
        keys = [f"{job}-{number}.{drawing.format}" for number, drawing in enumerate(drawings, start=1)]
        subfolder = self.folder / job[:4]
        if not subfolder.exists():
            make_private_folder(self.folder)
            make_private_folder(subfolder)
            _sync(self.folder)
        try:
            for key, drawing in zip(keys, drawings, strict=True):
                _write(subfolder / key, drawing.data)
            _sync(subfolder)
        except OSError:  # a full disk should not keep half a job, which nobody will see
            _unlink([path for key in keys for path in (subfolder / key, _part(subfolder / key))])
            raise
        return keys

    def _delete(self, jobs: frozenset[str]) -> None:
        """Delete by the job, not by the keys in its row, since a killed process may have left more files."""
        for subfolder in {self.folder / job[:4] for job in jobs if _JOB.fullmatch(job)}:
            _unlink([path for path in _list(subfolder) if path.name.partition("-")[0] in jobs])


def _list(subfolder: Path) -> list[Path]:
    try:
        return list(subfolder.iterdir())
    except FileNotFoundError:
        return []


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write(path: Path, data: bytes) -> None:
    """Write a whole file or none. It is on the disk before the ledger has its key."""
    part = _part(path)
    with os.fdopen(open_private(part, os.O_WRONLY | os.O_TRUNC), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _part(path: Path) -> Path:
    return path.with_suffix(path.suffix + ".part")


def _unlink(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
