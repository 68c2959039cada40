"""Small real disks in memory. They need root on Linux; elsewhere their tests are skipped, with the reason."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, megabytes: int, mode: str = "rw") -> Iterator[Path]:
    """Mount a disk of so many MiB at `folder`. `mode`: "rw" or "ro"."""
    folder.mkdir(parents=True)
    options = f"size={megabytes}m,{mode}"
    try:
        mount = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, check=False
        )
    except OSError as error:
        pytest.skip(f"no small disk can be mounted here: {error.strerror}")
    if mount.returncode:
        pytest.skip(f"no small disk can be mounted here: {mount.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
