"""The descriptors of the process: as many as it may have, and one log line if they do not suffice.

This module stands alone because it is the only one that changes a limit of the kernel's.
"""

import asyncio
import resource
from typing import Any

import structlog

from adapters.common.seldom import Seldom

log = structlog.get_logger()

ENOUGH = 65_536  # some systems allow a thousand million
_NO_DESCRIPTOR = "socket.accept() out of system resource"  # asyncio's words


def raise_limit() -> None:
    """Raise the soft limit, which is often 1,024, to the hard one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError) as error:  # the system has a lower limit of its own
        log.debug("descriptors.limit", now=soft, error=str(error))
    else:
        log.debug("descriptors.limit", now=wanted, before=soft)


def quiet_accepts(loop: asyncio.AbstractEventLoop) -> None:
    """Log once a minute that no descriptor is left for a connection; asyncio does it hundreds of times."""
    exhausted = Seldom("descriptors.exhausted")

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if context.get("message") == _NO_DESCRIPTOR:
            exhausted.warn(fix="raise the limit of open files (ulimit -n, or LimitNOFILE= of systemd)")
        else:
            loop.default_exception_handler(context)

    loop.set_exception_handler(handle)
