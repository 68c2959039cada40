"""Files of the data folder: for their owner alone, whatever the umask, and whoever made the folder.

They hold prompts, names and tokens. A folder that existed before keeps its own mode, since other things may
lie in it; so each of our files and subfolders has mode 600 or 700 by itself.
"""

import contextlib
import os
import stat
from pathlib import Path

FOLDER_MODE, FILE_MODE = 0o700, 0o600
PICTURES = "pictures"  # the subfolder of the drawn pictures
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_private_folder(folder: Path) -> None:
    """Make a folder with mode 700, and its parents with the usual mode; leave one that exists as it is.

    Raises OSError.
    """
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True)
    except FileExistsError:
        if not folder.is_dir():
            raise
    else:
        folder.chmod(FOLDER_MODE)  # the umask may have taken away even the owner's rights


def open_private(path: Path, flags: int) -> int:
    """Open a file, made with mode 600 if it is new, and return its descriptor. Raises OSError."""
    handle = os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    try:
        if stat.S_IMODE(os.fstat(handle).st_mode) != FILE_MODE:
            os.fchmod(handle, FILE_MODE)
    except PermissionError:
        pass  # another account's file that we may write: its mode is theirs
    except BaseException:
        os.close(handle)
        raise
    return handle


def create_private(path: Path) -> None:
    """Make an empty file with mode 600, unless there is one. Raises OSError.

    A database that exists is never opened here: closing it would end the locks that SQLite holds on it in
    this process (https://sqlite.org/howtocorrupt.html, 2.2).
    """
    with contextlib.suppress(FileExistsError):
        os.close(open_private(path, os.O_WRONLY | os.O_EXCL))


def restrict(path: Path) -> None:
    """Take the rights of others away from a file or folder of ours that an earlier version made, if any."""
    with contextlib.suppress(OSError):
        mode = stat.S_IMODE(path.lstat().st_mode)
        if mode & _OTHERS and not path.is_symlink():
            path.chmod(mode & ~_OTHERS)
