"""Installation into a workspace by OAuth: the browser goes to Slack, and comes back with a code.

docs.slack.dev/authentication/installing-with-oauth. The state proves that the browser that comes back is the
one that left: it is encrypted, lasts ten minutes, belongs to one browser by its cookie, and works once. The
app's own pages at Slack say where the browser comes back to; no request can.
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
MOST_STATES = 10_000  # used states that are read; each is kept until it would expire
_PREFIX = "state:"
_AUTHORIZE = "/oauth/v2/authorize"


class OAuth:
    """The flow of one app. `scopes`: those that the app asks for."""

    def __init__(
        self,
        store: KeyValue,
        installs: Installs,
        cipher: TokenCipher,
        *,
        scopes: Sequence[str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._installs = installs
        self._cipher = cipher
        self._scopes = scopes
        self._clock = clock
        self._using = asyncio.Lock()

    def begin(self) -> tuple[str, str] | None:
        """Return (Slack's URL for the browser, the state for its cookie); None while Slack is not served."""
        client = self._installs.client
        if client is None:
            return None
        state = self._cipher.encrypt(
            {"state": secrets.token_urlsafe(16), "until": int(self._clock()) + STATE_SECONDS}
        )
        query = {"client_id": self._installs.client_id, "scope": ",".join(self._scopes), "state": state}
        return f"{urljoin(client.base_url, _AUTHORIZE)}?{urlencode(query)}", state

    async def finish(self, *, state: str, cookie: str, code: str) -> Page:
        """Install the app for a browser that comes back from Slack; return the page to show.

        `state` and `code`: from Slack, "" if missing. `cookie`: the state in the browser's cookie.
        """
        is_ascii = state.isascii() and cookie.isascii()  # as ours are, and as compare_digest wants them
        is_own = bool(state) and is_ascii and hmac.compare_digest(state, cookie)
        if not is_own or not await self._use(state):
            return pages.LINK_EXPIRED
        if not code:
            return pages.CONSENT_DENIED
        try:
            installation = await self._installs.exchange(code)
        except Refusal as error:
            log.warning("slack.not_installed", reason=reason(error))
            return pages.INSTALL_REFUSED
        except NO_ANSWER as error:
            log.warning("slack.not_installed", reason=reason(error))
            return pages.SLACK_UNREACHABLE
        if installation is None:
            return pages.WHOLE_ORGANIZATION
        await self._installs.install(installation)
        log.info("slack.installed", team=installation.team)
        return pages.INSTALL_DONE

    async def _use(self, state: str) -> bool:
        """Mark a state as used; return False if it is not from here, has expired, or was used before."""
        payload, now = self._cipher.decrypt(state), self._clock()
        if payload is None or "state" not in payload or payload["until"] <= now:
            return False
        async with self._using:
            used = await self._store.items(_PREFIX, MOST_STATES)
            for key, until in used:
                if int(until) <= now:
                    await self._store.delete(key)
            name = _PREFIX + payload["state"]
            if any(key == name for key, _ in used):
                return False
            await self._store.put(name, str(payload["until"]))
            return True
