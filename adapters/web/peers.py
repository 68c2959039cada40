"""The origin of a request: this machine, a proxy, our own page or another site."""

import ipaddress

from aiohttp import HttpVersion11, web

from bot.hosts import is_loopback

# Headers that proxies, tunnels and content networks add, besides all that begin with _FORWARDED.
_PROXY_HEADERS = (
    "Forwarded",
    "Via",
    "X-Real-IP",
    "X-Client-IP",
    "X-Cluster-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "Fly-Client-IP",
)
_FORWARDED = "x-forwarded"
_SITE_BITS = 64  # of an IPv6 address: one site has all addresses below them (RFC 6177)


def came_through_proxy(request: web.Request) -> bool:
    """Return True if a proxy handed the request on, as far as the request shows it.

    Browsers speak no HTTP/1.0, and nginx does to what stands behind it, with no header of its own.
    """
    names = [name.lower() for name in request.headers]
    return (
        request.version < HttpVersion11
        or any(name.startswith(_FORWARDED) for name in names)
        or any(name in request.headers for name in _PROXY_HEADERS)
    )


def is_from_here(request: web.Request) -> bool:
    """Return True if a program on this machine sent the request, and no proxy handed it on."""
    return is_loopback(request.remote or "") and not came_through_proxy(request)


def peer(request: web.Request) -> str:
    """Return who sent the request: the address, or the one that a proxy beside us says.

    A proxy that hands X-Forwarded-For on as it came lets the sender choose it, so nothing may rest on it.
    """
    remote = request.remote or ""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return _site(forwarded if forwarded and _is_private(remote) else remote)


def is_same_origin(request: web.Request) -> bool:
    """Return True if our own page sent the request. Origin and Host are written alike by every browser."""
    host, origin = request.headers.get("Host", "").lower(), request.headers.get("Origin", "").lower()
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    return site == "same-origin" and bool(host) and origin in (f"http://{host}", f"https://{host}")


def is_secure(request: web.Request) -> bool:
    """Return True if the browser came by https, by itself or to the proxy before us."""
    origin, proto = request.headers.get("Origin", ""), request.headers.get("X-Forwarded-Proto", "")
    return request.secure or origin.lower().startswith("https://") or proto.lower() == "https"


def _is_private(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:
        return False


def _site(address: str) -> str:
    """Return what one sender has as a whole: an IPv4 address, or the network of an IPv6 one."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ip) if ip.version == 4 else str(ipaddress.ip_network((ip, _SITE_BITS), strict=False))
