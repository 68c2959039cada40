"""The gateway's refusals: the error in its answer, and what kind of refusal it is.

Gateways in the middle rewrite codes, types and statuses, so each is tried in turn: the names in the error,
then its text, then the status.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from pydantic_core import from_json

# "policy": the prompt. "key", "model": refused for everyone. "n": several pictures in one call. "busy": for
# now. "request": anything else that was not done. "doubt": it may have been done, and billed.
Refusal = Literal["policy", "key", "model", "n", "busy", "request", "doubt"]

MAX_WORDS = 200  # characters of a gateway's text that are kept
MAX_TEXT = 2_000  # characters of a gateway's text that are read to classify it
_NESTED = 4  # errors within errors, and entries of a list of details, that are read
_ECHO = 16  # characters in a row: a text that repeats so much of the prompt is neither believed nor kept
_KEY_LIKE = re.compile(r"\b(?:sk[-_]|key[-_]|bearer )[\w*.-]{4,}", re.IGNORECASE)
_ORIGIN = re.compile(r"(?:https?://[\w.:-]{1,99}|/[\w./-]{0,99})", re.ASCII)
_NAME = re.compile(r"[\w.:/-]{1,64}")
# A key where a code belongs.
_KEY_NAME = re.compile(r"\b(?:sk|key)[-_][\w.-]*\d", re.IGNORECASE)

# A code or type that names a verdict on the prompt, in the spellings of all that was met; compared in lower
# case with underscores. The second pattern: a name that is about a setting or a breakdown of the filter.
_POLICY_NAME = re.compile(
    r"moderation|content_?(?:policy|filter|block|safety|violation|restricted)|sensitive|safety|nsfw|unsafe|"
    r"prompt_?(?:block|filter|flag|reject)|responsible_?ai|prohibited|blocklist|inappropriate|"
    r"(?:policy|guidelines?)_?violation|violates?_|data_?inspection|image_generation_user_error"
)
_NO_VERDICT = re.compile(
    r"unavailable|time(?:d_)?_?out|internal|unsupported|missing|required|unknown|identifier|rate_?limit|"
    r"invalid_(?!prompt)"
)
_BY_NAME: dict[str, Refusal] = {
    **dict.fromkeys(
        (
            "access_terminated",
            "account_deactivated",
            "account_suspended",
            "arrearage",
            "authentication_error",
            "billing_hard_limit_reached",
            "billing_not_active",
            "insufficient_balance",
            "insufficient_credits",
            "insufficient_funds",
            "insufficient_quota",
            "insufficient_user_quota",
            "invalid_api_key",
            "payment_required",
            "pre_consume_token_quota_failed",
        ),
        "key",
    ),
    **dict.fromkeys(
        (
            "deployment_not_found",
            "invalid_model",
            "model_access_denied",
            "model_deprecated",
            "model_not_allowed",
            "model_not_available",
            "model_not_exist",
            "model_not_found",
            "model_not_supported",
            "model_retired",
            "no_such_model",
            "unknown_model",
            "unsupported_model",
        ),
        "model",
    ),
}
_BUSY_NAMES = {"overloaded_error", "rate_limit_error", "rate_limit_exceeded", "too_many_requests"}
# Phrases that sound like a verdict and are none: a policy of rates, a field's name, a filter that is down.
_HARMLESS = re.compile(
    r"content[- _]?(?:type|length)|"
    r"(?:rate|retry|quota|limit\w*|throttling|spending|billing|organi[sz]ation|org|cors|network|access|iam|"
    r"routing|caching|retention|fair[- ]use)\b[- ]?\w* polic(?:y|ies)|"
    r"(?:parameter|argument|field|property|header|value for)s?:? ?['\"`]?[\w.]*[_'\"`][\w.]*['\"`]?|"
    r"(?:filters?|filtering|moderation|safety)\b[^.]{0,40}\b(?:unavailable|timed? ?out|unreachable|is down)",
    re.IGNORECASE,
)
_POLICY_TEXT = re.compile(
    r"safety[ _](?:system|filter|polic|guideline|check|reason|violation|setting|threshold)|"
    r"content[ _-]?(?:polic|filter|moderation|management polic|guideline|safety|violation|restriction)|"
    r"responsible[ _-]?ai|usage[ _](?:polic|guideline)|prohibited[ _](?:use|content)|guardrails?\b|"
    r"community guidelines|moderation[ _](?:system|filter|block|polic|check|reject)|"
    r"sensitive[ _](?:words?|content)|(?:explicit|harmful|unsafe|inappropriate|disallowed) "
    r"(?:content|prompt|image|material)|\bnsfw\b|敏感词|敏感内容|敏感信息|违规|内容审核|安全审核|内容安全|"
    r"(?:blocked|rejected|refused|flagged|filtered|declined)\b.{0,60}\b(?:moderation|safety|filters?)\b|"
    r"\b(?:moderation|safety|filters?)\b.{0,40}\b(?:blocked|rejected|refused|flagged|filtered)|"
    r"(?:prompt|output|images?)[ _](?:(?:was|is|were|ha(?:s|ve) been) )?(?:blocked|flagged|filtered)|"
    r"violat\w+\b.{0,80}\b(?:polic(?:y|ies)|guidelines|practices|standards)\b",
    re.IGNORECASE,
)
_BY_TEXT: tuple[tuple[Refusal, re.Pattern[str]], ...] = (
    (
        "key",
        re.compile(
            r"insufficient[ _](?:balance|quota|credit|fund|user.quota)|billing.hard.limit|"
            r"pre_consume_token_quota_failed|quota (?:is )?not enough|not enough (?:quota|balance|credit)|"
            r"credit balance is too low|out of credits?|exceeded your current quota|"
            r"(?:incorrect|invalid) api.?key|额度不足|余额不足|预扣费额度失败|欠费",
            re.IGNORECASE,
        ),
    ),
    ("model", re.compile(r"must be verified|model\b.{0,99}\b(?:not found|does not exist)", re.IGNORECASE)),
    ("n", re.compile(r"(?:parameter|value for|support)\W+n\b|\bn\W+(?:must|should) be", re.IGNORECASE)),
    ("n", re.compile(r"\bn ?[=>] ?\d|only (?:one|1) (?:image|picture)|number of images", re.IGNORECASE)),
)
# A 404 switches a model off for everyone only if its text is about the model, and about nothing of the
# request: some gateways answer so for a prompt that is too long, or for an address that is wrong.
_MODEL_GONE = re.compile(
    r"\bmodels?\b.{0,99}\b(?:not (?:found|exist|available|supported|recogni[sz]ed|offered)|doesn't exist|"
    r"unavailable|unknown|no longer|deprecated|retired|discontinued|shut ?down|access|must be verified)|"
    r"\b(?:no such|unknown|invalid|unsupported|find|found) model\b",
    re.IGNORECASE,
)
_OF_THE_REQUEST = re.compile(
    r"prompt|\btokens?\b|too (?:long|large|short|many)|\blength|character|parameter|aspect|\bratio|\bsize|"
    r"language",
    re.IGNORECASE,
)
_GONE_STATUSES = {404, 410}
# Statuses with which a text is believed; a code or type that names its cause is believed with any. A policy's
# words in a 429, say, are a rate limit that quotes rules.
_NOT_OF_THE_PROMPT = {401, 402, 407, 429}
_BELIEVED_STATUSES: dict[Refusal, set[int]] = {
    "key": {200, 400, 401, 402, 403, 429},
    "model": {200, 400, 403, 503},  # 503 model_not_found: one family of gateways has no channel for it
    "n": {400, 422},
    "busy": {400, 403, 422, 429, 503},
}
_BY_STATUS: dict[int, Refusal] = {401: "key", 402: "key", 429: "busy"}
# A proxy gave up waiting; a call with this key is under way; the caller left.
_DOUBTFUL_STATUSES = {408, 409, 499}
_TEXT_KEYS = (
    "message",
    "msg",
    "error_message",
    "error_msg",
    "error_description",
    "detail",
    "reason",
    "title",
)
_NAME_KEYS = (
    "code",
    "type",
    "status",
    "error_code",
    "reason",
    "blockReason",
    "finish_reason",
    "finishReason",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiError:
    """The error in an answer. `text` holds no prompt and no key; all fields may be empty.

    `names`: every code, type and reason in the error, for `classify`.
    `meaning`: more of the text than is kept, with echoes of the prompt cut out, for `classify`.
    `is_json`: the body was the gateway's own JSON, not some proxy's text.
    """

    code: str = ""
    type: str = ""
    param: str = ""
    text: str = ""
    names: tuple[str, ...] = field(default=(), compare=False, repr=False)
    meaning: str = field(default="", compare=False, repr=False)
    is_json: bool = field(default=True, compare=False, repr=False)

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


def read_error(body: bytes | bytearray, prompt: str) -> ApiError | None:
    """Find the error in the body of a refusal: JSON in any shape, or plain text; None in anything else."""
    answer = parse_json(body)
    if answer is not None:
        return find_error(answer, prompt)
    text = bytes(body[:MAX_TEXT]).decode("utf-8", "replace").strip()
    if not text or text.startswith("<") or not text.replace("\n", "").isprintable():
        return None  # a page of a proxy tells about the proxy
    return replace(_api_error({"message": text}, prompt), is_json=False)


def find_error(answer: Any, prompt: str) -> ApiError | None:
    """Find the error in a parsed answer, in any of the shapes that gateways send; None if there is none."""
    error = _error_part(answer)
    for _ in range(_NESTED):
        if isinstance(error, list) and error:
            error = error[0]
        inner = error.get("error") if isinstance(error, dict) else None
        if not isinstance(inner, dict) or not inner:
            break
        error = inner
    if isinstance(error, str) and error:
        error = {"message": error}
    return _api_error(error, prompt) if isinstance(error, dict) else None


def _error_part(answer: Any) -> Any:
    if isinstance(answer, list) and answer:
        answer = answer[0]
    if not isinstance(answer, dict):
        return answer
    for key in ("error", "errors", "detail", "promptFeedback"):
        if answer.get(key):
            return answer[key]
    return answer if any(answer.get(key) for key in ("message", "error_message", "error_msg")) else None


def _api_error(error: dict[str, Any], prompt: str) -> ApiError:
    text = next((text for key in _TEXT_KEYS if isinstance(text := error.get(key), str) and text), "")
    parts = [error, error.get("innererror"), error.get("inner_error"), *_list(error.get("details"))]
    names = (_name(part.get(key)) for part in parts if isinstance(part, dict) for key in _NAME_KEYS)
    return ApiError(
        code=_name(error.get("code")),
        type=_name(error.get("type")),
        param=_name(error.get("param")),
        text=_scrub(text, prompt),
        names=tuple(name for name in names if name),
        meaning=_without_echo(text, prompt),
    )


def classify(status: int, error: ApiError | None, model: str = "") -> Refusal:
    """Classify a refusal by its words, then by its status; None: the body tells no error.

    Gateways in the middle answer with statuses of their own, so the words come first. A verdict on the prompt
    is one with any status.

    `model`: the id of the model that was asked.
    """
    refusal = _classify_error(status, error, model) if error else None
    if refusal:
        return refusal
    if status in _DOUBTFUL_STATUSES:
        return "doubt"
    if status >= 500:
        return "busy" if status == 503 and error and error.is_json else "doubt"
    return _BY_STATUS.get(status, "request")


def describe(status: int, error: ApiError | None, headers: Mapping[str, str]) -> str:
    """Describe a refusal in one line for the operator's log, with where a redirect leads, if it is one."""
    words = error.words if error else ""
    if error and error.meaning and not error.text:
        words = f"{words}: (its text repeats the prompt)".removeprefix(": ")
    if 300 <= status < 400:
        target = _ORIGIN.match(headers.get("location", ""))
        words = f"{words} a redirect to {target[0] if target else 'nowhere'}, which is not followed".strip()
    return f"{status} {words}".strip()


