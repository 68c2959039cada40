"""Refusals: an ApiError for the bot, and NotOffered for a person."""

from typing import Any

Json = dict[str, Any]


class ApiError(Exception):
    """The answer `{"ok": false, "error": …}`, which Slack sends with status 200.

    `more`: more fields of the answer, such as needed and provided, or response_metadata.
    """

    def __init__(
        self, error: str, *, status: int = 200, retry_after: float | None = None, **more: object
    ) -> None:
        super().__init__(error)
        self.error = error
        self.status = status
        self.retry_after = retry_after
        self.more = more

    @property
    def body(self) -> Json:
        return {"ok": False, "error": self.error, **self.more}


class NotOffered(Exception):
    """A person tries something that their Slack client does not offer."""


def ratelimited(seconds: float) -> ApiError:
    """Make the answer 429 with Retry-After (docs.slack.dev/apis/web-api/rate-limits)."""
    return ApiError("ratelimited", status=429, retry_after=seconds)


def invalid_content(error: str, complaints: list[str]) -> ApiError:
    """Make the answer invalid_blocks or invalid_arguments, with complaints where Slack puts them."""
    messages = [f"[ERROR] {complaint}" for complaint in complaints]
    return ApiError(error, errors=complaints, response_metadata={"messages": messages})
