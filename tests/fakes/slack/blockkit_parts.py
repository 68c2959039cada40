"""What the rules of Block Kit are made of: checks, each giving what is wrong with a value at a path."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

Check = Callable[[Any, str], Iterator[str]]


def pointed(said: str, path: str) -> str:
    """As Slack words it in response_metadata.messages."""
    return f"{said} [json-pointer:{path}]"


def anything(value: Any, path: str) -> Iterator[str]:
    """Known, and not looked into."""
    yield from ()


def flag(value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield pointed("must be a boolean", path)


def string(most: int, least: int = 1) -> Check:
    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield pointed("must be a string", path)
        elif len(value) < least:
            yield pointed(f"must be more than {least - 1} characters", path)
        elif len(value) > most:
            yield pointed(f"must be less than {most + 1} characters", path)

    return check


def number(least: int, most: int) -> Check:
    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield pointed("must be an integer", path)
        elif not least <= value <= most:
            yield pointed(f"must be between {least} and {most}", path)

    return check


def choice(*values: str) -> Check:
    def check(value: Any, path: str) -> Iterator[str]:
        if value not in values:
            yield pointed(f"must be one of {', '.join(values)}", path)

    return check


def text(most: int, *kinds: str) -> Check:
    """A text object (block-kit/composition-objects/text-object); of both kinds, unless told."""
    allowed = kinds or ("plain_text", "mrkdwn")

    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield pointed("must be an object", path)
            return
        kind = value.get("type")
        if kind not in allowed:
            yield pointed(f"must be one of {', '.join(allowed)}", f"{path}/type")
        more = "emoji" if kind == "plain_text" else "verbatim"
        shape = Shape({"type": anything, "text": string(most), more: flag}, must=("text",))
        yield from shape.check(value, path)

    return check


def listing(each: Check, most: int, least: int = 1) -> Check:
    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield pointed("must be an array", path)
            return
        if len(value) > most:
            yield pointed(f"no more than {most} items allowed", path)
        if len(value) < least:
            yield pointed(f"must provide at least {least} items", path)
        for index, item in enumerate(value):
            yield from each(item, f"{path}/{index}")

    return check


def shaped(shape: "Shape", type: str = "") -> Check:
    """An object of this shape; of this type, where it has one."""

    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield pointed("must be an object", path)
            return
        if type and value.get("type") != type:
            yield pointed(f"must be of type {type}", f"{path}/type")
        own = ("type", "block_id") if type else ()
        yield from shape.check({name: held for name, held in value.items() if name not in own}, path)

    return check


def one_of(shapes: Mapping[str, "Shape"], allowed: Collection[str]) -> Check:
    """An object whose type says which of these shapes it has."""

    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield pointed("must be an object", path)
        elif str(value.get("type")) not in allowed:
            yield pointed(f"unsupported type: {value.get('type')}", f"{path}/type")
        else:
            held = {name: inner for name, inner in value.items() if name != "type"}
            yield from shapes[value["type"]].check(held, path)

    return check


class Shape:
    """Which fields an object has. `also`: what no single field can tell."""

    def __init__(
        self,
        fields: Mapping[str, Check],
        *,
        must: Collection[str] = (),
        exactly_one: Collection[str] = (),
        at_least_one: Collection[str] = (),
        also: Check = anything,
    ) -> None:
        self.fields = fields
        self.must = must
        self.exactly_one = exactly_one
        self.at_least_one = at_least_one
        self.also = also

    def check(self, value: Mapping[str, Any], path: str) -> Iterator[str]:
        for name in self.must:
            if name not in value:
                yield pointed(f"missing required field: {name}", path)
        for name, held in value.items():
            if name in self.fields:
                yield from self.fields[name](held, f"{path}/{name}")
            else:
                yield pointed(f"invalid additional property: {name}", path)
        if self.exactly_one and len([name for name in self.exactly_one if name in value]) != 1:
            yield pointed(f"must have exactly one of {', '.join(self.exactly_one)}", path)
        if self.at_least_one and not any(name in value for name in self.at_least_one):
            yield pointed(f"must have at least one of {', '.join(self.at_least_one)}", path)
        yield from self.also(value, path)
