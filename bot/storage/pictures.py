"""Storage for drawn pictures: the PictureStore protocol, and a folder that implements it."""

import errno
import os
import re
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from bot.painters.port import Drawing
from bot.storage.threads import DaemonThreads
from quotas.store.private import make_private_folder, open_private

# Seconds for one call of a store: a disk takes milliseconds, and a network file system that hangs never ends.
PATIENCE = 10.0
AT_ONCE = 8  # threads: more of them do not make a disk faster
_TRIED_BYTES = 4096  # one block: an empty file needs none, and fits on a disk that is full

_PART = ".part"  # the ending of a file that is being written
SHEET = "s"  # the name of a comparison's sheet among the pictures of its job
_ID = "[0-7][0-9A-HJKMNP-TV-Z]{12}"  # see quotas/ids.py
_JOB = re.compile(_ID)
_KEY = re.compile(rf"({_ID})-([0-9]{{1,2}}|r[1-4]|m|s)\.(jpeg|png|webp)")
# By errno: the cause, and the fix. https://man7.org/linux/man-pages/man3/errno.3.html
_FAULTS = {
    errno.ENOSPC: ("the disk is full", "free some space or inodes, or move the folder to a larger disk"),
    errno.EDQUOT: ("the disk quota is used up", "raise the quota of this account, or free some space"),
    errno.EROFS: ("the file system is read-only", "mount it writable; the system log may say why it is not"),
    errno.EACCES: ("this account may not write there", "give the folder to the account that runs imagine"),
    errno.EPERM: ("this account may not write there", "give the folder to the account that runs imagine"),
    errno.ENOENT: ("the folder is missing", "mount or make it again"),
    errno.ENOTDIR: ("a file stands where the folder should be", "move that file elsewhere"),
    errno.EEXIST: ("a file stands where the folder should be", "move that file elsewhere"),
    errno.EIO: ("the disk fails to read or write", "look at the disk and the system log"),
    errno.ESTALE: ("the network file system lost the folder", "mount it again"),
    errno.ETIMEDOUT: ("it does not answer", "look at the disk, or at the network file system"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreProblem:
    """A reason why pictures cannot be stored, for the operator. `where`: the folder, or another place."""

    where: str
    cause: str
    fix: str


@dataclass(frozen=True, slots=True)
class Room:
    """The answer of a store that can be written to. `free`: bytes; None if nobody knows."""

    free: int | None


class PictureStore(Protocol):
    """Bytes by key. A key holds the job's id, and nothing that a person typed.

    Methods that raise OSError do so within a bounded time. If the store hangs, it is a TimeoutError.
    `where`: the place of the pictures, for the operator.
    """

    where: str

    async def put(self, job: str, drawings: tuple[Drawing, ...]) -> list[str]:
        """Store a job's pictures durably under `keys_of`; return these keys. Raises OSError if that fails."""
        ...

    async def put_reference(self, job: str, name: str, drawing: Drawing) -> str:
        """Store one picture that a job draws from durably; return its key. Raises OSError if that fails.

        `name`: "r1" to "r4", or "m" for the mask.
        """
        ...

    async def get(self, key: str) -> bytes | None:
        """Return a picture, or None if it is not kept. Raises OSError."""
        ...

    async def delete(self, jobs: Collection[str]) -> None:
        """Delete all pictures of these jobs; a job without any is no error. Raises OSError."""
        ...

    async def list_sent(self, before: str) -> list[str]:
        """List the ids up to `before` under which there are pictures to draw from. Raises OSError."""
        ...

    async def look(self) -> Room | StoreProblem:
        """Try to write as `put` does, and look how much more fits. Leaves nothing behind."""
        ...


class FolderStore:
    """Pictures as files, in one subfolder for about every nine hours (job ids begin with their time)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.where = str(folder)
        self._threads = DaemonThreads(AT_ONCE)

    async def put(self, job: str, drawings: tuple[Drawing, ...]) -> list[str]:
        return await self._threads.run(partial(self._put, job, keys_of(job, drawings), drawings), PATIENCE)

    async def put_reference(self, job: str, name: str, drawing: Drawing) -> str:
        keys = [f"{job}-{name}.{drawing.format}"]
        return (await self._threads.run(partial(self._put, job, keys, (drawing,)), PATIENCE))[0]

    async def get(self, key: str) -> bytes | None:
        path = self.path(key)
        return None if path is None else await self._threads.run(partial(_read, path), PATIENCE)

    async def delete(self, jobs: Collection[str]) -> None:
        await self._threads.run(partial(self._delete, frozenset(jobs)), PATIENCE)

    async def list_sent(self, before: str) -> list[str]:
        return await self._threads.run(partial(self._list_sent, before), PATIENCE)

    async def look(self) -> Room | StoreProblem:
        try:
            return Room(await self._threads.run(self._look, PATIENCE))
        except OSError as error:
            return explain(self.where, error)

    def path(self, key: str) -> Path | None:
        """Return the path of a key's file, or None if it is no key: no text from outside becomes a path."""
        return self.folder / key[:4] / key if _KEY.fullmatch(key) else None

    def _put(self, job: str, keys: list[str], drawings: tuple[Drawing, ...]) -> list[str]:
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

    def _list_sent(self, before: str) -> list[str]:
        """Count the parts of files, too, which a process leaves that is killed while it writes."""
        subfolders = [each for each in _list(self.folder) if each.name <= before[:4] and each.is_dir()]
        names = (path.name.removesuffix(_PART) for each in subfolders for path in _list(each))
        keys = filter(None, map(_KEY.fullmatch, names))
        sent = {key[1] for key in keys if not _is_shown(key[2])}
        return sorted(job for job in sent if job <= before)

    def _look(self) -> int | None:
        """Write a block to the disk; return the bytes that this account may still write, if that is known.

        The file has no name, so that a process that is killed leaves none.
        """
        make_private_folder(self.folder)
        with tempfile.TemporaryFile(dir=self.folder) as file:
            file.write(bytes(_TRIED_BYTES))
            file.flush()
            os.fsync(file.fileno())
        disk = os.statvfs(self.folder)
        return disk.f_bavail * disk.f_frsize if disk.f_blocks else None  # some network disks do not tell


def keys_of(job: str, drawings: Sequence[Drawing]) -> list[str]:
    """Return the keys under which a job's pictures are stored, in their order."""
    return [f"{job}-{number}.{drawing.format}" for number, drawing in enumerate(drawings, start=1)]


def read_key(key: str) -> tuple[str, int]:
    """Return the job of a key, and the place of its picture, from 0 on.

    Return ("", 0) for what is no key of a drawn picture.
    """
    match = _KEY.fullmatch(key)
    return (match[1], int(match[2]) - 1) if match and match[2].isdigit() else ("", 0)


def is_shown(key: str) -> bool:
    """Return whether a key is of a picture for people: drawn, or the sheet of a comparison."""
    match = _KEY.fullmatch(key)
    return match is not None and _is_shown(match[2])


def _is_shown(name: str) -> bool:
    return name.isdigit() or name == SHEET


def explain(where: str, error: OSError) -> StoreProblem:
    """Put an error of the file system in words for the operator."""
    number = errno.ETIMEDOUT if isinstance(error, TimeoutError) else error.errno
    usual = error.strerror or type(error).__name__, "look at the folder and the system log"
    cause, fix = _FAULTS.get(number or 0, usual)
    return StoreProblem(where=where, cause=cause, fix=fix)


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
    return path.with_suffix(path.suffix + _PART)


def _unlink(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
