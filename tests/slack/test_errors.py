"""Every error of slack_sdk, Bolt and aiohttp: mapped, classified, and without anybody's words."""

import errno
import inspect
import ssl
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
import slack_bolt.error
import slack_sdk.errors
from aiohttp import client_exceptions
from slack_sdk.errors import SlackApiError
from structlog.testing import capture_logs

from adapters.slack import errors, messages
from adapters.slack.errors import RateLimited, Refusal
from bot.port.protocols import CannotRun, DeliveryError

PROMPT = "a secret fox"


def sdk_error(code: str = "", status: int = 200, headers: Any = None, **more: Any) -> SlackApiError:
    """Make an error as slack_sdk raises it."""
    data = {"ok": False, "error": code, **more}
    response = SimpleNamespace(status_code=status, data=data, headers=headers or {})
    return SlackApiError(PROMPT, response)


def _error_classes() -> Iterator[type[BaseException]]:
    for module in (slack_sdk.errors, slack_bolt.error, client_exceptions):
        for kind in vars(module).values():
            if inspect.isclass(kind) and issubclass(kind, Exception):
                yield kind


ERROR_CLASSES = sorted(set(_error_classes()), key=lambda kind: f"{kind.__module__}.{kind.__qualname__}")
NO_ANSWERS = [
    TimeoutError(),
    OSError(errno.ECONNRESET, "Connection reset by peer"),
    ConnectionResetError(),
    ssl.SSLError("handshake"),
    aiohttp.ServerDisconnectedError(),
    aiohttp.ClientPayloadError(),
    aiohttp.ClientConnectionResetError(),
    aiohttp.SocketTimeoutError(),
]


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("is_archived", "archived"),
        ("not_in_channel", "absent"),
        ("channel_not_found", "absent"),
        ("restricted_action", "restricted"),
        ("restricted_action_read_only_channel", "restricted"),
        ("restricted_action_thread_only_channel", "restricted"),
        ("posting_to_general_channel_denied", "restricted"),
        ("thread_not_found", "thread gone"),
        ("msg_too_long", ""),
        ("", ""),
    ],
)
def test_the_code_of_a_refused_message_says_what_is_wrong_with_the_place(code: str, place: str) -> None:
    assert errors.closed_place(code) == place


def test_the_libraries_error_classes_are_found() -> None:
    assert len(ERROR_CLASSES) > 30
    assert {SlackApiError, aiohttp.ClientOSError} <= set(ERROR_CLASSES)


@pytest.mark.parametrize("kind", ERROR_CLASSES, ids=lambda kind: kind.__qualname__)
def test_no_error_is_unmapped(kind: type[Exception]) -> None:
    """The errors are made without constructors, as a later version of a library might make them."""
    error = kind.__new__(kind)
    error.args = (PROMPT,)
    with capture_logs() as lines:
        mapped = errors.delivery_error(error, "post in C1")
    assert type(mapped) is DeliveryError
    assert PROMPT not in str(mapped) + str(lines)
    assert mapped.retryable is issubclass(kind, (aiohttp.ClientError, OSError))


@pytest.mark.parametrize("error", NO_ANSWERS, ids=lambda error: type(error).__name__)
def test_an_error_without_an_answer_is_transient_and_uncertain(error: Exception) -> None:
    assert errors.is_transient(error)
    assert errors.is_uncertain(error)
    assert errors.delivery_error(error, "post in C1").retryable
    assert errors.cannot_run(error) is None


@pytest.mark.parametrize("error", [aiohttp.ClientConnectorError, aiohttp.ClientConnectorDNSError])
def test_without_a_connection_nothing_was_carried_out(error: type[OSError]) -> None:
    refused = error.__new__(error)
    assert errors.is_transient(refused)
    assert not errors.is_uncertain(refused)


@pytest.mark.parametrize(
    "error",
    [
        Refusal("", 502),
        Refusal("", 503),
        Refusal("x", 500),
        Refusal("internal_error"),  # "some aspect of the operation" may have succeeded, says Slack
        Refusal("fatal_error"),
    ],
)
def test_a_server_error_is_transient_and_uncertain(error: Refusal) -> None:
    assert errors.is_transient(error)
    assert errors.is_uncertain(error)


