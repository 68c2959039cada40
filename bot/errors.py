"""Exceptions that nobody planned, as a log may hold them."""

import traceback


def trace(error: BaseException) -> str:
    """Where it happened and what kind it was, cause first; never its message, which may quote a prompt."""
    cause = error.__cause__ or error.__context__
    kind = type(error).__qualname__
    if isinstance(error, OSError) and error.strerror:
        kind = f"{kind}: {error.strerror}"  # the system's own words, such as "No space left on device"
    before = f"{trace(cause)}\n" if cause is not None else ""
    return f"{before}{''.join(traceback.format_tb(error.__traceback__))}{kind}"
