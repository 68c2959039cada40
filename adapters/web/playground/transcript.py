"""The transcript of a conversation: every action with its answer and its cards, to be replayed later."""

import json
import re
from collections import Counter
from typing import Any

from adapters.web.render import render
from bot.port.cards import Card, Working

MAX_ENTRIES = 1_000  # actions and cards; later ones are dropped, because a replay needs the first
MAX_BYTES = 8 * 1024 * 1024  # of all of them as JSON, their answers included
_SPAN = re.compile(r"\b\d+ (?:s|min|h)\b(?: \d+ min\b)?|\b\d+ days?\b")
_MOMENT = re.compile(
    r"\b\d{4}-\d{2}(?:-\d{2})?(?: \d{2}:\d{2}(?: UTC)?)?"
    r"|(?:\b[A-Z][a-z]{2} )?\b\d{1,2} [A-Z][a-z]{2},? \d{2}:\d{2}(?: UTC)?"
)
_URLS = ("src", "dark")  # left out: the URLs of pictures and files hold an id, or the bytes themselves


class Transcript:
    """The steps since the process began: an action, its answer, and the cards before the next action.

    Working cards are left out: how many there are is a matter of luck.
    """

    def __init__(self) -> None:
        self._steps: list[dict[str, Any]] = []
        self._entries = 0
        self._bytes = 0
        self._names: dict[str, str] = {}
        self._counts: Counter[str] = Counter()

    def begin_step(self, action: dict[str, Any]) -> dict[str, Any]:
        """Add an action and return its step. Call it first: the cards may come before the answer."""
        step: dict[str, Any] = {**action, "answer": {}, "then": []}
        self._append(self._steps, step)
        return step

    def end_step(self, step: dict[str, Any], answer: dict[str, Any]) -> None:
        """Add the answer to a step."""
        if not self._has_room(answer := _without_times(answer)):
            return
        if "message" in answer:
            self._name("job", answer["message"])
        for button in answer.get("reply", {}).get("buttons", ()):
            if button["verb"] in ("plain", "instead"):
                self._name("words", button["job"])
        step["answer"] = answer

    def add_card(self, message_id: str, private_to: str, card: Card) -> None:
        if not isinstance(card, Working):
            self._then(
                {"message": message_id, "private_to": private_to, "card": _without_times(render(card))}
            )

    def add_removal(self, message_id: str) -> None:
        self._then({"message": message_id, "card": None})

    @property
    def names(self) -> dict[str, str]:
        """The ids that an action may contain, with their names in the transcript: "job 1", "words 2"."""
        return dict(self._names)

    def steps(self) -> list[dict[str, Any]]:
        """Return the steps without ids and times, so that the same actions always give the same steps."""
        ids = re.compile("|".join(map(re.escape, sorted(self._names, key=len, reverse=True))) or r"(?!)")
        return [self._with_names(ids, step) for step in self._steps]

    def _then(self, event: dict[str, Any]) -> None:
        if self._steps:
            self._append(self._steps[-1]["then"], event)

    def _name(self, kind: str, id_: str) -> None:
        if id_ not in self._names and self._entries < MAX_ENTRIES:
            self._counts[kind] += 1
            self._names[id_] = f"{kind} {self._counts[kind]}"

    def _append(self, entries: list[dict[str, Any]], entry: dict[str, Any]) -> None:
        if self._has_room(entry) and self._entries < MAX_ENTRIES:
            self._entries += 1
            entries.append(entry)

    def _has_room(self, data: dict[str, Any]) -> bool:
        """Count the data; return False from the first that does not fit."""
        self._bytes += len(json.dumps(data))
        return self._bytes <= MAX_BYTES

    def _with_names(self, ids: re.Pattern[str], step: dict[str, Any]) -> dict[str, Any]:
        text = ids.sub(lambda match: self._names[match[0]], json.dumps(step, ensure_ascii=False))
        result: dict[str, Any] = json.loads(text)
        return result


def _without_times(data: Any) -> Any:
    match data:
        case dict():
            return {key: _without_times(value) for key, value in data.items() if key not in _URLS}
        case list():
            return [_without_times(each) for each in data]
        case str():
            return _SPAN.sub("some time", _MOMENT.sub("then", data))
        case _:
            return data
