"""What the gateway has refused for everyone, the key or a model, and when to try it again."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class _Off:
    until: float
    trying: bool = False


class CircuitBreaker:
    """Each name is on; or off until a time; or on trial, when one caller tries it for all.

    `clock` returns seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._off: dict[str, _Off] = {}

    def is_off(self, name: str) -> bool:
        """Nobody may use it just now."""
        off = self._off.get(name)
        return off is not None and (off.trying or self._clock() < off.until)

    def enter(self, *names: str) -> frozenset[str] | None:
        """Ask to use these. None: one is off. Else those on trial here, to be handed to `leave`."""
        if any(self.is_off(name) for name in names):
            return None
        tried = frozenset(name for name in names if name in self._off)
        for name in tried:
            self._off[name].trying = True
        return tried

    def leave(self, tried: frozenset[str], *, worked: bool) -> None:
        """End a trial: on again where it worked, else the next caller may try once the time comes."""
        for name in tried:
            if worked:
                self._off.pop(name, None)
            elif name in self._off:
                self._off[name].trying = False

    def turn_off(self, name: str, seconds: float) -> bool:
        """It was refused. True when it had been on, so that it is said once."""
        news = name not in self._off
        self._off[name] = _Off(self._clock() + seconds)
        return news
