"""Where drawn pictures are kept until their time is over: a Protocol, and a folder that fulfils it."""

import asyncio
import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from bot.painters.port import Drawing

_JOB = re.compile(r"[0-9A-Z]{13}")
_KEY = re.compile(r"[0-9A-Z]{13}-[0-9]{1,2}\.(jpeg|png|webp)")


class Store(Protocol):
    """Keeps bytes by key. A key holds the job's id, and nothing a person typed."""

    async def put(self, job: str, drawings: tuple[Drawing, ...]) -> list[str]:
        """Keep a job's pictures durably; returns their keys. Raises OSError when they could not be kept."""
        ...

    async def get(self, key: str) -> bytes | None: ...

    async def drop(self, jobs: Collection[str]) -> None:
        """Take away everything that is kept of these jobs; what is gone already is no error."""
        ...


class FolderStore:
    """Pictures as files, a folder for every nine hours or so (ids begin with their time)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def put(self, job: str, drawings: tuple[Drawing, ...]) -> list[str]:
        return await asyncio.to_thread(self._put, job, drawings)

    async def get(self, key: str) -> bytes | None:
        path = self.path(key)
        return None if path is None else await asyncio.to_thread(_read, path)

    async def drop(self, jobs: Collection[str]) -> None:
        await asyncio.to_thread(self._drop, frozenset(jobs))

    def path(self, key: str) -> Path | None:
        """Where a key's file lies, or None for what is no key: nothing from outside becomes a path."""
        return self.folder / key[:4] / key if _KEY.fullmatch(key) else None

    def _put(self, job: str, drawings: tuple[Drawing, ...]) -> list[str]:
        keys = [f"{job}-{number}.{drawing.format}" for number, drawing in enumerate(drawings, start=1)]
        shelf = self.folder / job[:4]
        if not shelf.exists():
            shelf.mkdir(parents=True, exist_ok=True)
            _sync(self.folder)
        try:
            for key, drawing in zip(keys, drawings, strict=True):
                _write(shelf / key, drawing.data)
            _sync(shelf)
        except OSError:  # a full disk should not keep half a job that nobody will be shown
            _unlink([path for key in keys for path in (shelf / key, _part(shelf / key))])
            raise
        return keys

    def _drop(self, jobs: frozenset[str]) -> None:
        """By the job, not by what its row tells: a process that was killed may have left more."""
        for shelf in {self.folder / job[:4] for job in jobs if _JOB.fullmatch(job)}:
            _unlink([path for path in _on(shelf) if path.name.partition("-")[0] in jobs])


def _on(shelf: Path) -> list[Path]:
    try:
        return list(shelf.iterdir())
    except FileNotFoundError:
        return []


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, and on the disk before the ledger says that it is there."""
    part = _part(path)
    with part.open("wb") as file:
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
