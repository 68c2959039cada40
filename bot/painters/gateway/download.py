"""Downloads of pictures by the links in an answer. A link is a stranger's address, so nothing is trusted.

The address is checked when the socket is made, so no name, redirect or second look-up gets around the check.
"""

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.painters.gateway.memory_budget import STEP_BYTES, Lease

MAX_PICTURE = 32 * 1024 * 1024  # bytes, after decompression
MAX_REDIRECTS = 3
TRIES = 2  # a download costs nothing, and the picture is paid for
DOWNLOADS = 8  # at once, so that memory stays bounded
IDLE_SECONDS = 20.0

_UNICAST = ip_network("2000::/3")  # all that is routed on the public IPv6 internet
_SIX_TO_FOUR = ip_network("2002::/16")  # hides an IPv4 address inside
_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: ends in an IPv4 address, which is checked instead
# Public by number, but a cloud's own services.
_CLOUD = {ip_address("168.63.129.16"), ip_address("192.0.0.192")}

_log = structlog.get_logger(__name__)


class _UselessLink(Exception):
    """The link leads where we do not go, or to nothing of use; trying again changes nothing."""


def is_public(address: str) -> bool:
    """Return True for a public internet address: not private, loopback, link-local, shared or multicast."""
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


class Downloader:
    """A client for picture links.

    `gateway`: its base URL. Links to the same host and port may be private, and plain http.
    """

    def __init__(self, gateway: str, *, resolver: AbstractResolver | None = None) -> None:
        self._gateway = URL(gateway).origin()
        self._resolver = resolver
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        self._turns = asyncio.Semaphore(DOWNLOADS)

    async def download(self, link: str, lease: Lease, deadline: float) -> bytearray | None:
        """Download the link's bytes, piece by piece as `lease` has room; return None if that fails.

        `deadline`: the event loop's time at which to give up.
        """
        reason = ""
        try:
            async with asyncio.timeout_at(deadline), self._turns:
                for _ in range(TRIES):
                    try:
                        return await self._follow(link, lease)
                    except (aiohttp.ClientError, OSError) as error:
                        reason = type(error).__name__
        except (_UselessLink, TimeoutError, ValueError) as error:
            reason = str(error) if isinstance(error, _UselessLink) else type(error).__name__
        _log.info("picture link failed", reason=reason)  # never the link: it is signed
        return None

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()

    async def _follow(self, link: str, lease: Lease) -> bytearray:
        url = _parse(link)
        for _ in range(MAX_REDIRECTS + 1):
            to_gateway = url.scheme in {"http", "https"} and url.origin() == self._gateway
            if not to_gateway and url.scheme != "https":
                raise _UselessLink("not https")
            async with self._session(to_gateway).get(url, allow_redirects=False) as response:
                if response.status not in {301, 302, 303, 307, 308}:
                    return await _read_body(response, lease)
                url = url.join(_parse(response.headers.get("Location", "")))
        raise _UselessLink("too many redirects")

    def _session(self, to_gateway: bool) -> aiohttp.ClientSession:
        """Return the session, made at first use, when an event loop runs.

        It uses neither cookies nor the environment's proxies.
        """
        if to_gateway not in self._sessions:
            self._sessions[to_gateway] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    socket_factory=None if to_gateway else _public_socket,
                    resolver=self._resolver,
                    use_dns_cache=False,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=IDLE_SECONDS, sock_read=IDLE_SECONDS),
                headers={"Accept-Encoding": "identity"},
            )
        return self._sessions[to_gateway]


def _parse(link: str) -> URL:
    try:
        return URL(link)
    except (ValueError, IndexError) as error:  # yarl raises either
        raise _UselessLink("not a link") from error


async def _read_body(response: aiohttp.ClientResponse, lease: Lease) -> bytearray:
    if response.status in {429, 500, 502, 503, 504}:
        response.raise_for_status()
    if response.status != 200:
        raise _UselessLink(f"status {response.status}")
    body = bytearray()
    async for piece in response.content.iter_chunked(64 * 1024):
        body += piece
        if len(body) > MAX_PICTURE:
            raise _UselessLink("too large")
        if len(body) > lease.size:
            await lease.reach(len(body) + STEP_BYTES)
    return body
