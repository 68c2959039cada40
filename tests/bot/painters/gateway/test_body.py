"""A body that comes in pieces parses to the same answer, wherever it is cut."""

import base64
import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.painters.gateway.body import LONG_STRING, Body

PICTURE = bytes(range(256)) * 40  # longer than LONG_STRING, and every byte there is


def feed(text: bytes, *cuts: int) -> Body:
    body = Body()
    edges = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    for start, end in pairwise(edges):
        body.feed(text[start:end])
    return body


def restored(body: Body) -> Any:
    """Return the parsed answer with its pictures put back, as base64."""

    def put_back(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: put_back(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [put_back(inner) for inner in value]
        if value in body.pictures:
            return base64.b64encode(body.pictures[value] or b"").decode()
        assert not (isinstance(value, str) and len(value) > LONG_STRING)
        return value

    return put_back(json.loads(body.frame))


SHORT = st.text(max_size=20) | st.integers() | st.booleans() | st.none()
LARGE = st.binary(min_size=LONG_STRING, max_size=LONG_STRING + 99).map(
    lambda data: base64.b64encode(data).decode()
)
ANSWERS = st.recursive(
    SHORT | LARGE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=8,
).filter(lambda answer: not _names_itself(json.dumps(answer)))


def _names_itself(text: str) -> bool:
    return '"picture ' in text


@settings(deadline=None)
@given(ANSWERS, st.lists(st.integers(0), max_size=9), st.booleans())
@example({"a": 'say "\\', "b": base64.b64encode(PICTURE).decode()}, list(range(40)), False)
def test_pieces_of_any_size_parse_to_the_same_answer(answer: Any, cuts: list[int], indent: bool) -> None:
    text = json.dumps(answer, indent=2 if indent else None).encode()
    assert restored(feed(text, *cuts)) == answer


ENCODED = base64.b64encode(PICTURE).decode()
WRAPPED = "\n".join(ENCODED[at : at + 76] for at in range(0, len(ENCODED), 76))


@pytest.mark.parametrize(
    "string",
    [
        json.dumps(ENCODED),
        json.dumps(ENCODED).replace("/", r"\/"),
        json.dumps(ENCODED).replace("+", r"\u002B").replace("/", r"\u002f"),
        json.dumps(ENCODED.rstrip("=")),
        json.dumps(ENCODED + "===="),
        json.dumps(WRAPPED),
        json.dumps(WRAPPED.replace("\n", "\r\n")),
        f'"{WRAPPED}"',
        json.dumps(f"data:image/png;base64,{ENCODED}"),
        json.dumps(f"data:image/png;base64,{ENCODED}").replace("/", r"\/"),
    ],
)
@pytest.mark.parametrize("step", [1, 7, 1000, 64 * 1024])
def test_base64_in_every_form_that_gateways_send(string: str, step: int) -> None:
    text = f'{{"b64_json": {string}, "after": 1}}'.encode()
    body = feed(text, *range(step, len(text), step))
    [(name, picture)] = body.pictures.items()
    assert bytes(picture or b"") == PICTURE
    assert json.loads(body.frame) == {"b64_json": name, "after": 1}


@pytest.mark.parametrize("tail", ["A", "=A", r"\x", r"\uD8"])
def test_a_long_string_that_is_not_base64_is_none(tail: str) -> None:
    encoded = base64.b64encode(bytes(LONG_STRING)).decode().rstrip("=")
    encoded = encoded[: len(encoded) & ~3]
    body = feed(f'["{encoded}{tail}", 7]'.encode(), 100)
    assert list(body.pictures.values()) == [None]
    assert body.frame.endswith(b", 7]")


def test_the_size_counts_the_bytes_in_memory() -> None:
    text = json.dumps({"data": [{"b64_json": ENCODED}, {"b64_json": ENCODED}]}).encode()
    whole = feed(text)
    assert whole.size == len(whole.frame) + 2 * len(PICTURE)
    part = feed(text[: len(text) // 2])
    assert len(PICTURE) / 2 < part.size < 1.1 * len(PICTURE)


def test_a_string_of_the_longest_length_stays_in_the_json() -> None:
    body = feed(json.dumps({"b64_json": "A" * LONG_STRING}).encode())
    assert not body.pictures
    assert json.loads(body.frame) == {"b64_json": "A" * LONG_STRING}
