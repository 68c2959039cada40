"""How this process gives memory back: a word to glibc, where glibc is what there is.

Left alone, glibc learns from the first picture that is let go of to keep such pieces to itself, in a heap per
thread; the gaps between what else lives there then cost more than the pictures. Python has no say in this.

This module stands alone because it is the only one that calls the C library.
"""

import ctypes

SPARE = 8 * 1024 * 1024  # bytes that a heap's end keeps, so that small pieces do not make it come and go
_TRIM_THRESHOLD = -1  # mallopt(3): once it is set, nothing is learnt; pieces above 128 KiB stay the kernel's


def give_back() -> bool:
    """From now on, give back what large pieces took. False: another C library, which is left alone."""
    try:
        libc = ctypes.CDLL(None)
        _ = libc.gnu_get_libc_version
        return bool(libc.mallopt(_TRIM_THRESHOLD, SPARE))
    except (AttributeError, OSError, TypeError):  # Windows takes no None
        return False
