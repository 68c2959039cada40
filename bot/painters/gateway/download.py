"""Downloads of pictures by the links in an answer. A link is a stranger's address, so nothing is trusted.

The address is checked when the socket is made, so no name, redirect or second look-up gets around the check.
"""

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import aiohttp
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


class BadLink(Exception):
    """The link leads where we do not go, or to nothing of use. The message says why, without the link."""


class _PrivateAddress(OSError):
    """The host's address is not on the public internet."""


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
        raise _PrivateAddress("not a public address")
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

    async def download(self, link: str, lease: Lease, deadline: float) -> bytearray:
        """Download the link's bytes, piece by piece as `lease` has room. Raises BadLink.

        `deadline`: the event loop's time at which to give up.
        """
        failure: Exception = TimeoutError()
        trail = [link]
        try:
            async with asyncio.timeout_at(deadline), self._turns:
                for _ in range(TRIES):
                    try:
                        return await self._follow(link, lease, trail)
                    except (aiohttp.ClientError, OSError) as error:
                        failure = error
        except (TimeoutError, ValueError) as error:
            failure = error
        raise BadLink(f"a link failed: {_reason(failure)}{_host(trail[-1])}") from failure

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()

    async def _follow(self, link: str, lease: Lease, trail: list[str]) -> bytearray:
        """Follow a link, and add each address that it leads to to the trail."""
        url = _parse(link)
        for _ in range(MAX_REDIRECTS + 1):
            to_gateway = url.scheme in {"http", "https"} and url.origin() == self._gateway
            if not to_gateway and url.scheme != "https":
                raise BadLink(f"a link is not https{_host(str(url))}")
            trail.append(str(url))
            async with self._session(to_gateway).get(url, allow_redirects=False) as response:
                if response.status not in {301, 302, 303, 307, 308}:
                    return await _read_body(response, lease)
                url = url.join(_parse(response.headers.get("Location", "")))
        raise BadLink(f"a link redirects more than {MAX_REDIRECTS} times{_host(link)}")

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
        raise BadLink("a link is no address") from error


def _host(link: str) -> str:
    """Name the link's host for the log; the rest of a link is a secret, since it is signed."""
    try:
        host = URL(link).host
    except (ValueError, IndexError):
        host = None
    return f" ({host[:100]})" if host and host.isprintable() else ""


def _reason(error: Exception) -> str:
    """Say in a few words why a link could not be fetched."""
    cause = getattr(error, "os_error", error)
    if isinstance(error, aiohttp.ClientSSLError):
        return "the certificate is not accepted"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "the host has no address"
    if isinstance(cause, _PrivateAddress):
        return "not a public address"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, aiohttp.ClientResponseError) and error.status:
        return f"status {error.status}"
    return type(error).__name__


async def _read_body(response: aiohttp.ClientResponse, lease: Lease) -> bytearray:
    if response.status in {429, 500, 502, 503, 504}:
        response.raise_for_status()
    if response.status != 200:
        raise BadLink(f"a link answered {response.status}{_host(str(response.url))}")
    body = bytearray()
    async for piece in response.content.iter_chunked(64 * 1024):
        body += piece
        if len(body) > MAX_PICTURE:
            raise BadLink(f"a link leads to more than {MAX_PICTURE:,} bytes{_host(str(response.url))}")
        if len(body) > lease.size:
            await lease.reach(len(body) + STEP_BYTES)
    return body
