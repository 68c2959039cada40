"""Typed text: read as it was meant, shown as its characters, and cut between characters."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack.render.text import notification_text, restore_text, shorten, weight
from bot.text import clean
from tests.slack.cards import TOKENS, hostile_text


@given(hostile_text)
@settings(max_examples=80, deadline=None)
def test_clean_leaves_no_invisible_character(text: str) -> None:
    line = clean(text)
    assert line == " ".join(line.split())
    hidden = {letter for letter in line if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert hidden <= {"\u200c", "\u200d"}
    line.encode()


@given(hostile_text, st.integers(1, 300))
@settings(max_examples=80, deadline=None)
def test_a_shortened_text_keeps_within_the_limit(text: str, limit: int) -> None:
    line = shorten(text, limit)
    assert len(line) <= weight(line) <= limit
    assert line == clean(text) or clean(text).startswith(line[:-1])


@pytest.mark.parametrize("text", ["fox", "狐 🏳️\u200d🌈", 'a "b" \\ c', "a & b <c>", "&amp;"])
def test_the_weight_counts_json_escapes_and_entities(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert weight(text) == len(escaped) + text.count('"') + text.count("\\")


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("a red fox", 9, "a red fox"),
        ("a red fox", 8, "a red f…"),
        ("a red fox", 6, "a red…"),
        ("&&&", 15, "&&&"),
        ("&&&", 14, "&&…"),
        ("&&&", 5, "…"),
        ('""""', 7, '"""…'),
        ("👩🏽\u200d🚀👩🏽\u200d🚀👩", 7, "👩🏽\u200d🚀…"),
        ("🇫🇷🇩🇪🇮🇹", 4, "🇫🇷…"),
        ("ae\u0301e\u0301", 3, "a…"),
        ("fox", 0, "…"),
        ("", 0, ""),
    ],
)
def test_a_text_is_cut_between_characters(text: str, limit: int, expected: str) -> None:
    assert shorten(text, limit) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("a\u200bb\u2060c\ufeffd\xade", "abcde"),
        ("abc\u202edef\u2066g\u2069", "abcdefg"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("a" + "\u0300" * 40 + "b", "a" + "\u0300" * 4 + "b"),
        ("fox\U000e0041\U000e0042 \U000e0100", "fox"),
        ("a\n\n\tb\u2028c\x00\x1fd", "a b c d"),
        ("\ud800fox", "fox"),
    ],
)
def test_clean_removes_invisible_characters(typed: str, expected: str) -> None:
    assert clean(typed) == expected


@given(hostile_text)
@settings(max_examples=80, deadline=None)
def test_a_notification_has_no_token_and_no_mention(text: str) -> None:
    line = notification_text(text, 500)
    assert len(line) <= 1_000
    assert not re.search("[<>]|&(?!amp;|lt;|gt;)|@(?!\u2060)", line)
    assert restore_text(line.replace("\u2060", "")) == shorten(text, 500)


@pytest.mark.parametrize("token", TOKENS)
def test_a_notification_shows_markup_as_its_characters(token: str) -> None:
    assert restore_text(notification_text(f"a {token} fox", 99).replace("\u2060", "")) == clean(
        f"a {token} fox"
    )


@pytest.mark.parametrize(
    ("slack_text", "typed", "with_tokens"),
    [
        ("a fox", "a fox", None),
        ("<@U1|ann> as a fox", "@ann as a fox", "<@U1|ann> as a fox"),
        ("<@U1>", "@U1", "<@U1>"),
        ("<@U1|>", "@U1", "<@U1|>"),
        ("<#C1|general>", "#general", "<#C1|general>"),
        ("<#C1|>", "#C1", "<#C1|>"),
        ("<!subteam^S1|@art>", "@art", "<!subteam^S1|@art>"),
        ("<!subteam^S1>", "@S1", "<!subteam^S1>"),
        ("<!channel>, <!here>", "@channel, @here", None),
        ("<!here|here>", "@here", None),
        ("<!date^1^{date}|now>", "@now", None),
        ("<http://x.example|x.example>", "x.example", None),
        ("<https://x.example/a?b=1&amp;c=2>", "https://x.example/a?b=1&c=2", None),
        ("<mailto:a@b.example|a@b.example>", "a@b.example", None),
        ("<https://x.example|a red fox>", "a red fox", None),
        ("R&amp;D &lt;3 a &gt; b", "R&D <3 a > b", None),
        ("&amp;lt;!channel&amp;gt;", "&lt;!channel&gt;", None),
        ("&lt;@U1&gt;", "<@U1>", None),
        ("a < b > c", "a < b > c", None),
        ("<>", "<>", None),
        ("&quot;", "&quot;", None),
    ],
)
def test_typed_text_is_restored_from_slacks_form(
    slack_text: str, typed: str, with_tokens: str | None
) -> None:
    assert restore_text(slack_text) == typed
    assert restore_text(slack_text, tokens=True) == (typed if with_tokens is None else with_tokens)
