"""What goes wrong with Discord, as the core and the operator need to know it: this seam maps every error.

Codes are those of the documentation's page topics/opcodes-and-status-codes.
"""

import aiohttp
import discord
import structlog

from adapters.discord import messages
from bot.errors import trace
from bot.port.protocols import CannotRun, DeliveryError

log = structlog.get_logger()

UNKNOWN_MESSAGE = 10008
TOO_LARGE = 40005
_MISSING = {
    50001: messages.NO_ACCESS,
    50013: messages.NO_PERMISSION,
    50007: messages.NO_DIRECT,
    50278: messages.NO_DIRECT,  # no server in common
}
NO_MORE_POSTS = 40094  # of a reply token: five follow-ups of a personal install; it still edits them
# Of a reply token besides: unknown webhook, unknown interaction, over.
_TOKEN_DEAD = frozenset({10015, 10062, 50027})
_AT_THE_EDGE = (0, 40333)  # codes of a 403 that comes from Cloudflare: this address is stopped for a while
_FATAL_CLOSES = {
    4004: messages.BAD_TOKEN,
    4010: messages.NO_SUCH_SHARD,
    4012: messages.OUTDATED.format(code=4012),
    4013: messages.OUTDATED.format(code=4013),
    4014: messages.INTENTS,
}
_TOO_FEW_SHARDS = 4011
_WHY_LIMIT = 160  # characters of Discord's own reason; a page of HTML may stand there
NO_ANSWER = (aiohttp.ClientError, OSError, TimeoutError)  # whether it was carried out, nobody knows


class TooFewShards(CannotRun):
    """Discord wants the bot's servers divided among more shards."""


def delivery_error(error: Exception, doing: str) -> DeliveryError:
    """Any error as the core's. `doing` follows "would not", such as "post in channel 5"; for the log, too."""
    match error:
        case DeliveryError():
            return error
        case discord.RateLimited():
            return DeliveryError(messages.too_often(doing, error.retry_after), retryable=True)
        case discord.HTTPException():
            return _refusal(error, doing)
        case discord.GatewayNotFound() | discord.ConnectionClosed():
            return DeliveryError(messages.no_answer(doing, type(error).__name__), retryable=True)
        case aiohttp.ClientError() | OSError() | TimeoutError():
            return DeliveryError(messages.no_answer(doing, type(error).__name__), retryable=True)
    log.error("discord.broke", doing=doing, trace=trace(error))
    return DeliveryError(messages.broke(doing, type(error).__name__), retryable=False)


def _refusal(error: discord.HTTPException, doing: str) -> DeliveryError:
    if (needs := _MISSING.get(error.code)) is not None:
        sentence = messages.lacks(doing, needs, error.status, error.code)
        log.warning("discord.not_allowed", doing=doing, needs=needs, code=error.code)
        return DeliveryError(sentence, retryable=False)
    sentence = messages.refused(doing, error.status, error.code, _why(error))
    return DeliveryError(sentence, retryable=is_passing(error))


def _why(error: discord.HTTPException) -> str:
    """Discord's reason and the fields it minds, but not what it says of them: that may quote a prompt."""
    reason, *fields = error.text.split("\n") if error.code else [""]
    minded = [field.removeprefix("In ").partition(":")[0] for field in fields]
    return ", ".join([reason, *minded])[:_WHY_LIMIT]


def is_passing(error: Exception) -> bool:
    """Whether the same may work later: outages, waits and lost connections pass; refusals do not."""
    if isinstance(error, discord.HTTPException):
        at_edge = error.status == 403 and error.code in _AT_THE_EDGE
        return error.status >= 500 or error.status == 429 or at_edge
    passing = (discord.RateLimited, discord.GatewayNotFound, discord.ConnectionClosed)
    return isinstance(error, (*passing, *NO_ANSWER))


def is_token_over(error: discord.HTTPException) -> bool:
    """Whether a reply token does not open this any more."""
    return is_token_dead(error) or error.code == NO_MORE_POSTS


def is_token_dead(error: discord.HTTPException) -> bool:
    """Whether a reply token opens nothing at all any more."""
    return error.status == 401 or error.code in _TOKEN_DEAD


def is_too_large(error: discord.HTTPException) -> bool:
    return error.status == 413 or error.code == TOO_LARGE


def is_shut(error: discord.HTTPException) -> bool:
    """Whether a channel will go on refusing until somebody changes its permissions."""
    return error.status == 403 and error.code in _MISSING


def is_fatal(error: Exception) -> bool:
    """Whether logging in or connecting again cannot help."""
    if isinstance(error, discord.ConnectionClosed):
        return error.code in _FATAL_CLOSES or error.code == _TOO_FEW_SHARDS
    unauthorized = isinstance(error, discord.HTTPException) and error.status == 401
    return unauthorized or isinstance(
        error, CannotRun | discord.LoginFailure | discord.PrivilegedIntentsRequired
    )


def cannot_run(error: Exception) -> CannotRun:
    """Why Discord cannot be served, and what to change."""
    match error:
        case CannotRun():
            return error
        case discord.PrivilegedIntentsRequired():
            return CannotRun(messages.INTENTS)
        case discord.ConnectionClosed() if error.code in _FATAL_CLOSES:
            return CannotRun(_FATAL_CLOSES[error.code])
        case discord.ConnectionClosed() if error.code == _TOO_FEW_SHARDS:
            return TooFewShards(messages.TOO_FEW_SHARDS)
    if is_fatal(error):
        return CannotRun(messages.BAD_TOKEN)
    if isinstance(error, discord.HTTPException):
        return CannotRun(messages.UNREACHABLE.format(why=f"it answered {error.status}"))
    return CannotRun(messages.UNREACHABLE.format(why=_kind(error)))


def _kind(error: Exception) -> str:
    strerror = error.strerror if isinstance(error, OSError) else None
    return strerror or type(error).__name__
