"""Installing the app into a workspace by OAuth: off to Slack, and back with a code.

docs.slack.dev/authentication/installing-with-oauth. The state proves that whoever comes back is the one who
left: it is sealed, lasts ten minutes, belongs to one browser by its cookie, and is good for one use. Where to
come back to is for the app's own pages at Slack to say, and never for a request.
"""

import asyncio
import hmac
import secrets
import time
from collections.abc import Callable, Sequence
from urllib.parse import urlencode, urljoin

import structlog

from adapters.slack.errors import NO_ANSWER, Refusal, reason
from adapters.slack.oauth import pages
from adapters.slack.oauth.encryption import TokenCipher
from adapters.slack.oauth.installs import Installs
from adapters.slack.oauth.pages import Page
from bot.port.protocols import KeyValue

log = structlog.get_logger()

STATE_SECONDS = 600  # as long as Slack's code lasts (authentication/installing-with-oauth)
MOST_USED = 10_000  # states within that time that are remembered
_PREFIX = "state:"
_AUTHORIZE = "/oauth/v2/authorize"


class OAuth:
    """For one app. `scopes`: what the bot asks for."""

    def __init__(
        self,
        store: KeyValue,
        installs: Installs,
        seal: TokenCipher,
        *,
        scopes: Sequence[str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._installs = installs
        self._seal = seal
        self._scopes = scopes
        self._clock = clock
        self._using = asyncio.Lock()

    def begin(self) -> tuple[str, str] | None:
        """(where the browser is sent, the state that it keeps); None while Slack is not served."""
        client = self._installs.client
        if client is None:
            return None
        state = self._seal.close(
            {"state": secrets.token_urlsafe(16), "until": int(self._clock()) + STATE_SECONDS}
        )
        asked = {"client_id": self._installs.client_id, "scope": ",".join(self._scopes), "state": state}
        return f"{urljoin(client.base_url, _AUTHORIZE)}?{urlencode(asked)}", state

    async def finish(self, *, state: str, kept: str, code: str) -> Page:
        """What the browser is shown that comes back; `kept`: the state in its cookie."""
        if not state or not hmac.compare_digest(state.encode(), kept.encode()) or not await self._use(state):
            return pages.OVER
        if not code:
            return pages.NOT_AGREED
        try:
            installation = await self._installs.exchange(code)
        except Refusal as error:
            log.warning("slack.not_installed", reason=reason(error))
            return pages.REFUSED
        except NO_ANSWER as error:
            log.warning("slack.not_installed", reason=reason(error))
            return pages.UNREACHABLE
        if installation is None:
            return pages.NOT_ONE_WORKSPACE
        await self._installs.install(installation)
        log.info("slack.installed", team=installation.team)
        return pages.INSTALLED

    async def _use(self, state: str) -> bool:
        """Whether it is ours, has not ended, and was not used before."""
        told, now = self._seal.open(state), self._clock()
        if told is None or "state" not in told or told["until"] <= now:
            return False
        async with self._using:
            used = await self._store.items(_PREFIX, MOST_USED)
            for key, until in used:
                if int(until) <= now:
                    await self._store.delete(key)
            name = _PREFIX + told["state"]
            if any(key == name for key, _ in used):
                return False
            await self._store.put(name, str(told["until"]))
            return True
