"""Ids of 63 bits, ordered by time. A job's id is also its name in log lines and its key at the gateway."""

import secrets
import threading
import time

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O or U to misread
_LENGTH = 13  # 13 x 5 bits hold 63
_RANDOM_BITS = 20
_lock = threading.Lock()
_last = 0


def new_id() -> int:
    """Return a new id, larger than every id that this process made before: milliseconds, then random bits."""
    global _last
    with _lock:
        moment = (time.time_ns() // 1_000_000) << _RANDOM_BITS
        _last = max(moment + secrets.randbits(_RANDOM_BITS), _last + 1)
        return _last


def id_at(moment: float) -> int:
    """Return the smallest id that could be made at `moment` (unix seconds)."""
    return int(moment * 1_000) << _RANDOM_BITS


def id_text(number: int) -> str:
    """Return the id as people read and type it: 13 characters."""
    digits = [_ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(_LENGTH))]
    return "".join(digits)


def id_number(text: str) -> int:
    """Read an id in any case, with O, I and L for 0, 1 and 1. Raises ValueError."""
    plain = text.strip().upper().replace("O", "0").replace("I", "1").replace("L", "1")
    if len(plain) != _LENGTH or any(letter not in _ALPHABET for letter in plain):
        raise ValueError(f"{text!r} is not a job's id")
    number = 0
    for letter in plain:
        number = number * 32 + _ALPHABET.index(letter)
    if number >= 1 << 63:
        raise ValueError(f"{text!r} is not a job's id")
    return number
