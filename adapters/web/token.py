"""The operator's token, and the pace at which it may be guessed."""

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web
from cachetools import LRUCache

from adapters.common.seldom import Seldom
from adapters.web.peers import is_from_here, peer

PEERS = 1_024  # senders whose wrong tokens are counted; whoever guessed longest ago is forgotten first


class TooManyGuesses(Exception):
    """A token that is not looked at, since too many before were wrong. `seconds`: until one is again."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"too many wrong tokens; again in {seconds:.0f} s")
        self.seconds = seconds


@dataclass(slots=True)
class _Bucket:
    """Guesses, which come back with time. `burst`: the most; `seconds`: until another one comes back."""

    burst: int
    seconds: float
    spent: float = 0.0
    at: float = 0.0

    def wait(self, now: float) -> float:
        """Return the seconds until one guess is left; 0 if there is one."""
        self.spent = max(0.0, self.spent - (now - self.at) / self.seconds)
        self.at = now
        return max(0.0, self.spent + 1 - self.burst) * self.seconds

    def take(self) -> None:
        self.spent += 1


class Token:
    """The token. Each wrong one costs its sender a guess, and everybody together another.

    One sender has 10 guesses, then one in 3 seconds. All together have 60, then 10 a second, as many senders
    behind one proxy may look like one. Whoever sits at this machine is not held up by the others. A browser
    that is signed in shows a cookie, which cannot be guessed, so that nothing holds it up.
    """

    def __init__(self, secret: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.secret = secret
        self._clock = clock
        self._total = _Bucket(burst=60, seconds=0.1)
        self._peers: LRUCache[str, _Bucket] = LRUCache(PEERS)
        self._wrong = Seldom("web.wrong_token", clock)  # the line never holds one

    def is_right(self, text: str, request: web.Request) -> bool:
        """Compare in constant time what a request sent. Raises TooManyGuesses without looking at it."""
        now, sender = self._clock(), peer(request)
        own = self._peers.get(sender) or _Bucket(burst=10, seconds=3.0)
        buckets = [own] if is_from_here(request) else [own, self._total]
        if seconds := max(bucket.wait(now) for bucket in buckets):
            self._wrong.warn(sender=sender)
            raise TooManyGuesses(seconds)
        if is_equal(text, self.secret):
            return True
        for bucket in buckets:
            bucket.take()
        self._peers[sender] = own
        self._wrong.warn(sender=sender)
        return False


def is_equal(text: str, expected: str) -> bool:
    """Compare in constant time. `text` may hold what is no UTF-8, which arrives as lone surrogates."""
    return hmac.compare_digest(text.encode(errors="surrogatepass"), expected.encode())
