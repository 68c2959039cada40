"""Calls of Slack's Web API over one session: they wait if Slack asks to, and retry only if it is harmless.

slack_sdk's own retries are off: they post a message again when only its answer was lost, and they read only
the first digit of a Retry-After of 30.
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
from adapters.slack.errors import TOKEN_ERRORS, Refusal, refusal
from adapters.slack.outbound.rate_limit import RateLimit
from bot.port.protocols import DeliveryError

CALL_SECONDS = 30.0  # the longest that one call may take; slack_sdk ignores its own limit on a shared session
PATIENCE = 120.0  # seconds that a call waits in all when Slack asks it to
# Prefixes of the methods that take no JSON ("Accepted content types" on their pages).
FORM_METHODS = ("files.", "users.", "usergroups.")
POST_METHODS = frozenset({"chat.postMessage", "chat.postEphemeral", "files.completeUploadExternal"})

Json = dict[str, Any]
Tokens = Callable[[str], Awaitable[str | None]]  # returns the bot's token in a team; None if not installed


class WebApi:
    """The Web API over one session.

    `token_rejected`: set when Slack rejects a token; `token_error`: Slack's code for that.
    """

    def __init__(
        self, session: aiohttp.ClientSession, rate_limit: RateLimit, tokens: Tokens, base_url: str
    ) -> None:
        self.session = session
        self.rate_limit = rate_limit
        self.token_rejected = asyncio.Event()
        self.token_error = ""
        self._tokens = tokens
        self._base_url = base_url

    def client(self, token: str | None = None) -> AsyncWebClient:
        """Make slack_sdk's client on the same session, without retries."""
        return AsyncWebClient(
            token, self._base_url, session=self.session, retry_handlers=[], logger=sdk_logger()
        )

    async def token(self, team: str) -> str:
        """Return the bot's token in a team. Raises DeliveryError if the app is not installed there."""
        token = await self._tokens(team)
        if token is None:
            raise DeliveryError(messages.not_installed(team), retryable=False)
        return token

    async def call(
        self, team: str, method: str, body: Mapping[str, Any], *, patience: float = PATIENCE
    ) -> Json:
        """Call a method as the bot in a team; return Slack's answer.

        Raises Refusal, RateLimited, the errors of NO_ANSWER, and DeliveryError if the app is not installed.

        `patience`: the seconds to wait in all when Slack asks to.
        """
        token = await self.token(team)
        target = (team, method, body.get("channel") if method == "chat.postMessage" else None)
        while True:
            patience -= await self.rate_limit.wait(target, patience)
            try:
                return await self._call(self.client(token), method, body)
            except Refusal as error:
                if error.code in TOKEN_ERRORS:
                    self.token_error = error.code
                    self.token_rejected.set()
                if error.status != 429:
                    raise
                self.rate_limit.pause(target, error.retry_after)

    async def post(self, team: str, body: Mapping[str, Any]) -> str:
        """Call chat.postMessage at the channel's turn; return the message's ts. Raises as `call` does."""
        async with self.rate_limit.turn((team, body["channel"])):
            return str((await self.call(team, "chat.postMessage", body))["ts"])

    async def _call(self, client: AsyncWebClient, method: str, body: Mapping[str, Any]) -> Json:
        """Call once more after a lost connection, unless the method posts something.

        An idle connection may end at the moment it is used.
        """
        try:
            return await self.call_once(client, method, body)
        except aiohttp.ClientConnectionError:
            if method in POST_METHODS:
                raise
        return await self.call_once(client, method, body)

    async def call_once(self, client: AsyncWebClient, method: str, body: Mapping[str, Any]) -> Json:
        """Call a method by this client, without any retry. Raises Refusal, and the errors of NO_ANSWER.

        All arguments go in the body: alt texts are too long for a URL.
        """
        try:
            async with asyncio.timeout(CALL_SECONDS):
                if method.startswith(FORM_METHODS):
                    response = await client.api_call(method, data=_form(body))
                else:
                    response = await client.api_call(method, json=dict(body))
        except SlackApiError as error:
            raise refusal(error) from error
        data = response.data
        return data if isinstance(data, dict) else {}


def _form(body: Mapping[str, Any]) -> Json:
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}


def sdk_logger() -> logging.Logger:
    """Return a logger for slack_sdk that takes only warnings: below, it logs messages and response_urls."""
    logger = logging.getLogger("adapters.slack.sdk")
    if logger.level != logging.WARNING:  # setLevel clears the cache of every logger: do it only once
        logger.setLevel(logging.WARNING)
    return logger
