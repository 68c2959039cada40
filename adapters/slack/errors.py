"""What goes wrong with Slack, as the core and the operator need to know it: this seam maps every error.

Codes are those that the pages of the methods list, below docs.slack.dev/reference/methods.
"""

from collections.abc import Mapping
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError

from adapters.slack import messages as wording
from bot.errors import trace
from bot.port.protocols import CannotRun, DeliveryError

log = structlog.get_logger()

TURNED_AWAY = frozenset({"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"})
GONE = frozenset({"message_not_found", "file_not_found", "file_deleted"})
# Of blocks and the files in them: another way of posting may still do.
_BADLY_MADE = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "invalid_arguments", "invalid_attachments"}
)
_PASSING = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)
# Answers of apps.connections.open to a good token, once somebody has turned Socket Mode off.
_SOCKET_OFF = frozenset({"not_allowed_token_type", "socket_mode_disabled", "link_disabled"})
QUIET = 1.0  # seconds, after an answer 429 that does not say
_WHERE_LIMIT = 160  # characters of what Slack minds
NO_ANSWER = (aiohttp.ClientError, OSError, TimeoutError)  # whether it was carried out, nobody knows


class TooOften(Exception):
    """Slack asks for more quiet than there is time for."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.0f} s")
        self.seconds = seconds


class Refusal(Exception):
    """Slack answered, and would not. `code` is "" where the answer was none of the Web API's.

    In place of slack_sdk's own error, whose text holds the whole answer. `needed`: a scope; `where`: the
    fields that Slack minds; `retry_after`: seconds of quiet that it asks for.
    """

    def __init__(
        self, code: str, status: int = 200, *, needed: str = "", where: str = "", retry_after: float = 0.0
    ) -> None:
        super().__init__(f"{status} {code}".rstrip())
        self.code = code
        self.status = status
        self.needed = needed
        self.where = where
        self.retry_after = retry_after


def refusal(error: SlackApiError) -> Refusal:
    """slack_sdk's error, as far as it may be told."""
    response = error.response
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    data = getattr(response, "data", None)
    told: Mapping[str, Any] = data if isinstance(data, dict) else {}
    needed = str(told.get("needed") or "").partition(",")[0]
    after = seconds(getattr(response, "headers", {}))
    return Refusal(str(told.get("error") or ""), status, needed=needed, where=_where(told), retry_after=after)


def seconds(headers: Mapping[str, str]) -> float:
    """Of quiet that an answer asks for; some even where it does not say how many."""
    text = headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else QUIET


def _where(told: Mapping[str, Any]) -> str:
    """The fields that Slack minds, but not what it says of them: that may quote a prompt."""
    messages = (told.get("response_metadata") or {}).get("messages") or []
    pointers = [str(each).partition("[json-pointer:")[2].rstrip("]") for each in messages]
    return ", ".join(filter(None, pointers))[:_WHERE_LIMIT]


def delivery_error(error: Exception, doing: str) -> DeliveryError:
    """Any error as the core's. `doing` follows "would not", such as "post in C5"; for the log, too."""
    match error:
        case DeliveryError():
            return error
        case TooOften():
            return DeliveryError(wording.too_often(doing, error.seconds), retryable=True)
        case Refusal(code="missing_scope"):
            log.error("slack.missing_scope", scope=error.needed, doing=doing)
            return DeliveryError(wording.lacks(doing, error.needed), retryable=False)
        case Refusal():
            sentence = wording.refused(doing, error.code, error.status, error.where)
            return DeliveryError(sentence, retryable=is_passing(error))
        case aiohttp.ClientError() | OSError() | TimeoutError():
            return DeliveryError(wording.no_answer(doing, type(error).__name__), retryable=True)
    log.error("slack.broke", doing=doing, trace=trace(error))
    return DeliveryError(wording.broke(doing, type(error).__name__), retryable=False)


def is_passing(error: Exception) -> bool:
    """Whether the same may work later: outages, waits and lost connections pass; refusals do not.

    A token that is taken no more is the operator's to renew: what was drawn is delivered after that.
    """
    if isinstance(error, Refusal):
        return error.status >= 500 or error.status == 429 or error.code in _PASSING | TURNED_AWAY
    return isinstance(error, (TooOften, *NO_ANSWER))


def is_uncertain(error: Exception) -> bool:
    """Whether it may have been carried out all the same: no answer came, or one from before Slack."""
    return isinstance(error, NO_ANSWER) or (isinstance(error, Refusal) and error.status >= 500)


def is_badly_made(error: Exception) -> bool:
    """Whether Slack minds what a message is made of, and not where it goes or who posts it."""
    return isinstance(error, Refusal) and error.code in _BADLY_MADE


def cannot_run(error: Exception, token: str = wording.BAD_TOKEN) -> CannotRun | None:
    """Why Slack cannot be served, and what to change; None where the same may work later.

    `token`: what to say of the one that was used, where Slack does not take it.
    """
    match error:
        case CannotRun():
            return error
        case Refusal(code=code) if token is wording.BAD_APP_TOKEN and code in _SOCKET_OFF:
            return CannotRun(wording.SOCKET_OFF.format(code=code))
        case Refusal(code=code) if code in TURNED_AWAY | {"not_allowed_token_type", "missing_scope"}:
            return CannotRun(token.format(code=code))
    return None


def reason(error: Exception) -> str:
    """For the log, in the place of an error's own words, which may quote what was sent."""
    if isinstance(error, Refusal | TooOften | DeliveryError):
        return str(error)
    strerror = error.strerror if isinstance(error, OSError) else None
    return strerror or type(error).__name__
