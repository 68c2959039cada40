"""One process owns a data folder: only it writes the ledger and recovers jobs."""

import fcntl
import os
from io import TextIOWrapper
from pathlib import Path

from quotas.store.errors import LedgerUnavailable

LOCK_FILE = "imagine.lock"


class OwnerLock:
    """A lock on a data folder. The kernel drops it with the process, however that ends.

    The file stays when the lock is released: another process may just have locked it, and a third would then
    make and lock a new one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: TextIOWrapper | None = None

    def acquire(self) -> bool:
        """Take the lock without waiting, and write our process id for people to read. False: another has it.

        Makes the folder if needed. Raises LedgerUnavailable where the folder cannot be used.
        """
        if self._file is not None:
            return True
        make_folder(self._folder)
        try:
            file = (self._folder / LOCK_FILE).open("a+", encoding="ascii")
        except OSError as error:
            raise LedgerUnavailable(
                f"the folder {self._folder} cannot be locked ({error.strerror})"
            ) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file
        return True

    def release(self) -> None:
        """Let the folder go. Harmless when it is not held."""
        if self._file is not None:
            self._file.close()
            self._file = None


def make_folder(folder: Path) -> None:
    """Make the data folder, for its owner alone, unless it is there. Raises LedgerUnavailable."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerUnavailable(
            f"the folder {folder} cannot be made ({os.strerror(error.errno or 0)})"
        ) from error
