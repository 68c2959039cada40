"""The guard of the pages: only their own scripts may call them, on this machine or with the token."""

import hashlib
import hmac
import ipaddress
from urllib.parse import urlsplit

from aiohttp import web

COOKIE = "imagine_web"
_ALL_ADDRESSES = ("", "0.0.0.0", "::")
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
    """A request that is refused. `status`: the HTTP status; `sentence`: the reason, for the sender."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


def is_loopback(host: str) -> bool:
    """Return True if only programs on this machine can reach a server bound to `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Set HEADERS on a response, on error responses too (a signal of aiohttp)."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


class Guard:
    """Checks the Host (against DNS rebinding), the Origin (against other sites' scripts) and the token.

    Raises ValueError if other machines can reach the host and there is no token.
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
        """Raise RequestError for a Host that is not ours, and for a POST that is not from our own page."""
        if not self._is_ours(request.headers.get("Host", ""), port):
            raise RequestError(403, "This address is not the playground's own.")
        if request.method not in ("GET", "HEAD") and not _is_same_origin(request):
            raise RequestError(403, "Only the playground's own page may do this.")

    def require_sign_in(self, request: web.Request) -> None:
        """Raise RequestError if a token is needed and its cookie is missing."""
        if not self.is_signed_in(request):
            raise RequestError(401, "Sign in first: reload the page.")

    def is_signed_in(self, request: web.Request) -> bool:
        """Return True if the request carries the token's cookie, or if there is no token."""
        return not self._token or _equal(request.cookies.get(COOKIE, ""), self._cookie())

    def is_token(self, token: str) -> bool:
        return bool(self._token) and _equal(token, self._token or "")

    def sign_in(self, response: web.Response, *, secure: bool) -> None:
        """Set the token's cookie on a response, which lets this browser in from then on."""
        response.set_cookie(COOKIE, self._cookie(), httponly=True, samesite="Strict", secure=secure)

    def _cookie(self) -> str:
        return hmac.new((self._token or "").encode(), b"playground", hashlib.sha256).hexdigest()

    def _is_ours(self, host: str, port: int) -> bool:
        if self._host in _ALL_ADDRESSES:
            return bool(host)  # any name may lead here, and the token's cookie belongs to one name only
        own = f"[{self._host}]" if ":" in self._host else self._host
        names = {"127.0.0.1", "localhost", "[::1]", own}
        return host.lower() in {f"{name}:{port}" for name in names} | (names if port == 80 else set())


def _is_same_origin(request: web.Request) -> bool:
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = urlsplit(request.headers.get("Origin", ""))
    return site == "same-origin" and origin.netloc.lower() == request.headers["Host"].lower()


def _equal(value: str, expected: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(value.encode(), expected.encode())
