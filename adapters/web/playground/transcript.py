"""A transcript: what every persona did, and every card that came of it, so that it can be done again."""

import json
import re
from typing import Any

from adapters.web.render import render
from bot.port.cards import Card, Working

MAX_ENTRIES = 1_000  # deeds and cards; the first are kept, for without them nothing can be done again
_SPAN = re.compile(r"\b\d+ (?:s|min|h)\b(?: \d+ min\b)?|\b\d+ days?\b")
_MOMENT = re.compile(
    r"\b\d{4}-\d{2}(?:-\d{2})?(?: \d{2}:\d{2}(?: UTC)?)?"
    r"|(?:\b[A-Z][a-z]{2} )?\b\d{1,2} [A-Z][a-z]{2},? \d{2}:\d{2}(?: UTC)?"
)
_ADDRESSES = ("src", "dark")  # of pictures and files: they hold an id, or the very bytes


class Transcript:
    """Steps since the process began: a deed, its answer, and the cards that came before the next deed.

    A card that still moves is left out: how often it moves is a matter of luck.
    """

    def __init__(self) -> None:
        self._steps: list[dict[str, Any]] = []
        self._entries = 0
        self._names: dict[str, str] = {}

    def begin(self, deed: dict[str, Any]) -> dict[str, Any]:
        """Note a deed before it is done, as its cards may come before its answer; returns its step."""
        step: dict[str, Any] = {**deed, "answer": {}, "then": []}
        self._note(self._steps, step)
        return step

    def end(self, step: dict[str, Any], answer: dict[str, Any]) -> None:
        """Note what the page was answered."""
        if "message" in answer:
            self._name("job", answer["message"])
        for button in answer.get("reply", {}).get("buttons", ()):
            if button["verb"] == "plain":
                self._name("words", button["job"])
        step["answer"] = _timeless(answer)

    def came(self, message_id: str, private_to: str, card: Card) -> None:
        if not isinstance(card, Working):
            self._then({"message": message_id, "private_to": private_to, "card": _timeless(render(card))})

    def went(self, message_id: str) -> None:
        self._then({"message": message_id, "card": None})

    @property
    def names(self) -> dict[str, str]:
        """Each id that a deed may be about, and its name in the transcript: "job 1", "words 2"."""
        return dict(self._names)

    def steps(self) -> list[dict[str, Any]]:
        """The steps, with jobs named in their order and times dropped: equal for equal deeds."""
        return [self._plain(step) for step in self._steps]

    def _then(self, event: dict[str, Any]) -> None:
        if self._steps:
            self._note(self._steps[-1]["then"], event)

    def _name(self, kind: str, known: str) -> None:
        count = sum(name.startswith(f"{kind} ") for name in self._names.values())
        self._names.setdefault(known, f"{kind} {count + 1}")

    def _note(self, entries: list[dict[str, Any]], entry: dict[str, Any]) -> None:
        if self._entries < MAX_ENTRIES:
            self._entries += 1
            entries.append(entry)

    def _plain(self, step: dict[str, Any]) -> dict[str, Any]:
        text = json.dumps(step, ensure_ascii=False)
        for known, name in self._names.items():
            text = text.replace(known, name)
        plain: dict[str, Any] = json.loads(text)
        return plain


def _timeless(data: Any) -> Any:
    match data:
        case dict():
            return {key: _timeless(value) for key, value in data.items() if key not in _ADDRESSES}
        case list():
            return [_timeless(each) for each in data]
        case str():
            return _SPAN.sub("some time", _MOMENT.sub("then", data))
        case _:
            return data
