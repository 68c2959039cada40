"""What a gateway means when it refuses: read from the status and from whatever error body it sent.

Gateways in the middle rewrite codes and types, so each is tried in turn: code, then type, then text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from pydantic_core import from_json

# "policy": the prompt. "key", "model": refused for all. "n": several pictures in one call. "busy": later.
# "request": anything else that was not done. "doubt": it may have been done, and billed.
Meaning = Literal["policy", "key", "model", "n", "busy", "request", "doubt"]

MAX_WORDS = 200  # characters of a gateway's text that are kept
_ECHO = 16  # characters in a row: a text that repeats so much of the prompt is neither believed nor kept
_KEY_LIKE = re.compile(r"\b(?:sk[-_]|key[-_]|bearer )[\w*.-]{4,}", re.IGNORECASE)
_NAME = re.compile(r"[\w.:/-]{1,64}")

_CODES: dict[str, Meaning] = {
    "moderation_blocked": "policy",
    "content_policy_violation": "policy",
    "content_filter": "policy",
    "insufficient_quota": "key",
    "insufficient_user_quota": "key",
    "billing_hard_limit_reached": "key",
    "invalid_api_key": "key",
    "model_not_found": "model",
}
_TYPES: dict[str, Meaning] = {
    "image_generation_user_error": "policy",
    "insufficient_quota": "key",
    "authentication_error": "key",
}
_TEXTS: tuple[tuple[Meaning, re.Pattern[str]], ...] = (
    ("policy", re.compile(r"safety system|content policy|responsible ai|safety_violations", re.IGNORECASE)),
    ("key", re.compile(r"insufficient[ _](?:balance|quota|credit|fund)|billing.hard.limit", re.IGNORECASE)),
    ("key", re.compile(r"exceeded your current quota|(?:incorrect|invalid) api.?key", re.IGNORECASE)),
    ("model", re.compile(r"must be verified|model\b.{0,99}\b(?:not found|does not exist)", re.IGNORECASE)),
    ("n", re.compile(r"(?:parameter|value for|support)\W+n\b|\bn\W+(?:must|should) be", re.IGNORECASE)),
    ("n", re.compile(r"\bn ?[=>] ?\d|only (?:one|1) (?:image|picture)|number of images", re.IGNORECASE)),
)
# Where a meaning is believed: a policy text in a 429, say, is a rate limit that quotes its own rules.
_BELIEVED: dict[Meaning, set[int]] = {
    "policy": {200, 400, 403, 451},
    "key": {200, 400, 401, 402, 403, 429},
    "model": {200, 400, 403, 404, 503},  # 503 model_not_found: one family of gateways has no channel for it
    "n": {400, 422},
}
_STATUSES: dict[int, Meaning] = {401: "key", 402: "key", 404: "model", 429: "busy"}
_IN_DOUBT = {408, 409, 499}  # a proxy gave up waiting; a call with this key is under way; the caller left


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiError:
    """An error body, boiled down. `text` holds no prompt and no key; all may be empty."""

    code: str = ""
    type: str = ""
    param: str = ""
    text: str = ""

    @property
    def words(self) -> str:
        """One line for the operator's log."""
        parts = [self.code, self.type, self.param, self.text]
        return ": ".join(dict.fromkeys(part for part in parts if part))[:MAX_WORDS]


def parsed(body: bytes | bytearray) -> Any:
    """The body as JSON, or None where it is none."""
    try:
        return from_json(body)
    except ValueError:
        return None


def complaint(answer: Any, prompt: str) -> ApiError | None:
    """The error in a parsed answer, in any of the shapes gateways send; None where there is none."""
    if isinstance(answer, list) and answer:
        answer = answer[0]
    error = answer
    if isinstance(answer, dict):
        error = answer.get("error") or answer.get("detail") or (answer if answer.get("message") else None)
    if isinstance(error, str) and error:
        error = {"message": error}
    if not isinstance(error, dict):
        return None
    text = error.get("message")
    return ApiError(
        code=_name(error.get("code")),
        type=_name(error.get("type")),
        param=_name(error.get("param")),
        text=_scrubbed(text, prompt) if isinstance(text, str) else "",
    )


def meaning(status: int, said: ApiError | None) -> Meaning:
    """What a refusal means; `said` is None where the body is not the gateway's own JSON."""
    named = _named(said) if said else None
    if named and status in _BELIEVED[named]:
        return named
    if status in _IN_DOUBT:
        return "doubt"
    if status >= 500:
        return "busy" if status == 503 and said else "doubt"
    return _STATUSES.get(status, "request")


def _named(said: ApiError) -> Meaning | None:
    if found := _CODES.get(said.code) or _TYPES.get(said.type):
        return found
    if said.param == "n":
        return "n"
    return next((meant for meant, pattern in _TEXTS if pattern.search(said.text)), None)


def wait_asked(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that Retry-After asks for (a number or a date; `now` is unix seconds); None without it."""
    asked = headers.get("retry-after", "").strip()
    try:
        seconds = float(asked)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(asked).timestamp() - now
        except (ValueError, OverflowError):
            return None
    return max(0.0, seconds) if seconds == seconds else None  # a NaN is no answer


def _name(value: Any) -> str:
    text = str(value) if isinstance(value, str | int) else ""
    return text if _NAME.fullmatch(text) else ""


def _scrubbed(text: str, prompt: str) -> str:
    text = _KEY_LIKE.sub("[key]", " ".join(text[: 4 * MAX_WORDS].split()))
    low, typed = text.casefold(), " ".join(prompt.split()).casefold()
    if any(low[at : at + _ECHO] in typed for at in range(len(low) - _ECHO + 1)):
        return ""
    if typed:
        text = re.sub(rf"(?<!\w){re.escape(typed)}(?!\w)", "[prompt]", text, flags=re.IGNORECASE)
    return text[:MAX_WORDS]
