"""Names and addresses of hosts.

It stands alone because settings and the web server ask the same question, and neither may import the other.
"""

import contextlib
from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Return True if only programs on this machine reach a server that is bound to `host`."""
    with contextlib.suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"
