"""The descriptors of the process: the limit is raised, and their end is one line of the log."""

import resource
import subprocess
import sys
from collections.abc import Iterator

import pytest

from bot.app import descriptors


@pytest.fixture
def limits() -> Iterator[tuple[int, int]]:
    """Return the limits of this process, and set them again afterwards."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_soft_limit_becomes_the_hard_one(limits: tuple[int, int]) -> None:
    _, hard = limits
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    descriptors.raise_limit()
    soft, after = resource.getrlimit(resource.RLIMIT_NOFILE)
    expected = descriptors.ENOUGH if hard == resource.RLIM_INFINITY else min(hard, descriptors.ENOUGH)
    assert (soft, after) == (expected, hard)


EXHAUSTED = """
import asyncio, resource, socket
from bot.app import descriptors
from bot.telemetry import logs

async def main():
    logs.configure("info")
    descriptors.quiet_accepts(asyncio.get_running_loop())
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    clients = [socket.socket() for _ in range(60)]
    for client in clients:
        client.setblocking(False)
        client.connect_ex(server.sockets[0].getsockname())
    here = max(client.fileno() for client in clients)
    resource.setrlimit(resource.RLIMIT_NOFILE, (here + 2, here + 2))
    await asyncio.sleep(0.3)
    asyncio.get_running_loop().call_exception_handler({"message": "another error"})

asyncio.run(main())
"""


def test_no_descriptor_for_a_connection_is_one_line_with_its_fix() -> None:
    run = subprocess.run(
        [sys.executable, "-c", EXHAUSTED], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr
    lines = [line for line in run.stderr.splitlines() if "descriptors.exhausted" in line]
    assert len(lines) == 1, run.stderr
    assert "ulimit -n" in lines[0]
    assert "another error" in run.stderr
    assert "out of system resource" not in run.stderr
