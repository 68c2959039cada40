"""Log lines: JSON off a terminal, readable on one; one way for every logger, and no secret passes it."""

import contextlib
import logging
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, NoReturn, TextIO

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger

NAMES = 1_000  # of fields that are known to tell nothing; a name of somebody else's making pushes one out
Level = Literal["debug", "info", "warning", "error"]
HIDDEN = "[hidden]"
_SHORTEST_SECRET = 8  # characters; a shorter value would blot out ordinary words
# At debug these log what they send and get: prompts, tokens, whole requests. At info, httpx logs addresses.
_AT_LEAST = {
    **dict.fromkeys(("discord", "slack_bolt", "slack_sdk", "aiohttp", "asyncio", "PIL"), logging.INFO),
    **dict.fromkeys(
        ("openai", "httpx", "httpx2", "httpcore", "httpcore2", "aiohttp.access"), logging.WARNING
    ),
    **dict.fromkeys(("aiosqlite", "matplotlib"), logging.WARNING),
}
_SECRET_KEY = re.compile(
    r"(^|_)(prompts?|tokens?|keys?|secrets?|passwords?|authorization|cookie)$", re.IGNORECASE
)
_SECRETS = re.compile(
    r"xox[a-z](?:\.xox[a-z])?-[\w%.-]+"  # Slack, rotated ones included
    r"|xapp-[\w-]+"
    r"|(?<![A-Za-z0-9])sk-[\w-]{6,}"  # gateway keys; "task-force" is none
    r"|(?<![\w-])[\w-]{23,30}\.[\w-]{5,7}\.[\w-]{25,}"  # Discord
    r"|(?i:\bBearer\s+)[\w.~+/=-]{8,}"
    r"|(?<=/webhooks/)\d+/[\w-]+|(?<=/interactions/)\d+/[\w-]+"  # Discord's lent tokens
    r"|(?<=hooks\.slack\.com/)[\w/-]+"  # Slack's response_url
    r"|(?<=://)[^\s/@]+(?=@)"  # credentials and queries in addresses
    r"|(?<=://)(?P<address>[^\s?#\"']{1,500})\?[^\s\"']+"
)
_BOLT_BODY = re.compile(r"\(\{.*", re.DOTALL)  # Bolt's warnings quote the request they could not place


class _Handler(logging.StreamHandler[TextIO]):
    """Ours, so that configuring again replaces it and nobody else's."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        self.lost(record.name)

    def lost(self, logger: str) -> None:
        """Say that a line was lost, and not, as logging would, all that was to be in it."""
        error = sys.exc_info()[0]
        what = error.__name__ if error else "unknown"
        self.stream.write(f"a log line of {logger} was lost: {what}\n")


class _Straight:
    """Writes our own lines past the standard library's records, which took longer than the rest of a line."""

    def __init__(self, handler: _Handler, processors: Sequence[Processor]) -> None:
        self._handler = handler
        self._processors = processors

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> NoReturn:
        """The last of structlog's processors. Whoever logs hears of no fault in it."""
        try:
            line: Any = event
            for process in self._processors:
                line = process(logger, method, line)
            with self._handler.lock or contextlib.nullcontext():
                self._handler.stream.write(f"{line}\n")
                self._handler.flush()
        except Exception:
            self._handler.lost(logger.name)
        raise structlog.DropEvent


class _Redact:
    """Takes secrets out of everything a line says. `known`: values that are secret whatever their shape."""

    def __init__(self, known: Iterable[str]) -> None:
        values = sorted({value for value in known if len(value) >= _SHORTEST_SECRET}, key=len, reverse=True)
        self.known = re.compile("|".join(map(re.escape, values))) if values else None
        self.name = lru_cache(NAMES)(self._name)

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return self.fields(event)

    def fields(self, fields: Mapping[Any, Any]) -> dict[str, Any]:
        named = ((self.name(str(key)), value) for key, value in fields.items())
        return {name: self.value(value) for name, value in named if name is not None}

    def _name(self, key: str) -> str | None:
        """None: what is called so is a secret."""
        return None if _SECRET_KEY.search(key) else self.text(key)

    def value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, Mapping):
            return self.fields(value)
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(part) for part in value]
        return self.text(repr(value))

    def text(self, text: str) -> str:
        shapeless = self.known.sub(HIDDEN, text) if self.known else text
        return _SECRETS.sub(lambda match: f"{match['address'] or ''}{HIDDEN}", shapeless)


def configure(level: Level, stream: TextIO | None = None, secrets: Iterable[str] = ()) -> None:
    """Send structlog's and the standard library's lines to `stream` (stderr); call again to change.

    `secrets`: values in use, hidden wherever they turn up.
    """
    stream = sys.stderr if stream is None else stream
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    after: list[Processor] = [
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        _Redact(secrets),
        *_renderers(stream),
    ]
    handler = _Handler(stream)
    handler.setFormatter(
        ProcessorFormatter(
            processors=[ProcessorFormatter.remove_processors_meta, *after],
            foreign_pre_chain=[*before, _without_bolt_body],
        )
    )
    root = logging.getLogger()
    root.handlers = [other for other in root.handlers if not isinstance(other, _Handler)] + [handler]
    root.setLevel(level.upper())
    for name, least in _AT_LEAST.items():
        logging.getLogger(name).setLevel(max(least, root.level))
    structlog.configure(
        processors=[*before, _Straight(handler, after)],
        wrapper_class=structlog.make_filtering_bound_logger(root.level),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def _renderers(stream: TextIO) -> list[Processor]:
    if not stream.isatty():
        return [structlog.processors.JSONRenderer(ensure_ascii=False)]
    return [_on_one_line, structlog.dev.ConsoleRenderer()]


def _on_one_line(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """So that nothing said can clear the terminal or look like another line; JSON escapes by itself."""
    said = str(event["event"])
    event["event"] = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in said)
    return event


def _without_bolt_body(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if str(event.get("logger", "")).startswith("slack_bolt"):
        event["event"] = _BOLT_BODY.sub("", str(event["event"]))
    return event
