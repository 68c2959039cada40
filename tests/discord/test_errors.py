"""Every error of discord.py and aiohttp: mapped, told apart, and without anybody's text."""

import errno
import inspect
import ssl
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest
from aiohttp import client_exceptions
from discord import app_commands, gateway
from structlog.testing import capture_logs

from adapters.discord import errors, messages
from bot import wording
from bot.port.protocols import CannotRun, ClosedPlace, DeliveryError

PROMPT = "a secret fox"


def answer(status: int, code: int = 0, message: str = "no", **more: Any) -> discord.HTTPException:
    """Make an HTTP error as discord.py raises it."""
    response: Any = SimpleNamespace(status=status, reason="Because")
    kinds = {403: discord.Forbidden, 404: discord.NotFound}
    kind = discord.DiscordServerError if status >= 500 else kinds.get(status, discord.HTTPException)
    return kind(response, {"code": code, "message": message, **more})


def closed(code: int) -> discord.ConnectionClosed:
    socket: Any = SimpleNamespace(close_code=code)
    return discord.ConnectionClosed(socket, shard_id=None, code=code)


def _all_errors() -> Iterator[type[BaseException]]:
    for module in (discord, discord.errors, app_commands, gateway, client_exceptions):
        for kind in vars(module).values():
            if inspect.isclass(kind) and issubclass(kind, Exception):
                yield kind


EVERY = sorted(set(_all_errors()), key=lambda kind: f"{kind.__module__}.{kind.__qualname__}")
LOST = [
    TimeoutError(),
    OSError(errno.ECONNRESET, "Connection reset by peer"),
    ConnectionResetError(),
    ssl.SSLError("handshake"),
    aiohttp.ServerDisconnectedError(),
    aiohttp.ClientPayloadError(),
    aiohttp.ClientConnectionResetError(),
    aiohttp.SocketTimeoutError(),
    discord.GatewayNotFound(),
    closed(4000),
]


def test_the_libraries_errors_are_all_collected() -> None:
    assert len(EVERY) > 40
    assert {discord.RateLimited, discord.Forbidden, aiohttp.ClientOSError} <= set(EVERY)


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__qualname__)
def test_no_error_is_unmapped(kind: type[Exception]) -> None:
    """Errors are made without their constructors, as a later version of a library might make them."""
    error = kind.__new__(kind)
    error.args = (PROMPT,)
    for name, value in {"status": 400, "code": 50035, "text": PROMPT, "retry_after": 1.0}.items():
        if issubclass(kind, discord.HTTPException | discord.RateLimited | discord.ConnectionClosed):
            setattr(error, name, value)
    mapped = errors.delivery_error(error, "post in discord:1")
    assert type(mapped) is DeliveryError
    assert PROMPT not in str(mapped) or issubclass(kind, discord.HTTPException)
    is_lost = issubclass(kind, (aiohttp.ClientError, OSError))
    assert mapped.retryable or not is_lost
    assert isinstance(errors.cannot_run(error), CannotRun)


@pytest.mark.parametrize("error", LOST, ids=lambda error: type(error).__name__)
def test_errors_of_the_connection_are_retryable(error: Exception) -> None:
    assert errors.delivery_error(error, "post").retryable
    assert not errors.is_fatal(error)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 520, 524])
def test_outages_and_rate_limits_are_retryable(status: int) -> None:
    assert errors.delivery_error(answer(status), "post").retryable


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, 50035), (401, 0), (403, 50001), (403, 50013), (404, 10003), (404, 10008), (413, 40005)],
)
def test_refusals_are_final(status: int, code: int) -> None:
    mapped = errors.delivery_error(answer(status, code), "post in discord:5")
    assert not mapped.retryable
    assert "post in discord:5" in str(mapped)
    assert str(status) in str(mapped)


@pytest.mark.parametrize(
    ("status", "code", "why"),
    [
        (404, 10003, "gone"),
        (404, 10004, "removed"),
        (403, 50001, "restricted"),
        (403, 50013, "restricted"),
        (400, 50083, "thread closed"),
        (400, 160005, "thread closed"),
        (404, 10008, ""),
        (403, 50007, ""),
        (400, 50035, ""),
    ],
)
def test_a_place_that_is_closed_for_good_is_named_for_people(
    status: int, code: int, why: ClosedPlace
) -> None:
    mapped = errors.delivery_error(answer(status, code), "post in discord:5")
    assert mapped.sentence == (wording.not_here("", why) if why else "")