def is_doubtful(status: int) -> bool:
    """Return True if a refusal with this status may have been carried out before, and billed."""
    return status >= 500 or status in _DOUBTFUL_STATUSES


def _classify_error(status: int, error: ApiError, model: str) -> Refusal | None:
    names = [_snake(name) for name in error.names or (error.code, error.type) if name]
    for name in names:
        if _POLICY_NAME.search(name) and not _NO_VERDICT.search(name):
            return "policy"
        if refusal := _BY_NAME.get(name):
            return refusal
    if error.param == "n" and status in _BELIEVED_STATUSES["n"]:
        return "n"
    text = error.meaning or error.text
    if status not in _NOT_OF_THE_PROMPT and _POLICY_TEXT.search(_HARMLESS.sub(" ", text)):
        return "policy"
    if error.param == "model" and status in {400, 404, 410, 422}:
        return "model"
    if status in _GONE_STATUSES:
        about = text.replace(model, "model") if model else text
        return "model" if _MODEL_GONE.search(about) and not _OF_THE_REQUEST.search(about) else "request"
    for refusal, pattern in _BY_TEXT:
        if status in _BELIEVED_STATUSES[refusal] and pattern.search(text):
            return refusal
    return "busy" if status in _BELIEVED_STATUSES["busy"] and _BUSY_NAMES.intersection(names) else None


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
    return text if _NAME.fullmatch(text) and not _KEY_NAME.search(text) else ""


