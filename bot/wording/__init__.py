"""Every sentence that people in chat read, in their workspace's language, without markup.

Use it as one module: `wording.plural`, `wording.denied`. Each name is looked up in the language of the
current task, which is English until `activate` is called. A task that it starts has the same language.

There is one package for each language, all with the same names and signatures; English is the reference.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from bot.wording import english, german

if TYPE_CHECKING:
    from bot.wording.english import *

_LANGUAGES = {"en": english, "de": german}  # by their codes in BCP 47
LANGUAGES = tuple(_LANGUAGES)
USUAL = "en"
_language = ContextVar("language", default=USUAL)


def get_language() -> str:
    """Return the language of the current task."""
    return _language.get()


def activate(language: str) -> None:
    """Set the language of the current task; an unknown language gives English."""
    _language.set(language if language in _LANGUAGES else USUAL)


@contextmanager
def override(language: str) -> Iterator[None]:
    """Set the language of the current task for the `with` block."""
    before = _language.get()
    activate(language)
    try:
        yield
    finally:
        _language.set(before)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        return getattr(_LANGUAGES[_language.get()], name)
