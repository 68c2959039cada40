"""A circuit breaker: it switches a key or a model off for a while if the gateway refuses it to everyone.

Libraries for this count failures in a row; here one refusal that names its cause is enough. When the while is
over, one caller tries for all.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class _Off:
    since: float
    until: float
    trying: bool = False


class CircuitBreaker:
    """Named switches. Each is on; off until a time; or on trial, while one caller tries it for all.

    `clock` returns seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._off: dict[str, _Off] = {}

    @property
    def off(self) -> int:
        """The number of switches that are off or on trial."""
        return len(self._off)

    def is_off(self, name: str) -> bool:
        """Return True if nobody may use it at present."""
        off = self._off.get(name)
        # Before `since` the clock was set back, and nobody knows how long it has been off.
        return off is not None and (off.trying or off.since <= self._clock() < off.until)

    def enter(self, *names: str) -> frozenset[str] | None:
        """Ask to use all of these. Return None if one is off, else those that this caller tries for all.

        Hand the names on trial to `leave` afterwards.
        """
        if any(self.is_off(name) for name in names):
            return None
        on_trial = frozenset(name for name in names if name in self._off)
        for name in on_trial:
            self._off[name].trying = True
        return on_trial

    def leave(self, on_trial: frozenset[str], *, worked: bool) -> None:
        """End a trial: switch on again if it worked, else let the next caller try once the time comes.

        What was switched off again meanwhile stays off.
        """
        for name in on_trial:
            off = self._off.get(name)
            if off is not None and off.trying and worked:
                del self._off[name]
            elif off is not None:
                off.trying = False

    def turn_off(self, name: str, seconds: float) -> bool:
        """Switch off for so many seconds. Return True if it was on, which is news for the operator."""
        was_on = name not in self._off
        now = self._clock()
        self._off[name] = _Off(now, now + seconds)
        return was_on
