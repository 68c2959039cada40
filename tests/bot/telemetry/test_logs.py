"""Log lines are JSON or readable text, come from every logger, and hold no secret."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bot.telemetry.logs import configure

SECRETS = [
    "xoxb-123456789012-zanzibar",
    "xoxe.xoxp-1-zanzibar",
    "xapp-1-A0-zanzibar",
    "sk-cg-zanzibar0123456789",
    "sk-zanzibar",
    "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.zanzibarZWIYzl9qwnNo3dEtKkzanzibar",
    "Bearer zanzibar-0123456789",
    "https://zanzibar:zanzibar@gateway.example/v1",
    "https://files.example/upload?token=zanzibar&x=1",
    "https://discord.com/api/v10/webhooks/12345/zanzibar_-A/messages/@original",
    "https://discord.com/api/v10/interactions/12345/zanzibar/callback",
    "https://hooks.slack.com/commands/T1/2/zanzibar",
]


@pytest.fixture(autouse=True)
def restore_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in list(root.manager.loggerDict)}
    yield
    root.handlers, root.level = handlers, level
    for name in list(root.manager.loggerDict):
        logging.getLogger(name).setLevel(levels.get(name, logging.NOTSET))
    structlog.reset_defaults()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(params=[io.StringIO, Terminal], ids=["json", "terminal"])
def stream(request: pytest.FixtureRequest) -> io.StringIO:
    stream: io.StringIO = request.param()
    configure("info", stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object() -> None:
    stream = io.StringIO()
    configure("info", stream)
    structlog.get_logger("bot.imagine.lifecycle").info(
        "settled", job="01ABC", charge_micros=3, ok=True, tags=("a", None)
    )
    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "settled",
        "level": "info",
        "logger": "bot.imagine.lifecycle",
        "job": "01ABC",
        "charge_micros": 3,
        "ok": True,
        "tags": ["a", None],
    }


def test_the_standard_librarys_lines_go_the_same_way() -> None:
    stream = io.StringIO()
    configure("info", stream)
    logging.getLogger("discord.gateway").warning("shard %s is\nlate", 3)
    (line,) = lines(stream)
    assert (line["event"], line["level"], line["logger"]) == (
        "shard 3 is\nlate",
        "warning",
        "discord.gateway",
    )


def test_a_terminal_gets_readable_text() -> None:
    stream = Terminal()
    configure("info", stream)
    structlog.get_logger("bot").info("settled", job="01ABC")
    assert "settled" in stream.getvalue()
    assert not stream.getvalue().startswith("{")
    structlog.get_logger("bot").info("a\x1b[2J\nb – é")
    assert "a\\x1b[2J\\nb – é" in stream.getvalue()


def test_a_traceback_shows_no_local_variables(stream: io.StringIO) -> None:
    try:
        hidden = "zanzi" + "bar"
        raise ValueError(len(hidden))
    except ValueError:
        structlog.get_logger("bot").exception("failed")
    assert "ValueError: 8" in stream.getvalue()
    assert "zanzibar" not in stream.getvalue()


@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_gets_through(secret: str, stream: io.StringIO) -> None:
    log, std = structlog.get_logger("bot"), logging.getLogger("anything")
    log.info(
        f"went to {secret} now", why=secret, deep={"list": [secret, {secret: (secret, secret.encode())}]}
    )
    std.warning("went to %s", secret)
    std.warning("went %s", {"to": secret})
    try:
        raise OSError(f"no answer from {secret}")
    except OSError as error:
        chained = RuntimeError(secret)
        chained.add_note(f"noted {secret}")
        chained.__cause__ = error
        log.exception("failed", error=error)
        std.exception("failed", exc_info=chained)
        std.error("failed", exc_info=ExceptionGroup(secret, [chained]))
    structlog.contextvars.bind_contextvars(where=secret)
    log.info("in context")
    structlog.contextvars.clear_contextvars()
    written = stream.getvalue()
    assert "zanzibar" not in written
    assert "[hidden]" in written
    assert "no answer from" in written
    assert "in context" in written


@pytest.mark.parametrize(
    "text",
    [
        *(
            "a task-force of 12345678",
            "risk-averse-people",
            "bot.config.settings was read",
            "https://gateway.example/v1",
        ),
        *("job 01J9ZK4Q8D7XW", "v1.2.3", "module.function.name", "xo and ox", "the bot disconnected"),
    ],
)
def test_a_text_without_a_secret_stays(text: str) -> None:
    stream = io.StringIO()
    configure("info", stream)
    structlog.get_logger("bot").info(text)
    assert lines(stream)[0]["event"] == text


def test_the_query_of_an_address_goes_and_the_address_stays() -> None:
    stream = io.StringIO()
    configure("info", stream)
    structlog.get_logger("bot").info("GET https://files.example/a/b?sig=zanzibar done")
    assert lines(stream)[0]["event"] == "GET https://files.example/a/b[hidden] done"


def test_secrets_in_use_are_hidden_whatever_their_shape(stream: io.StringIO) -> None:
    configure("info", stream, secrets=["0123456789abcdef", "short", ""])
    structlog.get_logger("bot").info("signed with 0123456789abcdef in short")
    assert "0123456789abcdef" not in stream.getvalue()
    assert "in short" in stream.getvalue()


def test_fields_with_secret_names_are_dropped_at_any_depth(stream: io.StringIO) -> None:
    fields = {
        name: "zanzibar"
        for name in ("prompt", "token", "key", "Authorization", "bot_token", "api_key", "secret")
    }
    structlog.get_logger("bot").info(
        "sent", **fields, headers=fields, more=[fields], tokens_left=4, monkey="kept"
    )
    assert "zanzibar" not in stream.getvalue()
    assert "kept" in stream.getvalue()
    assert "tokens_left" in stream.getvalue()


@pytest.mark.parametrize(
    "name", ["openai._base_client", "httpx", "httpx2", "httpcore2.http11", "aiohttp.access"]
)
def test_libraries_that_log_requests_are_kept_quiet(name: str) -> None:
    stream = io.StringIO()
    configure("debug", stream)
    logging.getLogger(name).debug("json_data: {'prompt': 'a zanzibar'}")
    logging.getLogger(name).info("HTTP Request: POST https://gateway.example")
    logging.getLogger("discord.http").debug("payload: a zanzibar")
    structlog.get_logger("bot").debug("ours")
    assert [line["event"] for line in lines(stream)] == ["ours"]


def test_bolts_copy_of_a_request_is_cut_off() -> None:
    stream = io.StringIO()
    configure("info", stream)
    logging.getLogger("slack_bolt.AsyncApp").warning(
        "Unhandled request ({'text': 'zanzibar'})\n---\n[Suggestion]"
    )
    assert lines(stream)[0]["event"] == "Unhandled request "


def test_the_level_holds_for_all_loggers(stream: io.StringIO) -> None:
    configure("error", stream)
    structlog.get_logger("bot").warning("quiet")
    logging.getLogger("slack_bolt").warning("quiet")
    logging.getLogger("other").warning("quiet")
    assert stream.getvalue() == ""


def test_configuring_again_replaces_our_handler_alone(capsys: pytest.CaptureFixture[str]) -> None:
    others = [handler for handler in logging.getLogger().handlers]
    first, second = io.StringIO(), io.StringIO()
    configure("info", first)
    configure("info", second)
    structlog.get_logger("bot").info("once")
    assert (first.getvalue(), len(lines(second))) == ("", 1)
    assert [handler for handler in logging.getLogger().handlers if handler in others] == others
    configure("info")
    structlog.get_logger("bot").info("to stderr")
    assert "to stderr" in capsys.readouterr().err


class WithoutRepr:
    def __repr__(self) -> str:
        raise RuntimeError("zanzibar")


def test_an_error_while_logging_does_not_reach_the_caller(stream: io.StringIO) -> None:
    structlog.get_logger("bot").info("settled", what=WithoutRepr())
    assert stream.getvalue() == "a log line of bot was lost: RuntimeError\n"


def test_a_line_that_cannot_be_formatted_shows_none_of_its_content(
    stream: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    root.handlers = []  # pytest's own would raise
    configure("info", stream)
    logging.getLogger("other").warning("%d of %s", "zanzibar")
    assert stream.getvalue() == "a log line of other was lost: TypeError\n"
    assert "zanzibar" not in capsys.readouterr().err
