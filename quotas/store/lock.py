"""The owner of a data folder: the one process that writes the ledger and recovers jobs."""

import fcntl
import os
from io import TextIOWrapper
from pathlib import Path

from quotas.store.errors import LedgerUnavailable
from quotas.store.private import make_private_folder, open_private

LOCK_FILE = "imagine.lock"


class OwnerLock:
    """A lock on a data folder. The kernel releases it when the process ends, in any way.

    The file stays when the lock is released. If it were deleted, another process could hold a lock on the old
    file while a third one makes and locks a new file.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: TextIOWrapper | None = None

    def acquire(self) -> bool:
        """Take the lock without waiting, and write the process id into it. False: another process has it.

        Makes the folder if needed. Raises LedgerUnavailable if the folder cannot be used.
        """
        if self._file is not None:
            return True
        make_folder(self._folder)
        try:
            handle = open_private(self._folder / LOCK_FILE, os.O_RDWR | os.O_APPEND)
            file = os.fdopen(handle, "a+", encoding="ascii")
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
        """Release the lock, if it is held."""
        if self._file is not None:
            self._file.close()
            self._file = None


def make_folder(folder: Path) -> None:
    """Make the data folder with mode 700, unless it exists. Raises LedgerUnavailable."""
    try:
        make_private_folder(folder)
    except OSError as error:
        raise LedgerUnavailable(
            f"the folder {folder} cannot be made ({os.strerror(error.errno or 0)})"
        ) from error
