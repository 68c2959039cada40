"""Processes of the program without its imports' half a second each: forked from one that has done them.

Importing does nothing (a test holds that), so a fork of a process that has only imported is as good as a
new one: its folder, environment, output and signals are its own. Each process of tests has one such server,
begun when it is first needed: `python -m tests.fakes.forks FD`.
"""

import asyncio
import contextlib
import functools
import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Self

ROOT = Path(__file__).parents[2]
ROOMS = ("quotas", "bot", "adapters")
# Its modules take the address of Slack as they are imported; a test may have put another one there by then.
NOT_YET = "adapters.slack."
BESIDES = (
    "openai",
    "slack_bolt.adapter.aiohttp",
    "slack_bolt.app.async_app",
    "slack_sdk.webhook.async_client",
)
LONGEST = 1 << 16  # bytes of an order: arguments and environment


class Fork:
    """`python args` in a folder, as `asyncio.subprocess.Process` but for pipes."""

    pid: int

    def __init__(self, told: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._told, self._writer = told, writer

    @classmethod
    async def begin(cls, folder: Path, args: tuple[str, ...], env: Mapping[str, str], *out: IO[Any]) -> Self:
        """`out`: where its output and its errors go."""
        ours, theirs = socket.socketpair()
        order = json.dumps({"folder": str(folder), "args": args, "env": dict(env)}).encode()
        with theirs:
            socket.send_fds(server()[0], [order], [theirs.fileno(), *(file.fileno() for file in out)])
        self = cls(*await asyncio.open_unix_connection(sock=ours))
        self.pid = int(await self._told.readline())
        self._end = asyncio.create_task(self._ended())
        return self

    async def _ended(self) -> int:
        code = int(await self._told.readline())
        self._writer.close()
        return code

    @property
    def returncode(self) -> int | None:
        return self._end.result() if self._end.done() else None

    async def wait(self) -> int:
        return await asyncio.shield(self._end)

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):  # it has just ended
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@functools.cache
def server() -> tuple[socket.socket, "subprocess.Popen[bytes]"]:
    """Where orders go, and who takes them."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
    command = [sys.executable, "-m", "tests.fakes.forks", str(theirs.fileno())]
    with theirs:
        return ours, subprocess.Popen(
            command,
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,  # Ctrl-C is for the tests, which end it
        )


def end() -> None:
    """End the server, if there is one."""
    if server.cache_info().currsize:
        orders, process = server()
        orders.close()
        process.wait()


def prepare() -> None:
    """Import whatever the program may, and leave `bot.cli.main` to be run as the main module."""
    for room in ROOMS:
        package = importlib.import_module(room)
        for found in pkgutil.walk_packages(package.__path__, f"{room}."):
            if not found.name.startswith(NOT_YET):
                importlib.import_module(found.name)
    for name in BESIDES:
        importlib.import_module(name)
    del sys.modules["bot.cli.main"]
    gc.collect()
    gc.freeze()


def serve(orders: socket.socket) -> list[str]:
    """Fork for each order; returns in the new process only, with its arguments."""
    while True:
        order, fds, *_ = socket.recv_fds(orders, LONGEST, 3)
        if not order:
            os._exit(0)
        if not os.fork():
            orders.close()
            return become(json.loads(order), *fds)
        for fd in fds:
            os.close(fd)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def become(order: dict[str, Any], told: int, out: int, err: int) -> list[str]:
    """What was ordered, in a child of this process, which stays to tell its id and how it ended."""
    child = os.fork()
    if child:
        os.close(out)
        os.close(err)
        os.write(told, b"%d\n" % child)
        os.write(told, b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        os._exit(0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    for fd in (told, out, err):
        os.close(fd)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["env"])
    return list(order["args"])


def run(kind: str, what: str, *rest: str) -> None:
    """`python kind what rest`, with -m or -c.

    What it leaves is collected, so that what complains when it goes does so; modules are not taken apart.
    """
    sys.argv[:] = [kind, *rest]
    try:
        if kind == "-m":
            runpy.run_module(what, run_name="__main__", alter_sys=True)
        else:
            exec(compile(what, "<string>", "exec"), {"__name__": "__main__"})
    except SystemExit as ended:
        if not isinstance(ended.code, int):
            raise
        gc.collect()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ended.code)


def main() -> None:
    prepare()
    run(*serve(socket.socket(fileno=int(sys.argv[1]))))


if __name__ == "__main__":
    main()
