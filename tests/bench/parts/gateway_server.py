"""A gateway that uses very little CPU: it sends one prepared answer again and again.

    python tests/bench/parts/gateway_server.py --delay 2

It prints its base URL, and serves until its standard input ends. The answer contains four JPEGs of about 1.5
MB, or four PNGs of 3 MB with `--png`.
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
SIDE = 1024  # pixels; a JPEG of noise of this size and quality has 1.5 MB
QUALITY = 97


def answer(kind: str) -> bytes:
    """Return a whole HTTP response. `kind`: jpeg or png."""
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
        while await _read_request(connection):
            await asyncio.sleep(delay)
            await loop.sock_sendall(connection, whole)


async def _read_request(connection: socket.socket) -> bool:
    """Read one request to its end; return False if the client has disconnected."""
    loop = asyncio.get_running_loop()
    buffer = b""
    while b"\r\n\r\n" not in buffer:
        piece = await loop.sock_recv(connection, 65536)
        if not piece:
            return False
        buffer += piece
    head, _, body = buffer.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += await loop.sock_recv(connection, 65536)
    return True


async def _wait_for_stdin_end() -> None:
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
            task.add_done_callback(_discard)

    def _discard(task: asyncio.Task[None]) -> None:
        tasks.discard(task)
        if not task.cancelled():
            task.exception()  # a client that disconnects is no error here

    accepting = asyncio.create_task(accept())
    await _wait_for_stdin_end()
    accepting.cancel()
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delay", type=float, default=2.0, help="seconds each drawing takes")
    parser.add_argument("--png", action="store_true", help="PNGs, whatever is asked for")
    arguments = parser.parse_args()
    asyncio.run(_main(arguments.delay, "png" if arguments.png else "jpeg"))
