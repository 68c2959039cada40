"""Who may talk to the playground: only its own page, from this machine or with the token."""

import hashlib
import hmac
import ipaddress
from urllib.parse import urlsplit

from aiohttp import web

COOKIE = "imagine_web"
_EVERYWHERE = ("", "0.0.0.0", "::")
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
    """A request that is turned away with an HTTP status and a sentence for whoever sent it."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


def is_loopback(host: str) -> bool:
    """Whether only programs on this machine can reach a server bound to `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """What every answer carries, errors included (a signal of aiohttp)."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


class Guard:
    """Checks Host (DNS rebinding), Origin (other sites' forms and scripts) and the token.

    Raises ValueError for a host that others can reach, without a token.
    """

    def __init__(self, host: str, token: str | None) -> None:
        if not token and not is_loopback(host):
            raise ValueError(
                f"The playground would be open to everyone who can reach {host or 'this machine'}. "
                "Set IMAGINE_WEB_TOKEN to a long secret, or IMAGINE_WEB_HOST to 127.0.0.1."
            )
        self._host = host
        self._token = token

    def check(self, request: web.Request, port: int) -> None:
        """Raise RequestError unless it comes by our name and, where it changes things, from our page."""
        if not self._is_ours(request.headers.get("Host", ""), port):
            raise RequestError(403, "This address is not the playground's own.")
        if request.method not in ("GET", "HEAD") and not _is_same_origin(request):
            raise RequestError(403, "Only the playground's own page may do this.")

    def admit(self, request: web.Request) -> None:
        """Raise RequestError where a token is needed and its cookie is missing."""
        if not self.is_admitted(request):
            raise RequestError(401, "Sign in first: reload the page.")

    def is_admitted(self, request: web.Request) -> bool:
        return not self._token or _same(request.cookies.get(COOKIE, ""), self._cookie())

    def knows(self, token: str) -> bool:
        return bool(self._token) and _same(token, self._token or "")

    def remember(self, response: web.Response, *, secure: bool) -> None:
        """Let this browser in from now on."""
        response.set_cookie(COOKIE, self._cookie(), httponly=True, samesite="Strict", secure=secure)

    def _cookie(self) -> str:
        return hmac.new((self._token or "").encode(), b"playground", hashlib.sha256).hexdigest()

    def _is_ours(self, host: str, port: int) -> bool:
        if self._host in _EVERYWHERE:
            return bool(host)  # any name may lead here; the token's cookie belongs to one name only
        own = f"[{self._host}]" if ":" in self._host else self._host
        names = {"127.0.0.1", "localhost", "[::1]", own}
        return host.lower() in {f"{name}:{port}" for name in names} | (names if port == 80 else set())


def _is_same_origin(request: web.Request) -> bool:
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = urlsplit(request.headers.get("Origin", ""))
    return site == "same-origin" and origin.netloc.lower() == request.headers["Host"].lower()


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
