"""Log lines: JSON, or readable text on a terminal. All loggers write this way, and no line keeps a secret."""

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

# Field names whose redaction is remembered. The bound is for names that somebody outside makes up.
_CACHED_NAMES = 1_000
Level = Literal["debug", "info", "warning", "error"]
HIDDEN = "[hidden]"
_SHORTEST_SECRET = 8  # characters; a shorter value would blot out ordinary words
# At debug these log all that they send and receive: prompts, tokens, whole requests. At info, httpx logs
# addresses.
_LOWEST_LEVELS = {
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
    """Our handler, a class of its own, so that `configure` replaces it and nobody else's."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        self.report_lost_line(record.name)

    def report_lost_line(self, logger: str) -> None:
        """Write that a line was lost, but not its content, which logging would write."""
        error = sys.exc_info()[0]
        kind = error.__name__ if error else "unknown"
        self.stream.write(f"a log line of {logger} was lost: {kind}\n")


class _DirectWriter:
    """The last of structlog's processors, which writes our own lines.

    It makes none of the standard library's records, which took longer than the rest of a line.
    """

    def __init__(self, handler: _Handler, processors: Sequence[Processor]) -> None:
        self._handler = handler
        self._processors = processors

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> NoReturn:
        """Write the line. No error reaches the code that logs."""
        try:
            line: Any = event
            for process in self._processors:
                line = process(logger, method, line)
            with self._handler.lock or contextlib.nullcontext():
                self._handler.stream.write(f"{line}\n")
                self._handler.flush()
        except Exception:
            self._handler.report_lost_line(logger.name)
        raise structlog.DropEvent


class _Redactor:
    """A processor that hides every secret in a line.

    `secrets`: values that are secret whatever their shape.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        values = sorted({value for value in secrets if len(value) >= _SHORTEST_SECRET}, key=len, reverse=True)
        self.secret_values = re.compile("|".join(map(re.escape, values))) if values else None
        self.name = lru_cache(_CACHED_NAMES)(self._name)

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return self.fields(event)

    def fields(self, fields: Mapping[Any, Any]) -> dict[str, Any]:
        items = ((self.name(str(key)), value) for key, value in fields.items())
        return {name: self.value(value) for name, value in items if name is not None}

    def _name(self, key: str) -> str | None:
        """Redact a field's name; None: a field with this name is a secret."""
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
        if self.secret_values:
            text = self.secret_values.sub(HIDDEN, text)
        return _SECRETS.sub(lambda match: f"{match['address'] or ''}{HIDDEN}", text)


def configure(level: Level, stream: TextIO | None = None, secrets: Iterable[str] = ()) -> None:
    """Send structlog's and the standard library's lines to `stream`; another call changes that.

    `stream`: stderr by default.
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
        _Redactor(secrets),
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
    for name, lowest in _LOWEST_LEVELS.items():
        logging.getLogger(name).setLevel(max(lowest, root.level))
    structlog.configure(
        processors=[*before, _DirectWriter(handler, after)],
        wrapper_class=structlog.make_filtering_bound_logger(root.level),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def _renderers(stream: TextIO) -> list[Processor]:
    if not stream.isatty():
        return [structlog.processors.JSONRenderer(ensure_ascii=False)]
    return [_on_one_line, structlog.dev.ConsoleRenderer()]


def _on_one_line(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Escape the event, so that it can neither clear the terminal nor look like another line.

    JSON escapes by itself.
    """
    text = str(event["event"])
    event["event"] = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
    return event


def _without_bolt_body(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if str(event.get("logger", "")).startswith("slack_bolt"):
        event["event"] = _BOLT_BODY.sub("", str(event["event"]))
    return event
