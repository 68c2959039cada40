"""The exit codes, and which outcome gives which."""

from enum import IntEnum


class Exit(IntEnum):
    """What the exit code says."""

    DONE = 0
    FAILED = 1
    INPUT = 2
    REFUSED = 3
    UNKNOWN = 4


_EXITS = {
    "delivered": Exit.DONE,
    "input": Exit.INPUT,
    "allowance": Exit.REFUSED,
    "policy": Exit.REFUSED,
    "refused": Exit.REFUSED,
    "unknown": Exit.UNKNOWN,
}


def exit_of(why: str) -> Exit:
    return _EXITS.get(why, Exit.FAILED)
