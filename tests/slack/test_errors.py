"""Every error of slack_sdk and aiohttp at the seam: mapped, told apart, and without anybody's words."""

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


def answer(code: str = "", status: int = 200, headers: Any = None, **more: Any) -> SlackApiError:
    """As slack_sdk raises it."""
    data = {"ok": False, "error": code, **more}
    response = SimpleNamespace(status_code=status, data=data, headers=headers or {})
    return SlackApiError(PROMPT, response)


def _every() -> Iterator[type[BaseException]]:
    for module in (slack_sdk.errors, slack_bolt.error, client_exceptions):
        for kind in vars(module).values():
            if inspect.isclass(kind) and issubclass(kind, Exception):
                yield kind


EVERY = sorted(set(_every()), key=lambda kind: f"{kind.__module__}.{kind.__qualname__}")
LOST = [
    TimeoutError(),
    OSError(errno.ECONNRESET, "Connection reset by peer"),
    ConnectionResetError(),
    ssl.SSLError("handshake"),
    aiohttp.ServerDisconnectedError(),
    aiohttp.ClientPayloadError(),
    aiohttp.ClientConnectionResetError(),
    aiohttp.SocketTimeoutError(),
]


def test_there_is_something_to_map() -> None:
    assert len(EVERY) > 30
    assert {SlackApiError, aiohttp.ClientOSError} <= set(EVERY)


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__qualname__)
def test_no_error_is_unmapped(kind: type[Exception]) -> None:
    """Made without their constructors, as a later version of either library might make them."""
    error = kind.__new__(kind)
    error.args = (PROMPT,)
    with capture_logs() as lines:
        mapped = errors.delivery_error(error, "post in C1")
    assert type(mapped) is DeliveryError
    assert PROMPT not in str(mapped) + str(lines)
    assert mapped.retryable is issubclass(kind, (aiohttp.ClientError, OSError))


@pytest.mark.parametrize("error", LOST, ids=lambda error: type(error).__name__)
def test_what_is_lost_on_the_way_may_work_later_and_may_have_been_carried_out(error: Exception) -> None:
    assert errors.is_transient(error)
    assert errors.is_uncertain(error)
    assert errors.delivery_error(error, "post in C1").retryable
    assert errors.cannot_run(error) is None


@pytest.mark.parametrize("error", [Refusal("", 502), Refusal("", 503), Refusal("x", 500)])
def test_an_answer_from_before_slack_says_nothing_of_what_became_of_it(error: Refusal) -> None:
    assert errors.is_transient(error)
    assert errors.is_uncertain(error)


@pytest.mark.parametrize(
    "error",
    [Refusal("ratelimited", 429), Refusal("internal_error"), Refusal("token_revoked"), RateLimited(30.0)],
    ids=str,
)
def test_what_passes_was_not_carried_out(error: Exception) -> None:
    assert errors.delivery_error(error, "post in C1").retryable
    assert not errors.is_uncertain(error)


@pytest.mark.parametrize(
    "code",
    ["not_in_channel", "channel_not_found", "is_archived", "user_not_visible", "msg_too_long", "unheard_of"],
)
def test_what_slack_refuses_for_good_does_not_pass(code: str) -> None:
    mapped = errors.delivery_error(Refusal(code), "post in C1")
    assert not mapped.retryable
    assert code in str(mapped)


def test_a_scope_that_is_missing_is_named_with_where_to_add_it() -> None:
    refused = errors.refusal(answer("missing_scope", needed="files:write,remote_files:write", provided="x"))
    with capture_logs() as lines:
        mapped = errors.delivery_error(refused, "post in C1")
    assert "files:write" in str(mapped)
    assert "OAuth & Permissions" in str(mapped)
    assert not mapped.retryable
    assert lines[0]["scope"] == "files:write"
    assert lines[0]["event"] == "slack.missing_scope"


def test_what_slack_minds_is_told_by_its_place_and_not_by_its_words() -> None:
    said = [f"[ERROR] {PROMPT} is no text [json-pointer:/blocks/2/text]", "[ERROR] else"]
    refused = errors.refusal(answer("invalid_blocks", response_metadata={"messages": said}))
    mapped = errors.delivery_error(refused, "post in C1")
    assert "/blocks/2/text" in str(mapped)
    assert PROMPT not in str(mapped) + str(refused) + repr(refused)
    assert errors.is_content_error(refused)


@pytest.mark.parametrize(("header", "waits"), [("30", 30.0), ("", 1.0), ("soon", 1.0)])
def test_the_quiet_that_slack_asks_for_is_read_whole(header: str, waits: float) -> None:
    refused = errors.refusal(answer("ratelimited", 429, {"Retry-After": header} if header else {}))
    assert refused.retry_after == waits


@pytest.mark.parametrize("data", [None, b"", "<html>", ["a list"]])
def test_an_answer_that_is_none_of_the_web_apis_is_one_of_before_slack(data: object) -> None:
    response = SimpleNamespace(status_code=502, data=data, headers={})
    refused = errors.refusal(SlackApiError("no", response))
    assert (refused.code, refused.status) == ("", 502)
    raw = SimpleNamespace(status=504, headers={})  # what slack_sdk gives where a body is no JSON
    assert errors.refusal(SlackApiError("no", raw)).status == 504


@pytest.mark.parametrize(
    "code", ["invalid_auth", "account_inactive", "token_revoked", "not_allowed_token_type"]
)
def test_a_token_that_slack_does_not_take_is_for_the_operator(code: str) -> None:
    ended = errors.cannot_run(Refusal(code))
    assert isinstance(ended, CannotRun)
    assert "SLACK_BOT_TOKEN" in str(ended)
    assert code in str(ended)
    assert "SLACK_APP_TOKEN" in str(errors.cannot_run(Refusal("invalid_auth"), messages.BAD_APP_TOKEN))


def test_socket_mode_that_is_off_is_told_from_a_bad_token() -> None:
    ended = errors.cannot_run(Refusal("not_allowed_token_type"), messages.BAD_APP_TOKEN)
    assert "Socket Mode is turned off" in str(ended)
    assert errors.cannot_run(Refusal("ratelimited", 429), messages.BAD_APP_TOKEN) is None


def test_what_the_log_is_told_of_an_error_is_never_its_own_words() -> None:
    assert errors.reason(SlackApiError(PROMPT, {})) == "SlackApiError"
    assert errors.reason(OSError(errno.ECONNREFUSED, "Connection refused")) == "Connection refused"
    assert errors.reason(Refusal("not_in_channel")) == "200 not_in_channel"
