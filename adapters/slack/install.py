"""What a shell asks of Slack: whether its tokens are good. Nobody is listened to."""

import asyncio

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack import messages
from adapters.slack.errors import NO_ANSWER, cannot_run, reason, refusal
from adapters.slack.outbound.web_api import quiet_logger
from bot.port.protocols import CannotRun

CALL_SECONDS = 10.0  # of one call


async def account(bot_token: str, app_token: str = "") -> str:
    """The name of the account that the bot's token is for. Raises CannotRun, for a missing scope, too.

    `app_token`: for Socket Mode; an address is asked for, and nothing connects to it.
    """
    told = await _ask("auth.test", bot_token, messages.BAD_TOKEN)
    granted = told.headers.get("X-OAuth-Scopes", "").replace(" ", "").split(",")
    for scope in messages.SCOPES:
        if granted != [""] and scope not in granted:
            what, _, fix = messages.missing(scope).partition("; ")
            raise CannotRun(f"{what[:1].upper()}{what[1:]}. {fix[:1].upper()}{fix[1:]}.")
    if app_token:
        await _ask("apps.connections.open", app_token, messages.BAD_APP_TOKEN)
    return str(told["user"])


async def _ask(method: str, token: str, bad_token: str) -> AsyncSlackResponse:
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(
            token, AsyncWebClient.BASE_URL, session=session, retry_handlers=[], logger=quiet_logger()
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