def _snake(name: str) -> str:
    """Write a name such as ContentFilter or content-filter as content_filter."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").replace(".", "_").lower()


def _list(value: Any) -> list[Any]:
    return value[:_NESTED] if isinstance(value, list) else []


def _without_echo(text: str, prompt: str) -> str:
    """Cut out of a text all that repeats the prompt, which may speak of policies itself."""
    text, prompt = " ".join(text[:MAX_TEXT].split()), " ".join(prompt.split()).casefold()
    if prompt:
        text = re.sub(rf"(?<!\w){re.escape(prompt)}(?!\w)", " ", text, flags=re.IGNORECASE)
    lower, kept, at = text.casefold(), [], 0
    if len(lower) != len(text):  # some letters fold into two, and the places would not fit
        lower = text.lower() if len(text.lower()) == len(text) else text
    while at < len(text):
        end = at + _ECHO
        if end <= len(text) and lower[at:end] in prompt:
            while end < len(text) and lower[at : end + 1] in prompt:
                end += 1
            at = end
            kept.append(" ")
        else:
            kept.append(text[at])
            at += 1
    return "".join(kept)


def _scrub(text: str, prompt: str) -> str:
    """Take keys and the prompt out of a text; return "" if it repeats a large part of the prompt."""
    text = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * MAX_WORDS])
    text = _KEY_LIKE.sub("[key]", " ".join(text.split()))
    lower, prompt = text.casefold(), " ".join(prompt.split()).casefold()
    if any(lower[at : at + _ECHO] in prompt for at in range(len(lower) - _ECHO + 1)):
        return ""
    if prompt:
        text = re.sub(rf"(?<!\w){re.escape(prompt)}(?!\w)", "[prompt]", text, flags=re.IGNORECASE)
    return text[:MAX_WORDS]
