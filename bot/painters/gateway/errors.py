"""The gateway's refusals: the error in its answer, and what kind of refusal it is.

Gateways in the middle rewrite codes and types, so each is tried in turn: code, then type, then text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from pydantic_core import from_json

# "policy": the prompt. "key", "model": refused for everyone. "n": several pictures in one call. "busy": for
# now. "request": anything else that was not done. "doubt": it may have been done, and billed.
Refusal = Literal["policy", "key", "model", "n", "busy", "request", "doubt"]

MAX_WORDS = 200  # characters of a gateway's text that are kept
_ECHO = 16  # characters in a row: a text that repeats so much of the prompt is neither believed nor kept
_KEY_LIKE = re.compile(r"\b(?:sk[-_]|key[-_]|bearer )[\w*.-]{4,}", re.IGNORECASE)
_NAME = re.compile(r"[\w.:/-]{1,64}")

_BY_CODE: dict[str, Refusal] = {
    "moderation_blocked": "policy",
    "content_policy_violation": "policy",
    "content_filter": "policy",
    "insufficient_quota": "key",
    "insufficient_user_quota": "key",
    "billing_hard_limit_reached": "key",
    "invalid_api_key": "key",
    "model_not_found": "model",
}
_BY_TYPE: dict[str, Refusal] = {
    "image_generation_user_error": "policy",
    "insufficient_quota": "key",
    "authentication_error": "key",
}
_BY_TEXT: tuple[tuple[Refusal, re.Pattern[str]], ...] = (
    ("policy", re.compile(r"safety system|content policy|responsible ai|safety_violations", re.IGNORECASE)),
    ("key", re.compile(r"insufficient[ _](?:balance|quota|credit|fund)|billing.hard.limit", re.IGNORECASE)),
    ("key", re.compile(r"exceeded your current quota|(?:incorrect|invalid) api.?key", re.IGNORECASE)),
    ("model", re.compile(r"must be verified|model\b.{0,99}\b(?:not found|does not exist)", re.IGNORECASE)),
    ("n", re.compile(r"(?:parameter|value for|support)\W+n\b|\bn\W+(?:must|should) be", re.IGNORECASE)),
    ("n", re.compile(r"\bn ?[=>] ?\d|only (?:one|1) (?:image|picture)|number of images", re.IGNORECASE)),
)
# Statuses with which an error is believed: a policy text in a 429, say, is a rate limit that quotes rules.
_BELIEVED_STATUSES: dict[Refusal, set[int]] = {
    "policy": {200, 400, 403, 451},
    "key": {200, 400, 401, 402, 403, 429},
    "model": {200, 400, 403, 404, 503},  # 503 model_not_found: one family of gateways has no channel for it
    "n": {400, 422},
}
_BY_STATUS: dict[int, Refusal] = {401: "key", 402: "key", 404: "model", 429: "busy"}
# A proxy gave up waiting; a call with this key is under way; the caller left.
_DOUBTFUL_STATUSES = {408, 409, 499}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiError:
    """The error in an answer. `text` holds no prompt and no key; all fields may be empty."""

    code: str = ""
    type: str = ""
    param: str = ""
    text: str = ""

    @property
    def words(self) -> str:
        """One line for the operator's log."""
        parts = [self.code, self.type, self.param, self.text]
        return ": ".join(dict.fromkeys(part for part in parts if part))[:MAX_WORDS]


def parse_json(body: bytes | bytearray) -> Any:
    """Parse the body; return None if it is not JSON."""
    try:
        return from_json(body)
    except ValueError:
        return None


def find_error(answer: Any, prompt: str) -> ApiError | None:
    """Find the error in a parsed answer, in any of the shapes that gateways send; None if there is none."""
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
        text=_scrub(text, prompt) if isinstance(text, str) else "",
    )


def classify(status: int, error: ApiError | None) -> Refusal:
    """Classify a refusal by its status and error; None: the body is not the gateway's own JSON."""
    refusal = _classify_error(error) if error else None
    if refusal and status in _BELIEVED_STATUSES[refusal]:
        return refusal
    if status in _DOUBTFUL_STATUSES:
        return "doubt"
    if status >= 500:
        return "busy" if status == 503 and error else "doubt"
    return _BY_STATUS.get(status, "request")


def _classify_error(error: ApiError) -> Refusal | None:
    if refusal := _BY_CODE.get(error.code) or _BY_TYPE.get(error.type):
        return refusal
    if error.param == "n":
        return "n"
    return next((refusal for refusal, pattern in _BY_TEXT if pattern.search(error.text)), None)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds in the Retry-After header, which is a number or a date; None without it.

    `now`: unix seconds.
    """
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - now
        except (ValueError, OverflowError):
            return None
    return max(0.0, seconds) if seconds == seconds else None  # a NaN is no answer


def _name(value: Any) -> str:
    text = str(value) if isinstance(value, str | int) else ""
    return text if _NAME.fullmatch(text) else ""


def _scrub(text: str, prompt: str) -> str:
    """Take keys and the prompt out of a text; return "" if it repeats a large part of the prompt."""
    text = _KEY_LIKE.sub("[key]", " ".join(text[: 4 * MAX_WORDS].split()))
    lower, prompt = text.casefold(), " ".join(prompt.split()).casefold()
    if any(lower[at : at + _ECHO] in prompt for at in range(len(lower) - _ECHO + 1)):
        return ""
    if prompt:
        text = re.sub(rf"(?<!\w){re.escape(prompt)}(?!\w)", "[prompt]", text, flags=re.IGNORECASE)
    return text[:MAX_WORDS]
