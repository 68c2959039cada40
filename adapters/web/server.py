"""The one web server of the process."""

import asyncio
import errno

from aiohttp import web

from bot.port.protocols import CannotRun

_CLOSE_SECONDS = 2  # for requests that are still being answered when the server closes


class WebServer:
    """A server on one address. If `port` is 0, it becomes the real port before `listening` is set."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host.strip("[]")
        self.port = port
        self.listening = asyncio.Event()

    @property
    def url(self) -> str:
        """The base URL; valid once `listening` is set."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    async def serve(self, app: web.Application) -> None:
        """Serve until cancelled. Raises CannotRun if the address cannot be listened on."""
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=_CLOSE_SECONDS)
        await runner.setup()
        try:
            await self._listen(runner)
            self.listening.set()
            await asyncio.Event().wait()
        finally:
            self.listening.clear()
            await runner.cleanup()

    async def _listen(self, runner: web.AppRunner) -> None:
        site = web.TCPSite(runner, self.host, self.port)
        try:
            await site.start()
        except OSError as error:
            raise CannotRun(_explain(error, self.host, self.port)) from error
        self.port = site.port


def _explain(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken by another program; stop it, or set IMAGINE_WEB_PORT to another."
        )
    if error.errno == errno.EACCES:
        return f"This account may not listen on port {port}; set IMAGINE_WEB_PORT to 1024 or above."
    return f"Cannot listen on {host}, port {port}; check IMAGINE_WEB_HOST. ({error.strerror or error})"
