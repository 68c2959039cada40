"""Every sentence that a person can read, in the language that is spoken where they are; no markup.

Read as one room: `wording.plural`, `wording.denied`. Each name is looked up in the language that this task
speaks: English, until somebody says otherwise. Tasks that it starts speak as it does.

One package a language, alike in every name and signature; English is the measure.
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
_spoken = ContextVar("language", default=USUAL)


def get_language() -> str:
    """The language of this task."""
    return _spoken.get()


def activate(language: str) -> None:
    """From here on this task speaks it; one that is not known here is as good as none, so English."""
    _spoken.set(language if language in _LANGUAGES else USUAL)


@contextmanager
def override(language: str) -> Iterator[None]:
    """Speak it for a while."""
    before = _spoken.get()
    activate(language)
    try:
        yield
    finally:
        _spoken.set(before)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        return getattr(_LANGUAGES[_spoken.get()], name)
