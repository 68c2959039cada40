"""Processes of the program, forked from a server that has done the imports. That saves half a second each.

Importing the program has no effects (a test holds that), so a fork of a process that has only imported is as
good as a new process: its folder, environment, output and signals are its own. Each test process has one such
server, `python -m tests.fakes.forks FD`, which starts on first use.
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
PACKAGES = ("quotas", "bot", "adapters")
# Not imported in advance: its modules read Slack's address at import, and a test may set another one.
LATE_PACKAGE = "adapters.slack."
LIBRARIES = (
    "openai",
    "slack_bolt.adapter.aiohttp",
    "slack_bolt.app.async_app",
    "slack_sdk.webhook.async_client",
)
MAX_ORDER = 1 << 16  # bytes: arguments and environment


class Fork:
    """A process with the methods of `asyncio.subprocess.Process`, but without pipes."""

    pid: int

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def start(cls, folder: Path, args: tuple[str, ...], env: Mapping[str, str], *out: IO[Any]) -> Self:
        """Run `python args` in a folder. `out`: the files for its output and its errors."""
        ours, theirs = socket.socketpair()
        order = json.dumps({"folder": str(folder), "args": args, "env": dict(env)}).encode()
        with theirs:
            socket.send_fds(server()[0], [order], [theirs.fileno(), *(file.fileno() for file in out)])
        self = cls(*await asyncio.open_unix_connection(sock=ours))
        self.pid = int(await self._reader.readline())
        self._exit = asyncio.create_task(self._wait_for_exit())
        return self

    async def _wait_for_exit(self) -> int:
        code = int(await self._reader.readline())
        self._writer.close()
        return code

    @property
    def returncode(self) -> int | None:
        return self._exit.result() if self._exit.done() else None

    async def wait(self) -> int:
        return await asyncio.shield(self._exit)

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):  # it has just exited
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@functools.cache
def server() -> tuple[socket.socket, "subprocess.Popen[bytes]"]:
    """Return the socket for orders and the server process; start them the first time."""
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
            start_new_session=True,  # Ctrl-C must reach only the tests, which end the server
        )


def end() -> None:
    """End the server, if there is one."""
    if server.cache_info().currsize:
        orders, process = server()
        orders.close()
        process.wait()


def prepare() -> None:
    """Import what the program may import, except `bot.cli.main`, which runs as the main module."""
    for name in PACKAGES:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not module.name.startswith(LATE_PACKAGE):
                importlib.import_module(module.name)
    for name in LIBRARIES:
        importlib.import_module(name)
    del sys.modules["bot.cli.main"]
    gc.collect()
    gc.freeze()


def serve(orders: socket.socket) -> list[str]:
    """Fork for each order. Returns only in a new process, with its arguments."""
    while True:
        order, fds, *_ = socket.recv_fds(orders, MAX_ORDER, 3)
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


def become(order: dict[str, Any], reports: int, out: int, err: int) -> list[str]:
    """Fork a child for the order, and return its arguments there.

    This process stays: it writes the child's id and later its exit code to the file descriptor `reports`.
    """
    child = os.fork()
    if child:
        os.close(out)
        os.close(err)
        os.write(reports, b"%d\n" % child)
        os.write(reports, b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        os._exit(0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    for fd in (reports, out, err):
        os.close(fd)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["env"])
    return list(order["args"])


def run(flag: str, program: str, *rest: str) -> None:
    """Run `python flag program rest`, where the flag is -m or -c.

    At the exit garbage is collected, so that objects that warn when they are deleted do so. Modules are not
    torn down, which saves time.
    """
    sys.argv[:] = [flag, *rest]
    try:
        if flag == "-m":
            runpy.run_module(program, run_name="__main__", alter_sys=True)
        else:
            exec(compile(program, "<string>", "exec"), {"__name__": "__main__"})
    except SystemExit as exit_:
        if not isinstance(exit_.code, int):
            raise
        gc.collect()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(exit_.code)


def main() -> None:
    prepare()
    run(*serve(socket.socket(fileno=int(sys.argv[1]))))


if __name__ == "__main__":
    main()
