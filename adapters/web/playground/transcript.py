"""The transcript of a conversation: every action with its answer and its cards, to be replayed later."""

import json
import re
from typing import Any

from adapters.web.render import render
from bot.port.cards import Card, Working

MAX_ENTRIES = 1_000  # actions and cards; later ones are dropped, because a replay needs the first
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
        self._names: dict[str, str] = {}

    def begin_step(self, action: dict[str, Any]) -> dict[str, Any]:
        """Add an action and return its step. Call it first: the cards may come before the answer."""
        step: dict[str, Any] = {**action, "answer": {}, "then": []}
        self._append(self._steps, step)
        return step

    def end_step(self, step: dict[str, Any], answer: dict[str, Any]) -> None:
        """Add the answer to a step."""
        if "message" in answer:
            self._name("job", answer["message"])
        for button in answer.get("reply", {}).get("buttons", ()):
            if button["verb"] == "plain":
                self._name("words", button["job"])
        step["answer"] = _without_times(answer)

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
        return [self._with_names(step) for step in self._steps]

    def _then(self, event: dict[str, Any]) -> None:
        if self._steps:
            self._append(self._steps[-1]["then"], event)

    def _name(self, kind: str, id_: str) -> None:
        count = sum(name.startswith(f"{kind} ") for name in self._names.values())
        self._names.setdefault(id_, f"{kind} {count + 1}")

    def _append(self, entries: list[dict[str, Any]], entry: dict[str, Any]) -> None:
        if self._entries < MAX_ENTRIES:
            self._entries += 1
            entries.append(entry)

    def _with_names(self, step: dict[str, Any]) -> dict[str, Any]:
        text = json.dumps(step, ensure_ascii=False)
        for id_, name in self._names.items():
            text = text.replace(id_, name)
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
