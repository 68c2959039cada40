"""Fetching a picture by the link that an answer gave: a stranger's address, so trusted with nothing.

The address is checked where the socket is made, so that no name, redirect or second look-up gets around it.
"""

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.painters.gateway.memory_budget import STEP, Lease

MAX_PICTURE = 32 * 1024 * 1024  # bytes, after decompression
MAX_REDIRECTS = 3
TRIES = 2  # a fetch costs nothing, and the picture is paid for
FETCHES = 8  # at once, so that memory stays bounded
IDLE_SECONDS = 20.0

_UNICAST = ip_network("2000::/3")  # all that is routed on the public IPv6 internet
_SIX_TO_FOUR = ip_network("2002::/16")  # hides an IPv4 address inside
_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: ends in an IPv4 address, checked as such
_CLOUD = {
    ip_address("168.63.129.16"),
    ip_address("192.0.0.192"),
}  # public by number, a cloud's own services in fact

_log = structlog.get_logger(__name__)


class _Refused(Exception):
    """The link leads where we do not go, or to nothing of use; trying again changes nothing."""


def is_public(address: str) -> bool:
    """Whether an address is of the public internet: not private, loopback, link-local, shared, multicast."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped or ip in _NAT64:
            ip = IPv4Address(int(ip) & 0xFFFFFFFF)
        elif ip not in _UNICAST or ip in _SIX_TO_FOUR:
            return False
    return ip.is_global and not ip.is_multicast and ip not in _CLOUD


def _public_socket(
    info: tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]],
) -> socket.socket:
    family, kind, protocol, _, address = info
    if not is_public(address[0]):
        raise PermissionError("not a public address")
    return socket.socket(family, kind, protocol)


class Fetcher:
    """Fetches links. `gateway`: its base URL; that very host and port may be private, and plain http."""

    def __init__(self, gateway: str, *, resolver: AbstractResolver | None = None) -> None:
        self._own = URL(gateway).origin()
        self._resolver = resolver
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        self._turns = asyncio.Semaphore(FETCHES)

    async def fetch(self, link: str, lease: Lease, when: float) -> bytearray | None:
        """The bytes at that link, or None; read as `lease` has room, until the event loop's time `when`."""
        reason = ""
        try:
            async with asyncio.timeout_at(when), self._turns:
                for _ in range(TRIES):
                    try:
                        return await self._follow(link, lease)
                    except (aiohttp.ClientError, OSError) as error:
                        reason = type(error).__name__
        except (_Refused, TimeoutError, ValueError) as error:
            reason = str(error) if isinstance(error, _Refused) else type(error).__name__
        _log.info("picture link failed", reason=reason)  # never the link: it is signed
        return None

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()

    async def _follow(self, link: str, lease: Lease) -> bytearray:
        url = _parsed(link)
        for _ in range(MAX_REDIRECTS + 1):
            own = url.scheme in {"http", "https"} and url.origin() == self._own
            if not own and url.scheme != "https":
                raise _Refused("not https")
            async with self._session(own).get(url, allow_redirects=False) as response:
                if response.status not in {301, 302, 303, 307, 308}:
                    return await _body(response, lease)
                url = url.join(_parsed(response.headers.get("Location", "")))
        raise _Refused("too many redirects")

    def _session(self, own: bool) -> aiohttp.ClientSession:
        """Made at first use, when an event loop runs; without cookies or the environment's proxies."""
        if own not in self._sessions:
            self._sessions[own] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    socket_factory=None if own else _public_socket,
                    resolver=self._resolver,
                    use_dns_cache=False,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=IDLE_SECONDS, sock_read=IDLE_SECONDS),
                headers={"Accept-Encoding": "identity"},
            )
        return self._sessions[own]


def _parsed(link: str) -> URL:
    try:
        return URL(link)
    except (ValueError, IndexError) as error:  # yarl raises either
        raise _Refused("not a link") from error


async def _body(response: aiohttp.ClientResponse, lease: Lease) -> bytearray:
    if response.status in {429, 500, 502, 503, 504}:
        response.raise_for_status()
    if response.status != 200:
        raise _Refused(f"status {response.status}")
    body = bytearray()
    async for piece in response.content.iter_chunked(64 * 1024):
        body += piece
        if len(body) > MAX_PICTURE:
            raise _Refused("too large")
        if len(body) > lease.size:
            await lease.reach(len(body) + STEP)
    return body
