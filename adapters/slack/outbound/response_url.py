"""What a response_url opens: messages for whoever acted, even where the bot is no member.

It may be used five times within thirty minutes (docs.slack.dev/interactivity/handling-user-interaction). What
a slash command's posted, it can neither replace nor delete; what a button was pressed in, the press's can.
"""

import asyncio
import json
import re
from collections.abc import Callable

from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.slack.errors import Refusal, seconds
from adapters.slack.outbound.web_api import CALL_SECONDS, Calls, Json, quiet_logger
from bot.port.requests import Address

USES = 5  # of one response_url
USES_TO_TELL = 3  # of these for what only tells how far a job is, so that its outcome can be told, too
URLS_KEPT = 2_000  # whose uses are counted; of an older one, Slack says itself that it is used up

_CODE = re.compile(r"[a-z_]{1,40}")


class Uses:
    """How often each response_url was used, by this process."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def left(self, url: str, most: int) -> bool:
        return self._counts.get(url, 0) < most

    def count(self, url: str) -> None:
        self._counts[url] = self._counts.pop(url, 0) + 1
        if len(self._counts) > URLS_KEPT:
            del self._counts[next(iter(self._counts))]


class ByUrl:
    """Raises Refusal and NO_ANSWER."""

    def __init__(self, calls: Calls, uses: Uses, clock: Callable[[], float]) -> None:
        self._calls = calls
        self._uses = uses
        self._clock = clock

    def url(self, address: Address, *, most: int = USES) -> str | None:
        """What is posted by; None where nothing is lent any more, or it was used so often."""
        lent = address.lent
        if lent is None or lent.until <= self._clock() or not self._uses.left(lent.token, most):
            return None
        return lent.token

    async def send(self, url: str, body: Json) -> None:
        """Whether it arrived or not, it counts as a use."""
        self._uses.count(url)
        client = AsyncWebhookClient(
            url, session=self._calls.session, retry_handlers=[], logger=quiet_logger()
        )
        async with asyncio.timeout(CALL_SECONDS):
            answer = await client.send_dict(body)
        if answer.status_code != 200:
            raise Refusal(_code(answer.body), answer.status_code, retry_after=seconds(answer.headers))


def _code(body: str) -> str:
    """Slack's word for why not, as JSON or by itself."""
    try:
        told = json.loads(body)
    except ValueError:
        told = body
    word = str(told.get("error")) if isinstance(told, dict) else str(told)
    return word if _CODE.fullmatch(word) else ""
