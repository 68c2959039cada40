"""A gateway that uses very little CPU: it sends one prepared answer again and again.

    python tests/bench/parts/gateway_server.py --delay 2

It prints its base URL, and serves over TLS until its standard input ends. The answer contains four JPEGs of
0.25 MB, or four PNGs of 2 MB.
"""

import argparse
import asyncio
import base64
import contextlib
import io
import json
import random
import sys
from pathlib import Path

from PIL import Image

sys.path.append(str(Path(__file__).parents[3]))

from tests.bench.parts.processes import server_context
from tests.fakes.certificates import HOST
from tests.fakes.gateway_rules import TIERS

PICTURES = 4
PICTURE = {"jpeg": (1024, 25), "png": (820, 0)}  # pixels a side, and JPEG's quality; of noise
PIECE = 64 * 1024


def pictures(kind: str) -> bytes:
    """Return the answer to a request for pictures. `kind`: jpeg or png."""
    dice = random.Random(1)
    entries = [{"b64_json": base64.b64encode(_picture(dice, kind)).decode()} for _ in range(PICTURES)]
    return _answer({"created": 1, "data": entries})


def models() -> bytes:
    """Return the answer to a request for the list of models."""
    return _answer({"object": "list", "data": [{"id": model} for model in TIERS]})


def _answer(content: object) -> bytes:
    body = json.dumps(content).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _picture(dice: random.Random, kind: str) -> bytes:
    out = io.BytesIO()
    side, quality = PICTURE[kind]
    Image.frombytes("RGB", (side, side), dice.randbytes(side * side * 3)).save(out, kind, quality=quality)
    return out.getvalue()


async def _serve(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, whole: memoryview, delay: float
) -> None:
    """Answer one connection's requests until the client disconnects."""
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if head.startswith(b"GET"):
                writer.write(models())
                continue
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            await asyncio.sleep(delay)
            for start in range(0, len(whole), PIECE):
                writer.write(whole[start : start + PIECE])
                await writer.drain()
    writer.close()


async def _main(delay: float, kind: str) -> None:
    whole = memoryview(pictures(kind))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _serve(reader, writer, whole, delay)

    server = await asyncio.start_server(serve, HOST, 0, backlog=4096, ssl=server_context())
    print(f"https://{HOST}:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delay", type=float, default=2.0, help="seconds each drawing takes")
    parser.add_argument(
        "--kind", choices=PICTURE, default="jpeg", help="of the pictures, whatever is asked for"
    )
    arguments = parser.parse_args()
    asyncio.run(_main(arguments.delay, arguments.kind))
