"""A setting of glibc that gives the memory of pictures back to the system.

By default, glibc raises its mmap threshold when the first picture is freed, and keeps later ones in a heap
per thread. The gaps between other objects in these heaps then cost more than the pictures, and nothing in
Python changes that.

This module stands alone because it is the only one that calls the C library.
"""

import ctypes

SPARE = 8 * 1024 * 1024  # bytes that the end of a heap keeps; without them, small pieces grow and shrink it
_TRIM_THRESHOLD = -1  # M_TRIM_THRESHOLD of mallopt(3): once set, pieces above 128 KiB stay the kernel's


def give_back() -> bool:
    """Make glibc give back the memory of large pieces from now on. Return False with another C library."""
    try:
        libc = ctypes.CDLL(None)
        _ = libc.gnu_get_libc_version
        return bool(libc.mallopt(_TRIM_THRESHOLD, SPARE))
    except (AttributeError, OSError, TypeError):  # Windows takes no None
        return False
