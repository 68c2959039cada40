"""A proxy that ends TLS, as stands in front of a bot whose web server speaks plain HTTP.

    python tests/bench/parts/tls_front.py http://127.0.0.1:8080/slack/events

It prints the URL to use in place of that one, and serves until its standard input ends.
"""

import asyncio
import contextlib
import sys
from pathlib import Path

from yarl import URL

sys.path.append(str(Path(__file__).parents[3]))

from tests.bench.parts.processes import server_context
from tests.fakes.certificates import HOST

PIECE = 64 * 1024


async def main(target: URL) -> None:
    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            theirs, ours = await asyncio.open_connection(target.host, target.port)
            await asyncio.gather(_copy(reader, ours), _copy(theirs, writer))

    server = await asyncio.start_server(pass_on, HOST, 0, backlog=4096, ssl=server_context())
    print(target.with_scheme("https").with_port(server.sockets[0].getsockname()[1]), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
    writer.close()


if __name__ == "__main__":
    asyncio.run(main(URL(sys.argv[1])))
