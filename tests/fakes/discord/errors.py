"""The ways in which this Discord refuses: by an error code for the bot, by NotOffered for a person."""

from typing import Any

Json = dict[str, Any]

# Status and text by code: discord-api-docs, topics/opcodes-and-status-codes ("JSON error codes").
_KNOWN = {
    0: (404, "404: Not Found"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    30015: (400, "Maximum number of attachments in a message reached (10)"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    40094: (400, "Maximum number of follow-up messages for this interaction reached (5)"),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50013: (403, "Missing Permissions"),
    50027: (401, "Invalid Webhook Token"),
    50035: (400, "Invalid Form Body"),
    50083: (400, "Tried to perform an operation on an archived thread"),
    50109: (400, "The request body contains invalid JSON."),
    160002: (400, "Cannot reply without permission to read message history"),
    160005: (400, "Thread is locked"),
}


class ApiError(Exception):
    """The error that answers a request of the bot."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body


class NotOffered(Exception):
    """A person tried what their Discord client would not let them do."""


def refusal(code: int, errors: Json | None = None) -> ApiError:
    """Make the error with Discord's code `code`."""
    status, message = _KNOWN[code]
    body: Json = {"message": message, "code": code}
    return ApiError(status, body | ({"errors": errors} if errors else {}))


def unauthorized() -> ApiError:
    return ApiError(401, {"message": "401: Unauthorized", "code": 0})


def invalid(path: str, message: str, code: str = "BASE_TYPE_BAD") -> ApiError:
    """Make error 50035 (invalid form body) with a message at `path`, such as "components.0.label"."""
    errors: Json = {"_errors": [{"code": code, "message": message}]}
    for step in reversed(path.split(".")):
        errors = {step: errors}
    return refusal(50035, errors)
