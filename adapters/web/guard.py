"""The guard of the pages: only their own scripts may call them, on this machine or with the token."""

import hashlib
import hmac
import math

from aiohttp import web

from adapters.web.peers import came_through_proxy, is_same_origin, is_secure
from adapters.web.token import Token, TooManyGuesses, is_equal
from bot.hosts import is_loopback

COOKIE = "imagine_web"
SHUT = (
    "This page is shut, because others may reach it. To open it, set IMAGINE_WEB_TOKEN to a long secret "
    "(make one with: openssl rand -hex 24), start the bot again, and sign in with it."
)
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class RequestError(Exception):
    """A request that is refused. `status`: the HTTP status; `sentence`: the reason, for the sender.

    `retry_after`: the seconds after which it may be sent again; 0 if that does not help.
    """

    def __init__(self, status: int, sentence: str, *, retry_after: int = 0) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.headers = {"Retry-After": str(retry_after)} if retry_after else {}


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Set HEADERS on a response, on error responses too (a signal of aiohttp)."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


class Guard:
    """Checks the Host (against DNS rebinding), the Origin (against other sites' scripts) and the token.

    Without a token it lets in nobody whom a proxy led here.
    Raises ValueError if other machines can reach the host and there is no token.
    """

    def __init__(self, host: str, token: Token | None) -> None:
        if token is None and not is_loopback(host):
            raise ValueError(
                f"The playground would be open to everyone who can reach {host or 'this machine'}. "
                "Set IMAGINE_WEB_TOKEN to a long secret, or IMAGINE_WEB_HOST to 127.0.0.1."
            )
        self._host = host
        self._token = token

    def check(self, request: web.Request, port: int) -> None:
        """Raise RequestError for a Host that is not ours, and for a POST that is not from our own page."""
        if self._token is None and came_through_proxy(request):
            raise RequestError(403, SHUT)
        if not self._is_ours(request.headers.get("Host", ""), port):
            raise RequestError(403, "This address is not the playground's own.")
        if request.method not in ("GET", "HEAD") and not is_same_origin(request):
            raise RequestError(403, "Only the playground's own page may do this.")

    def require_sign_in(self, request: web.Request) -> None:
        """Raise RequestError if a token is needed and its cookie is missing."""
        if not self.is_signed_in(request):
            raise RequestError(401, "Sign in first: reload the page.")

    def is_signed_in(self, request: web.Request) -> bool:
        """Return True if the request carries the token's cookie, or if there is no token."""
        return self._token is None or is_equal(request.cookies.get(COOKIE, ""), _cookie(self._token))

    def is_token(self, text: str, request: web.Request) -> bool:
        """Return True if a request sent the right token. Raises RequestError after too many wrong ones."""
        try:
            return self._token is not None and self._token.is_right(text, request)
        except TooManyGuesses as error:
            seconds = math.ceil(error.seconds)
            sentence = f"There were too many wrong tokens. Try again in {seconds} s."
            raise RequestError(429, sentence, retry_after=seconds) from error

    def sign_in(self, request: web.Request, response: web.Response) -> None:
        """Set the token's cookie on a response, which lets this browser in from then on."""
        assert self._token is not None
        value, secure = _cookie(self._token), is_secure(request)
        response.set_cookie(COOKIE, value, httponly=True, samesite="Strict", secure=secure)

    def _is_ours(self, host: str, port: int) -> bool:
        if self._token is not None:
            return bool(host)  # any name may lead here, and the token's cookie belongs to one name only
        own = f"[{self._host}]" if ":" in self._host else self._host
        names = {"127.0.0.1", "localhost", "[::1]", own}
        return host.lower() in {f"{name}:{port}" for name in names} | (names if port == 80 else set())


def _cookie(token: Token) -> str:
    return hmac.new(token.secret.encode(), b"playground", hashlib.sha256).hexdigest()
