"""With glibc, the memory of large pieces goes back to the system."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# After a piece is freed, glibc takes the next one of that size from its own heap, and keeps the memory.
SCRIPT = """
import ctypes
from bot.app import malloc

class Figures(ctypes.Structure):  # mallinfo2(3)
    _fields_ = [(str(at), ctypes.c_size_t) for at in range(4)]
    _fields_ += [("hblkhd", ctypes.c_size_t)]  # bytes mapped from the kernel
    _fields_ += [(str(at), ctypes.c_size_t) for at in range(5, 10)]

libc = ctypes.CDLL(None)
if not hasattr(libc, "mallinfo2"):
    print("no glibc to ask")
    raise SystemExit
libc.mallinfo2.restype = Figures
mapped = lambda: libc.mallinfo2().hblkhd
assert malloc.give_back()
before, size = mapped(), 3 << 19
bytearray(size)
picture = bytearray(size)
assert mapped() - before >= size
del picture
print(mapped() - before)
"""


def test_a_pictures_memory_goes_back_at_once() -> None:
    process = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if process.stdout.startswith("no glibc"):
        pytest.skip("no glibc that has mallinfo2")
    assert (process.returncode, process.stdout.strip()) == (0, "0"), process.stderr
