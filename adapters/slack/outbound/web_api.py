"""Calls of the Web API: over one session, as long as Slack takes, and twice only where that does no harm.

slack_sdk's own repeats are off. They post a message again when only its answer was lost, and of a Retry-After
of 30 they read the first digit.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import messages
from adapters.slack.errors import TURNED_AWAY, Refusal, refusal
from adapters.slack.outbound.rate_limit import RateLimit
from bot.port.protocols import DeliveryError

CALL_SECONDS = 30.0  # of one call; slack_sdk has the same, but not with a session that is shared
PATIENCE = 120.0  # seconds that a call waits where Slack asks for quiet, all in all
FORMED = ("files.", "users.", "usergroups.")  # whose methods take no JSON ("Accepted content types")
POSTS = frozenset({"chat.postMessage", "chat.postEphemeral", "files.completeUploadExternal"})

Json = dict[str, Any]
Tokens = Callable[[str], Awaitable[str | None]]  # a team's id to the bot's token there, if it is installed


class Calls:
    """For one session. `turned_away`: set when Slack takes a token no more; `turned_away_by`: its code."""

    def __init__(
        self, session: aiohttp.ClientSession, pace: RateLimit, tokens: Tokens, base_url: str
    ) -> None:
        self.session = session
        self.pace = pace
        self.turned_away = asyncio.Event()
        self.turned_away_by = ""
        self._tokens = tokens
        self._base_url = base_url

    def client(self, token: str | None = None) -> AsyncWebClient:
        """slack_sdk's client on the same session, which repeats nothing."""
        return AsyncWebClient(
            token, self._base_url, session=self.session, retry_handlers=[], logger=quiet_logger()
        )

    async def ask(
        self, team: str, method: str, body: Mapping[str, Any], *, patience: float = PATIENCE
    ) -> Json:
        """Call as the bot in a team. Raises Refusal, TooOften, NO_ANSWER; DeliveryError where it is not."""
        token = await self._tokens(team)
        if token is None:
            raise DeliveryError(messages.not_installed(team), retryable=False)
        place = (team, method, body.get("channel") if method == "chat.postMessage" else None)
        while True:
            patience -= await self.pace.quiet(place, patience)
            try:
                return await self._answered(self.client(token), method, body)
            except Refusal as error:
                if error.code in TURNED_AWAY:
                    self.turned_away_by = error.code
                    self.turned_away.set()
                if error.status != 429:
                    raise
                self.pace.hush(place, error.retry_after)

    async def post(self, team: str, body: Mapping[str, Any]) -> str:
        """chat.postMessage, when it is the channel's turn; the message's ts. Raises as `ask` does."""
        async with self.pace.turn((team, body["channel"])):
            return str((await self.ask(team, "chat.postMessage", body))["ts"])

    async def _answered(self, client: AsyncWebClient, method: str, body: Mapping[str, Any]) -> Json:
        try:
            return await self.once(client, method, body)
        except aiohttp.ClientConnectionError:  # an idle connection ends at the moment it is used, for one
            if method in POSTS:
                raise
        return await self.once(client, method, body)

    async def once(self, client: AsyncWebClient, method: str, body: Mapping[str, Any]) -> Json:
        """One call by a client. In a URL, words about pictures are too long."""
        try:
            async with asyncio.timeout(CALL_SECONDS):
                if method.startswith(FORMED):
                    response = await client.api_call(method, data=_form(body))
                else:
                    response = await client.api_call(method, json=dict(body))
        except SlackApiError as error:
            raise refusal(error) from error
        data = response.data
        return data if isinstance(data, dict) else {}


def _form(body: Mapping[str, Any]) -> Json:
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}


def quiet_logger() -> logging.Logger:
    """For slack_sdk, which logs whole messages, and response_urls, wherever a logger would take it."""
    logger = logging.getLogger("adapters.slack.sdk")
    if logger.level != logging.WARNING:  # to set a level is to forget what every logger has worked out
        logger.setLevel(logging.WARNING)
    return logger
