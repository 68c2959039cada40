"""Messages through a response_url: only the person who acted sees them, even where the bot is no member.

A response_url works five times, for thirty minutes (docs.slack.dev/interactivity/handling-user-interaction).
A slash command's URL can neither replace nor delete what it posted. A button's URL can replace and delete the
message in which the button was pressed.
"""

import asyncio
import json
import re
from collections.abc import Callable

from cachetools import FIFOCache
from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.slack.errors import Refusal, retry_after
from adapters.slack.outbound.web_api import CALL_SECONDS, Json, WebApi, sdk_logger
from bot.port.requests import Address

MOST_USES = 5  # of one response_url
MOST_PROGRESS_USES = 3  # of these, for cards of a job that is not done: two uses stay for its outcome
COUNTED_URLS = 2_000  # URLs whose uses are counted; Slack itself refuses an older one that is used up

_CODE = re.compile(r"[a-z_]{1,40}")


class UseCounts:
    """The number of times that this process used each response_url."""

    def __init__(self) -> None:
        self._counts: FIFOCache[str, int] = FIFOCache(COUNTED_URLS)

    def is_below(self, url: str, limit: int) -> bool:
        return self._counts.get(url, 0) < limit

    def add(self, url: str) -> None:
        # Take the old entry out: the new one then counts as the newest.
        self._counts[url] = self._counts.pop(url, 0) + 1


class ResponseUrls:
    """A client for response_urls. Raises Refusal, and the errors of NO_ANSWER."""

    def __init__(self, web_api: WebApi, use_counts: UseCounts, clock: Callable[[], float]) -> None:
        self._web_api = web_api
        self._use_counts = use_counts
        self._clock = clock

    def url(self, address: Address, *, limit: int = MOST_USES) -> str | None:
        """Return an address's response_url; None if it has none, it expired, or it was used `limit` times."""
        lent = address.lent
        if lent is None or lent.until <= self._clock() or not self._use_counts.is_below(lent.token, limit):
            return None
        return lent.token

    async def send(self, url: str, body: Json) -> None:
        """Send a message. It counts as a use even if it fails: Slack may have counted it."""
        self._use_counts.add(url)
        client = AsyncWebhookClient(
            url, session=self._web_api.session, retry_handlers=[], logger=sdk_logger()
        )
        async with asyncio.timeout(CALL_SECONDS):
            answer = await client.send_dict(body)
        if answer.status_code != 200:
            raise Refusal(_code(answer.body), answer.status_code, retry_after=retry_after(answer.headers))


def _code(body: str) -> str:
    """Read Slack's error code, which comes as JSON or as plain text; "" for anything else."""
    try:
        payload = json.loads(body)
    except ValueError:
        payload = body
    code = str(payload.get("error")) if isinstance(payload, dict) else str(payload)
    return code if _CODE.fullmatch(code) else ""
