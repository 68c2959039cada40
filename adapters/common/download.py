"""Downloads of files that people sent: from a platform's own hosts, and from no other."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import aiohttp
import structlog
from yarl import URL

from bot import wording
from bot.port.requests import FileUnavailable

log = structlog.get_logger()

# Seconds to connect, and between two pieces; the core limits the whole.
TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10.0, sock_read=20.0)
PIECE = 64 * 1024
GONE = frozenset((403, 404, 410))  # a link that is over gives 403 or 404


@dataclass(frozen=True, slots=True)
class Downloaded:
    """The first bytes of a file. `content_type`: as the host says. `redirects`: it has the file elsewhere."""

    data: bytes
    content_type: str
    redirects: bool = False


async def download(
    session: aiohttp.ClientSession,
    url: str,
    *,
    name: str,
    limit: int,
    origins: Collection[str],
    headers: Mapping[str, str] | None = None,
    proxy: str | None = None,
) -> Downloaded:
    """Read at most `limit` bytes of a file. Raises FileUnavailable.

    `name`: as its person calls the file. `origins`: schemes and hosts, such as "https://files.slack.com";
    no other is asked, and no redirect is followed, so `headers` reach nobody else.
    """
    if not _is_within(url, origins):
        raise FileUnavailable(wording.file_elsewhere(name))
    try:
        async with session.get(
            URL(url, encoded=True),
            headers=headers,
            proxy=proxy,
            allow_redirects=False,
            timeout=TIMEOUT,
        ) as response:
            if response.status in GONE:
                raise FileUnavailable(wording.file_gone(name))
            if response.status >= 400:
                log.warning("download.refused", host=response.url.host, status=response.status)
                raise FileUnavailable(wording.file_not_fetched(name))
            data = bytearray()
            async for piece in response.content.iter_chunked(PIECE):
                data += piece[: limit - len(data)]
                if len(data) >= limit:
                    break
            return Downloaded(bytes(data), response.content_type, redirects=response.status >= 300)
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        log.warning("download.failed", reason=type(error).__name__)
        raise FileUnavailable(wording.file_not_fetched(name)) from error


def _is_within(url: str, origins: Collection[str]) -> bool:
    try:
        return str(URL(url, encoded=True).origin()) in origins
    except ValueError:
        return False