def test_a_thread_that_is_gone_is_no_channel_that_is_gone() -> None:
    mapped = errors.delivery_error(answer(404, 10003), "post in discord:5", in_thread=True)
    assert mapped.sentence == wording.not_here("", "thread gone")


def test_a_block_by_cloudflare_is_retryable() -> None:
    assert errors.delivery_error(answer(403, 0), "post").retryable
    assert errors.delivery_error(answer(403, 40333), "post").retryable


def test_a_rate_limit_says_how_long_it_lasts() -> None:
    mapped = errors.delivery_error(discord.RateLimited(61.4), "post")
    assert mapped.retryable
    assert "61 s" in str(mapped)


def test_an_unexpected_error_is_logged_without_its_message() -> None:
    with capture_logs() as lines:
        mapped = errors.delivery_error(KeyError(PROMPT), "post")
    assert not mapped.retryable
    assert PROMPT not in str(mapped) + str(lines)
    assert lines[0]["event"] == "discord.broke"
    assert "KeyError" in lines[0]["trace"]


def test_a_delivery_error_is_returned_unchanged() -> None:
    error = DeliveryError("the pictures are no longer kept", retryable=False)
    assert errors.delivery_error(error, "post") is error


@pytest.mark.parametrize(
    ("code", "needs"), [(50001, "View Channel"), (50013, "Attach Files"), (50007, "direct messages")]
)
def test_the_operator_is_told_which_permission_is_missing_and_where(code: int, needs: str) -> None:
    with capture_logs() as lines:
        mapped = errors.delivery_error(answer(403, code), "post in discord:5 of discord:1")
    assert needs in str(mapped)
    assert (lines[0]["event"], lines[0]["log_level"]) == ("discord.not_allowed", "warning")
    assert needs in lines[0]["needs"]
    assert "discord:5 of discord:1" in lines[0]["doing"]


def test_a_field_that_discord_rejects_is_named_and_its_value_is_not_quoted() -> None:
    rejection = {"content": {"_errors": [{"code": "X", "message": f'Value "{PROMPT}" is too long.'}]}}
    error = answer(400, 50035, "Invalid Form Body", errors={"components": {"0": rejection}})
    sentence = str(errors.delivery_error(error, "post"))
    assert "Invalid Form Body, components.0.content" in sentence
    assert PROMPT not in sentence


def test_a_page_of_html_is_not_repeated() -> None:
    response: Any = SimpleNamespace(status=502, reason="Bad Gateway")
    error = discord.DiscordServerError(response, f"<html>{PROMPT}</html>")
    assert "html" not in str(errors.delivery_error(error, "post"))


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (discord.LoginFailure("Improper token has been passed."), "DISCORD_TOKEN"),
        (answer(401), "DISCORD_TOKEN"),
        (closed(4004), "DISCORD_TOKEN"),
        (closed(4014), "intents"),
        (discord.PrivilegedIntentsRequired(None), "intents"),
        (closed(4010), "DISCORD_SHARDS"),
        (closed(4011), "servers"),
        (closed(4012), "Update"),
        (closed(4013), "Update"),
    ],
    ids=lambda each: repr(each)[:40],
)
def test_an_error_that_only_the_operator_can_mend_says_how(error: Exception, word: str) -> None:
    assert errors.is_fatal(error)
    assert word in str(errors.cannot_run(error))


@pytest.mark.parametrize("error", [answer(503), answer(429), answer(403), KeyError(PROMPT), *LOST[:3]])
def test_any_other_error_is_not_fatal(error: Exception) -> None:
    assert not errors.is_fatal(error)
    sentence = str(errors.cannot_run(error))
    assert "cannot be reached" in sentence
    assert PROMPT not in sentence


def test_an_unusable_reply_token_is_told_from_a_message_that_is_gone() -> None:
    unusable = [answer(401, 50027), answer(401), answer(404, 10015), answer(404, 10062), answer(400, 40094)]
    assert all(map(errors.is_token_unusable, unusable))
    assert not errors.is_token_unusable(answer(404, 10008))
    assert not errors.is_token_unusable(answer(400, 50035))


def test_the_status_or_the_code_says_that_a_file_is_too_large() -> None:
    assert errors.is_too_large(answer(413))
    assert errors.is_too_large(answer(400, errors.TOO_LARGE))
    assert not errors.is_too_large(answer(400, 50035))


def test_the_sentences_link_to_the_portal() -> None:
    assert messages.PORTAL in messages.BAD_TOKEN
    assert messages.PORTAL in messages.INTENTS
