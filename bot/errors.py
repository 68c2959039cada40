"""Unexpected exceptions in a form that a log may hold."""

import traceback


def trace(error: BaseException) -> str:
    """Format the traceback and type of an error, its cause first, without its message.

    A message may quote a prompt. Only the system's own words stay, such as "No space left on device".
    """
    cause = error.__cause__ or error.__context__
    kind = type(error).__qualname__
    if isinstance(error, OSError) and error.strerror:
        kind = f"{kind}: {error.strerror}"
    before = f"{trace(cause)}\n" if cause is not None else ""
    return f"{before}{''.join(traceback.format_tb(error.__traceback__))}{kind}"
