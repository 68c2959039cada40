"""The one web server of the process."""

import asyncio
import errno
import socket
from collections.abc import Iterable

from aiohttp import web

from adapters.web.connections import ACCEPTED_AT_ONCE, Bounds, Connection, Connections, track, usual_bounds
from bot.port.protocols import CannotRun

_BACKLOG = 128  # connections that the kernel keeps until the event loop takes them
_CLOSE_SECONDS = 2  # for requests that are still being answered when the server closes


class WebServer:
    """A server on one address. If `port` is 0, it becomes the real port before `listening` is set.

    `bounds`: of its connections; by default as the descriptors of the process allow.
    """

    def __init__(self, host: str, port: int, bounds: Bounds | None = None) -> None:
        self.host = host.strip("[]")
        self.port = port
        self.listening = asyncio.Event()
        self._bounds = bounds

    @property
    def url(self) -> str:
        """The base URL; valid once `listening` is set."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    async def serve(self, app: web.Application) -> None:
        """Serve until cancelled. Raises CannotRun if the address cannot be listened on."""
        app.middlewares.append(track)
        runner = web.AppRunner(app, shutdown_timeout=_CLOSE_SECONDS)
        await runner.setup()
        listener = None
        try:
            listener = await self._listen(runner)
            self.listening.set()
            await asyncio.Event().wait()
        finally:
            self.listening.clear()
            if listener is not None:
                listener.close()
            await runner.cleanup()

    async def _listen(self, runner: web.AppRunner) -> asyncio.Server:
        server, loop = runner.server, asyncio.get_running_loop()
        assert server is not None
        connections = Connections(self._bounds or usual_bounds())
        try:
            listener = await loop.create_server(
                lambda: Connection(server, connections, loop), self.host, self.port, backlog=ACCEPTED_AT_ONCE
            )
        except OSError as error:
            raise CannotRun(_explain(error, self.host, self.port)) from error
        _queue_more(listener.sockets)
        self.port = listener.sockets[0].getsockname()[1]
        return listener


def _queue_more(sockets: Iterable[socket.socket]) -> None:
    """Let the kernel keep more connections than asyncio accepts at once: its `backlog` is both numbers."""
    for each in sockets:
        with socket.socket(fileno=each.dup().detach()) as same:
            same.listen(_BACKLOG)


def _explain(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken by another program; stop it, or set IMAGINE_WEB_PORT to another."
        )
    if error.errno == errno.EACCES:
        return f"This account may not listen on port {port}; set IMAGINE_WEB_PORT to 1024 or above."
    return f"Cannot listen on {host}, port {port}; check IMAGINE_WEB_HOST. ({error.strerror or error})"
