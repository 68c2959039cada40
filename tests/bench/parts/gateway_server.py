"""A gateway that costs next to nothing: one prepared answer, sent over and over from a process of its own.

    python tests/bench/parts/gateway_server.py --delay 2

Prints its base URL, and serves until its standard input ends. An answer is four JPEGs of about 1.5 MB, or,
with `--png`, four PNGs of 3 MB.
"""

import argparse
import asyncio
import base64
import io
import json
import random
import socket
import sys

from PIL import Image

PICTURES = 4
SIDE = 1024  # the size that is asked for; noise of it, hardly compressed, is a JPEG of 1.5 MB
QUALITY = 97


def answer(kind: str) -> bytes:
    """A whole response, head and all. `kind`: jpeg or png."""
    dice = random.Random(1)
    entries = [{"b64_json": base64.b64encode(_picture(dice, kind)).decode()} for _ in range(PICTURES)]
    body = json.dumps({"created": 1, "data": entries}).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _picture(dice: random.Random, kind: str) -> bytes:
    out = io.BytesIO()
    Image.frombytes("RGB", (SIDE, SIDE), dice.randbytes(SIDE * SIDE * 3)).save(out, kind, quality=QUALITY)
    return out.getvalue()


async def _serve_one(connection: socket.socket, whole: memoryview, delay: float) -> None:
    loop = asyncio.get_running_loop()
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while await _request(connection):
            await asyncio.sleep(delay)
            await loop.sock_sendall(connection, whole)


async def _request(connection: socket.socket) -> bool:
    """Read one request to its end. False: the caller is done."""
    loop = asyncio.get_running_loop()
    got = b""
    while b"\r\n\r\n" not in got:
        piece = await loop.sock_recv(connection, 65536)
        if not piece:
            return False
        got += piece
    head, _, body = got.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += await loop.sock_recv(connection, 65536)
    return True


async def _ended() -> None:
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def _main(delay: float, kind: str) -> None:
    loop = asyncio.get_running_loop()
    whole = memoryview(answer(kind))
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    listener.setblocking(False)
    print(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", flush=True)
    tasks: set[asyncio.Task[None]] = set()

    async def accept() -> None:
        while True:
            connection, _ = await loop.sock_accept(listener)
            connection.setblocking(False)
            tasks.add(task := asyncio.create_task(_serve_one(connection, whole, delay)))
            task.add_done_callback(_forget)

    def _forget(task: asyncio.Task[None]) -> None:
        tasks.discard(task)
        if not task.cancelled():
            task.exception()  # a caller that went away is none of ours

    accepting = asyncio.create_task(accept())
    await _ended()
    accepting.cancel()
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delay", type=float, default=2.0, help="seconds each drawing takes")
    parser.add_argument("--png", action="store_true", help="PNGs, whatever is asked for")
    given = parser.parse_args()
    asyncio.run(_main(given.delay, "png" if given.png else "jpeg"))