@pytest.mark.parametrize(
    "error",
    [
        Refusal("ratelimited", 429),
        Refusal("service_unavailable"),
        Refusal("token_revoked"),
        RateLimited(30.0),
    ],
    ids=str,
)
def test_a_transient_refusal_is_retryable_and_certain(error: Exception) -> None:
    assert errors.delivery_error(error, "post in C1").retryable
    assert not errors.is_uncertain(error)


@pytest.mark.parametrize(
    "code",
    ["not_in_channel", "channel_not_found", "is_archived", "user_not_visible", "msg_too_long", "unheard_of"],
)
def test_a_final_refusal_is_not_retryable(code: str) -> None:
    mapped = errors.delivery_error(Refusal(code), "post in C1")
    assert not mapped.retryable
    assert code in str(mapped)


def test_a_missing_scope_is_named_with_the_fix() -> None:
    refused = errors.refusal(
        sdk_error("missing_scope", needed="files:write,remote_files:write", provided="x")
    )
    with capture_logs() as lines:
        mapped = errors.delivery_error(refused, "post in C1")
    assert "files:write" in str(mapped)
    assert "OAuth & Permissions" in str(mapped)
    assert not mapped.retryable
    assert lines[0]["scope"] == "files:write"
    assert lines[0]["event"] == "slack.missing_scope"


def test_a_rejected_field_is_named_without_slacks_words() -> None:
    complaints = [f"[ERROR] {PROMPT} is no text [json-pointer:/blocks/2/text]", "[ERROR] else"]
    refused = errors.refusal(sdk_error("invalid_blocks", response_metadata={"messages": complaints}))
    mapped = errors.delivery_error(refused, "post in C1")
    assert "/blocks/2/text" in str(mapped)
    assert PROMPT not in str(mapped) + str(refused) + repr(refused)
    assert errors.is_content_error(refused)


@pytest.mark.parametrize(("header", "seconds"), [("30", 30.0), ("", 1.0), ("soon", 1.0)])
def test_retry_after_is_read_whole(header: str, seconds: float) -> None:
    refused = errors.refusal(sdk_error("ratelimited", 429, {"Retry-After": header} if header else {}))
    assert refused.retry_after == seconds


@pytest.mark.parametrize("data", [None, b"", "<html>", ["a list"]])
def test_an_answer_that_is_no_json_has_a_status_and_no_code(data: object) -> None:
    response = SimpleNamespace(status_code=502, data=data, headers={})
    refused = errors.refusal(SlackApiError("no", response))
    assert (refused.code, refused.status) == ("", 502)
    raw = SimpleNamespace(status=504, headers={})  # slack_sdk's response if a body is no JSON
    assert errors.refusal(SlackApiError("no", raw)).status == 504


@pytest.mark.parametrize(
    "code", ["invalid_auth", "account_inactive", "token_revoked", "not_allowed_token_type"]
)
def test_a_rejected_token_is_a_matter_for_the_operator(code: str) -> None:
    fatal = errors.cannot_run(Refusal(code))
    assert isinstance(fatal, CannotRun)
    assert "SLACK_BOT_TOKEN" in str(fatal)
    assert code in str(fatal)
    assert "SLACK_APP_TOKEN" in str(errors.cannot_run(Refusal("invalid_auth"), messages.BAD_APP_TOKEN))


def test_disabled_socket_mode_is_no_bad_token() -> None:
    fatal = errors.cannot_run(Refusal("not_allowed_token_type"), messages.BAD_APP_TOKEN)
    assert "Socket Mode is turned off" in str(fatal)
    assert errors.cannot_run(Refusal("ratelimited", 429), messages.BAD_APP_TOKEN) is None


def test_the_reason_for_the_log_is_never_the_errors_own_text() -> None:
    assert errors.reason(SlackApiError(PROMPT, {})) == "SlackApiError"
    assert errors.reason(OSError(errno.ECONNREFUSED, "Connection refused")) == "Connection refused"
    assert errors.reason(Refusal("not_in_channel")) == "200 not_in_channel"
