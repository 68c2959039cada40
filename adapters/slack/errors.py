"""Slack's errors, mapped to those of the port and to sentences for the operator.

Nothing outside this package sees an error of slack_sdk, aiohttp or Slack itself. The codes are those that the
methods' pages list, below docs.slack.dev/reference/methods.
"""

from collections.abc import Mapping
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError

from adapters.slack import messages
from bot.errors import trace
from bot.port.protocols import CannotRun, ClosedPlace, DeliveryError

log = structlog.get_logger()

TOKEN_ERRORS = frozenset({"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"})
NOT_FOUND = frozenset({"message_not_found", "file_not_found", "file_deleted"})
# They blame the blocks, or the files in them: another way to post may still work.
_CONTENT_ERRORS = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "invalid_arguments", "invalid_attachments"}
)
# chat.update refuses to edit this message; a new message may still be posted.
CANNOT_EDIT = frozenset({"cant_update_message", "edit_window_closed"})
# "It's possible some aspect of the operation succeeded before the error was raised", says each method's page.
_PERHAPS_DONE = frozenset({"fatal_error", "internal_error"})
_RESTRICTED = frozenset({"posting_to_general_channel_denied", "no_permission", "access_denied"})
_TRANSIENT = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)
# apps.connections.open answers these to a good token after somebody turned Socket Mode off.
_SOCKET_MODE_OFF = frozenset({"not_allowed_token_type", "socket_mode_disabled", "link_disabled"})
DEFAULT_RETRY_AFTER = 1.0  # seconds to wait after an answer 429 that names no number
_FIELDS_LIMIT = 160  # characters of the list of fields that Slack rejects
NO_ANSWER = (aiohttp.ClientError, OSError, TimeoutError)  # nobody knows if Slack carried the call out


class RateLimited(Exception):
    """Slack asks for a longer pause than the caller has time for."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.0f} s")
        self.seconds = seconds


class Refusal(Exception):
    """An answer of Slack that says no. `code` is "" if the answer is not one of the Web API's.

    It replaces slack_sdk's own error, whose text holds the whole answer.

    `scope`: the scope that the bot lacks; `fields`: the fields that Slack rejects;
    `retry_after`: the seconds that Slack asks to wait.
    """

    def __init__(
        self, code: str, status: int = 200, *, scope: str = "", fields: str = "", retry_after: float = 0.0
    ) -> None:
        super().__init__(f"{status} {code}".rstrip())
        self.code = code
        self.status = status
        self.scope = scope
        self.fields = fields
        self.retry_after = retry_after


def refusal(error: SlackApiError) -> Refusal:
    """Convert slack_sdk's error; drop everything that may quote a person."""
    response = error.response
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    data = getattr(response, "data", None)
    payload: Mapping[str, Any] = data if isinstance(data, dict) else {}
    return Refusal(
        str(payload.get("error") or ""),
        status,
        scope=str(payload.get("needed") or "").partition(",")[0],
        fields=_rejected_fields(payload),
        retry_after=retry_after(getattr(response, "headers", {})),
    )


def retry_after(headers: Mapping[str, str]) -> float:
    """Return the seconds that an answer asks to wait; DEFAULT_RETRY_AFTER if it names no number."""
    text = headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else DEFAULT_RETRY_AFTER


def _rejected_fields(payload: Mapping[str, Any]) -> str:
    """Return the paths of the rejected fields without Slack's words about them, which may quote a prompt."""
    complaints = (payload.get("response_metadata") or {}).get("messages") or []
    pointers = [str(each).partition("[json-pointer:")[2].rstrip("]") for each in complaints]
    return ", ".join(filter(None, pointers))[:_FIELDS_LIMIT]


def delivery_error(error: Exception, action: str) -> DeliveryError:
    """Convert any error to a DeliveryError, and log those that the operator must act on.

    `action`: follows "Slack would not" in the sentence, such as "post in C5".
    """
    match error:
        case DeliveryError():
            return error
        case RateLimited():
            return DeliveryError(messages.rate_limited(action, error.seconds), retryable=True)
        case Refusal(code="missing_scope"):
            log.error("slack.missing_scope", scope=error.scope, doing=action)
            return DeliveryError(messages.lacks_scope(action, error.scope), retryable=False)
        case Refusal():
            sentence = messages.refused(action, error.code, error.status, error.fields)
            return DeliveryError(sentence, retryable=is_transient(error))
        case aiohttp.ClientError() | OSError() | TimeoutError():
            return DeliveryError(messages.no_answer(action, type(error).__name__), retryable=True)
    log.error("slack.broke", doing=action, trace=trace(error))
    return DeliveryError(messages.internal_error(action, type(error).__name__), retryable=False)


def is_transient(error: Exception) -> bool:
    """Return whether the same call may work later: after an outage, a pause or a lost connection.

    A rejected token counts as transient: the operator can renew it, and finished pictures arrive after that.
    """
    if isinstance(error, Refusal):
        return error.status >= 500 or error.status == 429 or error.code in _TRANSIENT | TOKEN_ERRORS
    return isinstance(error, (RateLimited, *NO_ANSWER))


def is_uncertain(error: Exception) -> bool:
    """Return whether Slack may have carried the call out: it broke on the way, or no answer came from it."""
    if isinstance(error, Refusal):
        return error.status >= 500 or error.code in _PERHAPS_DONE
    return isinstance(error, NO_ANSWER) and not isinstance(error, aiohttp.ClientConnectorError)


def is_content_error(error: Exception) -> bool:
    """Return whether Slack rejects a message's content, and not its place or its sender."""
    return isinstance(error, Refusal) and error.code in _CONTENT_ERRORS


def closed_place(code: str) -> ClosedPlace:
    """Return why a channel refuses a message, for people; "" if Slack's code says nothing about the channel.

    The codes are those of chat.postMessage and files.completeUploadExternal.
    """
    if code == "is_archived":
        return "archived"
    if code in ("not_in_channel", "channel_not_found"):
        return "absent"
    if code == "thread_not_found":
        return "thread gone"
    return "restricted" if code.startswith("restricted_action") or code in _RESTRICTED else ""


def cannot_run(error: Exception, bad_token: str = messages.BAD_TOKEN) -> CannotRun | None:
    """Convert an error that only the operator can help with; return None if the same call may work later.

    `bad_token`: the sentence for a token that Slack rejects.
    """
    match error:
        case CannotRun():
            return error
        case Refusal(code=code) if bad_token is messages.BAD_APP_TOKEN and code in _SOCKET_MODE_OFF:
            return CannotRun(messages.SOCKET_MODE_OFF.format(code=code))
        case Refusal(code=code) if code in TOKEN_ERRORS | {"not_allowed_token_type", "missing_scope"}:
            return CannotRun(bad_token.format(code=code))
    return None


def reason(error: Exception) -> str:
    """Describe an error for the log without its own text, which may quote what was sent."""
    if isinstance(error, Refusal | RateLimited | DeliveryError):
        return str(error)
    strerror = error.strerror if isinstance(error, OSError) else None
    return strerror or type(error).__name__
