"""Escaped text shows as it was typed, mentions nobody, hides nothing, and is cut between characters."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.discord.render.text import escape
from bot.text import clean, cut
from tests.discord.cards import TOKENS, prompts
from tests.discord.markdown import read


@pytest.mark.parametrize("token", TOKENS)
def test_every_token_shows_as_it_was_typed(token: str) -> None:
    for text in (token, f"{token}fox", f"a fox {token} in snow", f"{token * 3} fox"):
        assert read(escape(text, 500)) == clean(text)


@given(prompts)
@settings(max_examples=80, deadline=None)
def test_every_text_shows_as_it_was_typed(text: str) -> None:
    assert read(escape(text, 9_000)) == clean(text)


@given(prompts, st.integers(1, 300))
@settings(max_examples=80, deadline=None)
def test_no_text_is_longer_than_its_limit(text: str, limit: int) -> None:
    escaped = escape(text, limit)
    assert len(escaped) <= limit
    assert len(cut(clean(text), limit)) <= limit
    assert read(escaped) == clean(text) or clean(text).startswith(read(escaped)[:-1])


@given(prompts)
@settings(max_examples=80, deadline=None)
@example("> \u200d")
def test_no_invisible_character_is_left(text: str) -> None:
    line = clean(text)
    assert line == " ".join(line.split())
    hidden = {letter for letter in line if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert hidden <= {"\u200c", "\u200d"}
    line.encode()


def test_mentions_and_links_that_discord_py_does_not_escape_are_escaped() -> None:
    assert escape("<#1> </a:1> <t:1> <:a:1> [a](https://b.c)", 99) == (
        r"\<#1\> \</a:1\> \<t:1\> \<\:a:1\> \[a\](https\://b.c)"
    )


def test_times_ratios_and_prices_are_left_alone() -> None:
    line = "Imagen 4 Fast, 16:9, 12:30, 75 % of $2.50 - 3–5 s (+1) #1"
    assert escape(line, 99) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\u200bb\u2060c\ufeffd\xade", "abcde"),
        ("abc\u202edef\u2066g\u2069", "abcdefg"),
        ("fo\u200dx", "fox"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("\u200d👩\u200d\u200d🚀\u200d", "👩\u200d🚀"),
        ("a" + "\u0300" * 40 + "b", "a" + "\u0300" * 4 + "b"),
        ("fox\U000e0041\U000e0042 \U000e0100", "fox"),
        ("a\n\n\tb\u2028c\x00\x1fd", "a b c d"),
        ("\u3164\u2800\uffa0", ""),
        ("\ud800fox", "fox"),
    ],
)
def test_invisible_characters_are_removed(text: str, line: str) -> None:
    assert clean(text) == line


@pytest.mark.parametrize(
    ("text", "limit", "beginning"),
    [
        ("a red fox", 9, "a red fox"),
        ("a red fox", 8, "a red f…"),
        ("a red fox", 6, "a red…"),
        ("👩🏽\u200d🚀👩🏽\u200d🚀👩", 7, "👩🏽\u200d🚀…"),
        ("🇫🇷🇩🇪🇮🇹", 4, "🇫🇷…"),
        ("ae\u0301e\u0301", 3, "a…"),
        ("x" + "\u0301" * 9, 4, "x\u0301\u0301…"),
    ],
)
def test_no_character_is_cut_in_two(text: str, limit: int, beginning: str) -> None:
    assert cut(text, limit) == beginning


def test_an_escape_is_not_cut_from_what_it_escapes() -> None:
    texts = [escape("*" * 9, limit) for limit in (18, 17, 6, 1)]
    assert texts == [r"\*" * 9, r"\*" * 8 + "…", r"\*\*…", "…"]
