"""Every error of the Discord library, mapped to what the core and the operator need to know.

Codes are those of the documentation's page topics/opcodes-and-status-codes.
"""

from collections.abc import Mapping

import aiohttp
import discord
import structlog

from adapters.discord import messages
from bot import wording
from bot.errors import trace
from bot.port.protocols import CannotRun, ClosedPlace, DeliveryError

log = structlog.get_logger()

UNKNOWN_MESSAGE = 10008
TOO_LARGE = 40005
_MISSING = {
    50001: messages.NO_ACCESS,
    50013: messages.NO_PERMISSION,
    50007: messages.NO_DIRECT,
    50278: messages.NO_DIRECT,  # no server in common
}
# The reply token of a personal install posts five follow-ups, and can then only edit them.
NO_MORE_POSTS = 40094
# Refusals of a place, whoever asks and however often. A thread that nobody locked opens by a new message.
CLOSED_PLACES: Mapping[int, ClosedPlace] = {
    10003: "gone",  # unknown channel: a thread, too
    10004: "removed",  # unknown server
    50001: "restricted",  # missing access
    50013: "restricted",  # missing permissions
    50083: "thread closed",  # archived
    160005: "thread closed",  # locked
}
_TOKEN_EXPIRED = frozenset({10015, 10062, 50027})  # unknown webhook, unknown interaction, invalid token
_CLOUDFLARE = (0, 40333)  # codes of a 403 that comes from Cloudflare, which blocks our address for a while
_FATAL_CLOSES = {
    4004: messages.BAD_TOKEN,
    4010: messages.NO_SUCH_SHARD,
    4012: messages.OUTDATED.format(code=4012),
    4013: messages.OUTDATED.format(code=4013),
    4014: messages.INTENTS,
}
_TOO_FEW_SHARDS = 4011
_REASON_LIMIT = 160  # characters of Discord's own reason, which may be a page of HTML
NO_ANSWER = (aiohttp.ClientError, OSError, TimeoutError)  # nobody knows whether the call was carried out


class TooFewShards(CannotRun):
    """Discord wants the bot's servers divided among more shards."""


def delivery_error(error: Exception, doing: str, *, in_thread: bool = False) -> DeliveryError:
    """Map any error to the core's.

    `doing`: the words after "would not", such as "post in channel 5"; also for the log.
    """
    match error:
        case DeliveryError():
            return error
        case discord.RateLimited():
            return DeliveryError(messages.rate_limited(doing, error.retry_after), retryable=True)
        case discord.HTTPException():
            return _refusal(error, doing, in_thread)
        case discord.GatewayNotFound() | discord.ConnectionClosed():
            return DeliveryError(messages.no_answer(doing, type(error).__name__), retryable=True)
        case aiohttp.ClientError() | OSError() | TimeoutError():
            return DeliveryError(messages.no_answer(doing, type(error).__name__), retryable=True)
    log.error("discord.broke", doing=doing, trace=trace(error))
    return DeliveryError(messages.unexpected(doing, type(error).__name__), retryable=False)


def _refusal(error: discord.HTTPException, doing: str, in_thread: bool) -> DeliveryError:
    why = sentence_for(closed_place(error, in_thread=in_thread))
    if (needs := _MISSING.get(error.code)) is not None:
        sentence = messages.missing_permission(doing, needs, error.status, error.code)
        log.warning("discord.not_allowed", doing=doing, needs=needs, code=error.code)
        return DeliveryError(sentence, retryable=False, sentence=why)
    sentence = messages.refusal(doing, error.status, error.code, _reason(error))
    return DeliveryError(sentence, retryable=is_transient(error), sentence=why)


def _reason(error: discord.HTTPException) -> str:
    """Return Discord's reason and the names of the fields it rejects.

    The messages about these fields are left out, because they may quote a prompt.
    """
    reason, *lines = error.text.split("\n") if error.code else [""]
    fields = [line.removeprefix("In ").partition(":")[0] for line in lines]
    return ", ".join([reason, *fields])[:_REASON_LIMIT]


def is_transient(error: Exception) -> bool:
    """Return whether the same call may work later: after an outage, a wait or a lost connection."""
    if isinstance(error, discord.HTTPException):
        is_from_cloudflare = error.status == 403 and error.code in _CLOUDFLARE
        return error.status >= 500 or error.status == 429 or is_from_cloudflare
    transient = (discord.RateLimited, discord.GatewayNotFound, discord.ConnectionClosed)
    return isinstance(error, (*transient, *NO_ANSWER))


def closed_place(error: discord.HTTPException, *, in_thread: bool = False) -> ClosedPlace:
    """Return why a place takes no message any more; "" if the error is about something else."""
    why = CLOSED_PLACES.get(error.code, "")
    return "thread gone" if why == "gone" and in_thread else why


def sentence_for(why: ClosedPlace) -> str:
    """Put in words for people why a place takes no message any more; "" if nobody knows."""
    return wording.not_here("", why) if why else ""


def is_token_unusable(error: discord.HTTPException) -> bool:
    """Return whether a reply token cannot do this any more, though it may still edit."""
    return is_token_expired(error) or error.code == NO_MORE_POSTS


def is_token_expired(error: discord.HTTPException) -> bool:
    """Return whether a reply token opens nothing at all any more."""
    return error.status == 401 or error.code in _TOKEN_EXPIRED


def is_too_large(error: discord.HTTPException) -> bool:
    return error.status == 413 or error.code == TOO_LARGE


def is_forbidden(error: discord.HTTPException) -> bool:
    """Return whether a place will refuse until somebody changes its permissions or settings."""
    return error.status == 403 and error.code in _MISSING


def is_fatal(error: Exception) -> bool:
    """Return whether another login or connection cannot help."""
    if isinstance(error, discord.ConnectionClosed):
        return error.code in _FATAL_CLOSES or error.code == _TOO_FEW_SHARDS
    is_unauthorized = isinstance(error, discord.HTTPException) and error.status == 401
    return is_unauthorized or isinstance(
        error, CannotRun | discord.LoginFailure | discord.PrivilegedIntentsRequired
    )


def cannot_run(error: Exception) -> CannotRun:
    """Map any error to one that tells the operator why Discord cannot be served, and what to change."""
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
