"""A check of Slack's tokens for the command line. It connects to nothing and listens to nobody."""

import asyncio

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack import messages
from adapters.slack.errors import NO_ANSWER, cannot_run, reason, refusal
from adapters.slack.outbound.web_api import sdk_logger
from bot.port.protocols import CannotRun

CALL_SECONDS = 10.0  # the longest that one call may take


async def account(bot_token: str, app_token: str = "") -> str:
    """Return the name of the account that the bot's token belongs to.

    Raises CannotRun if a token does not work, if the bot lacks a scope, or if Slack cannot be reached.

    `app_token`: the token of Socket Mode; it is checked by asking for a websocket's address.
    """
    response = await _call("auth.test", bot_token, messages.BAD_TOKEN)
    scopes = response.headers.get("X-OAuth-Scopes", "").replace(" ", "").split(",")
    for scope in messages.SCOPES:
        if scopes != [""] and scope not in scopes:
            problem, _, fix = messages.missing_scope(scope).partition("; ")
            raise CannotRun(f"{problem[:1].upper()}{problem[1:]}. {fix[:1].upper()}{fix[1:]}.")
    if app_token:
        await _call("apps.connections.open", app_token, messages.BAD_APP_TOKEN)
    return str(response["user"])


async def _call(method: str, token: str, bad_token: str) -> AsyncSlackResponse:
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(
            token, AsyncWebClient.BASE_URL, session=session, retry_handlers=[], logger=sdk_logger()
        )
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await client.api_call(method)
        except SlackApiError as error:
            refused = refusal(error)
            raise cannot_run(refused, bad_token) or _unreachable(refused) from error
        except NO_ANSWER as error:
            raise _unreachable(error) from error


def _unreachable(error: Exception) -> CannotRun:
    return CannotRun(messages.UNREACHABLE.format(why=reason(error)))
