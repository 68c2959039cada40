"""The building blocks of Block Kit's rules: checks, each of which yields complaints about a value."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

Check = Callable[[Any, str], Iterator[str]]  # called with a value and its path


def complaint(text: str, path: str) -> str:
    """Write a complaint as Slack does in response_metadata.messages."""
    return f"{text} [json-pointer:{path}]"


def anything(value: Any, path: str) -> Iterator[str]:
    """Accept any value."""
    yield from ()


def flag(value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield complaint("must be a boolean", path)


def string(most: int, least: int = 1) -> Check:
    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield complaint("must be a string", path)
        elif len(value) < least:
            yield complaint(f"must be more than {least - 1} characters", path)
        elif len(value) > most:
            yield complaint(f"must be less than {most + 1} characters", path)

    return check


def number(least: int, most: int) -> Check:
    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield complaint("must be an integer", path)
        elif not least <= value <= most:
            yield complaint(f"must be between {least} and {most}", path)

    return check


def choice(*values: str) -> Check:
    def check(value: Any, path: str) -> Iterator[str]:
        if value not in values:
            yield complaint(f"must be one of {', '.join(values)}", path)

    return check


def text(most: int, *kinds: str) -> Check:
    """Check a text object (block-kit/composition-objects/text-object). `kinds`: () allows both."""
    allowed = kinds or ("plain_text", "mrkdwn")

    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield complaint("must be an object", path)
            return
        kind = value.get("type")
        if kind not in allowed:
            yield complaint(f"must be one of {', '.join(allowed)}", f"{path}/type")
        option = "emoji" if kind == "plain_text" else "verbatim"
        shape = Shape({"type": anything, "text": string(most), option: flag}, required=("text",))
        yield from shape.check(value, path)

    return check


def listing(each: Check, most: int, least: int = 1) -> Check:
    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield complaint("must be an array", path)
            return
        if len(value) > most:
            yield complaint(f"no more than {most} items allowed", path)
        if len(value) < least:
            yield complaint(f"must provide at least {least} items", path)
        for index, item in enumerate(value):
            yield from each(item, f"{path}/{index}")

    return check


def shaped(shape: "Shape", type: str = "") -> Check:
    """Check an object's shape. `type`: its type; "" if it has none."""

    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield complaint("must be an object", path)
            return
        if type and value.get("type") != type:
            yield complaint(f"must be of type {type}", f"{path}/type")
        common = ("type", "block_id") if type else ()
        yield from shape.check({name: each for name, each in value.items() if name not in common}, path)

    return check


def one_of(shapes: Mapping[str, "Shape"], allowed: Collection[str]) -> Check:
    """Check an object by the shape of its type. `allowed`: the types allowed."""

    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield complaint("must be an object", path)
        elif str(value.get("type")) not in allowed:
            yield complaint(f"unsupported type: {value.get('type')}", f"{path}/type")
        else:
            fields = {name: inner for name, inner in value.items() if name != "type"}
            yield from shapes[value["type"]].check(fields, path)

    return check


class Shape:
    """The fields of an object.

    `required`: the fields that it must have.
    `exactly_one`, `at_least_one`: the fields of which it must have so many.
    `extra`: a check of the whole object.
    """

    def __init__(
        self,
        fields: Mapping[str, Check],
        *,
        required: Collection[str] = (),
        exactly_one: Collection[str] = (),
        at_least_one: Collection[str] = (),
        extra: Check = anything,
    ) -> None:
        self.fields = fields
        self.required = required
        self.exactly_one = exactly_one
        self.at_least_one = at_least_one
        self.extra = extra

    def check(self, value: Mapping[str, Any], path: str) -> Iterator[str]:
        for name in self.required:
            if name not in value:
                yield complaint(f"missing required field: {name}", path)
        for name, each in value.items():
            if name in self.fields:
                yield from self.fields[name](each, f"{path}/{name}")
            else:
                yield complaint(f"invalid additional property: {name}", path)
        if self.exactly_one and len([name for name in self.exactly_one if name in value]) != 1:
            yield complaint(f"must have exactly one of {', '.join(self.exactly_one)}", path)
        if self.at_least_one and not any(name in value for name in self.at_least_one):
            yield complaint(f"must have at least one of {', '.join(self.at_least_one)}", path)
        yield from self.extra(value, path)
