"""Job ids: 63 bits, ordered by time, made by us, so that one id serves row, log line and gateway key."""

import secrets
import threading
import time

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O or U to misread
_LENGTH = 13  # 13 x 5 bits hold 63
_RANDOM_BITS = 20
_lock = threading.Lock()
_last = 0


def new_id() -> int:
    """A fresh id, larger than every id this process made before (milliseconds, then random bits)."""
    global _last
    with _lock:
        moment = (time.time_ns() // 1_000_000) << _RANDOM_BITS
        _last = max(moment + secrets.randbits(_RANDOM_BITS), _last + 1)
        return _last


def id_at(moment: float) -> int:
    """The smallest id that could have been made at `moment` (unix seconds)."""
    return int(moment * 1_000) << _RANDOM_BITS


def id_text(number: int) -> str:
    """The id as people read and type it: 13 characters."""
    digits = [_ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(_LENGTH))]
    return "".join(digits)


def id_number(text: str) -> int:
    """Read an id back, forgiving case and the look-alikes O, I and L. Raises ValueError."""
    plain = text.strip().upper().replace("O", "0").replace("I", "1").replace("L", "1")
    if len(plain) != _LENGTH or any(letter not in _ALPHABET for letter in plain):
        raise ValueError(f"{text!r} is not a job's id")
    number = 0
    for letter in plain:
        number = number * 32 + _ALPHABET.index(letter)
    if number >= 1 << 63:
        raise ValueError(f"{text!r} is not a job's id")
    return number
