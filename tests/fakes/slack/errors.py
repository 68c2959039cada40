"""How this Slack says no: to the bot by an error, to a person by not offering the thing."""

from typing import Any

Json = dict[str, Any]


class ApiError(Exception):
    """What a call is answered with instead: `{"ok": false, "error": …}`, which Slack sends at status 200.

    `more`: further fields of the answer, such as needed and provided, or response_metadata.
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
    """A person tried what their Slack client would not let them do."""


def ratelimited(seconds: float) -> ApiError:
    """429 with Retry-After (docs.slack.dev/apis/web-api/rate-limits)."""
    return ApiError("ratelimited", status=429, retry_after=seconds)


def badly_made(error: str, wrong: list[str]) -> ApiError:
    """invalid_blocks or invalid_arguments, with what is wrong where Slack puts it."""
    return ApiError(
        error, errors=wrong, response_metadata={"messages": [f"[ERROR] {line}" for line in wrong]}
    )
