"""Memory that large pieces took goes back to the system, where the C library is glibc."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# A piece let go of teaches glibc to take the next of its size from a heap of its own, and to keep that.
TRIED = """
import ctypes
from bot.app import malloc

class Figures(ctypes.Structure):  # mallinfo2(3)
    _fields_ = [(str(at), ctypes.c_size_t) for at in range(4)]
    _fields_ += [("hblkhd", ctypes.c_size_t)]  # bytes that are the kernel's own
    _fields_ += [(str(at), ctypes.c_size_t) for at in range(5, 10)]

libc = ctypes.CDLL(None)
if not hasattr(libc, "mallinfo2"):
    print("no glibc to ask")
    raise SystemExit
libc.mallinfo2.restype = Figures
ours = lambda: libc.mallinfo2().hblkhd
assert malloc.give_back()
before, size = ours(), 3 << 19
bytearray(size)
picture = bytearray(size)
assert ours() - before >= size
del picture
print(ours() - before)
"""


def test_what_a_picture_took_goes_back_at_once() -> None:
    done = subprocess.run(
        [sys.executable, "-c", TRIED], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.stdout.startswith("no glibc"):
        pytest.skip("no glibc that could be asked what it holds")
    assert (done.returncode, done.stdout.strip()) == (0, "0"), done.stderr
