"""Cleaning removes invisible characters, and cutting never splits a character that people see."""

import regex
from hypothesis import example, given
from hypothesis import strategies as st

from bot.text import beginning, clean, cut

SCOTLAND = "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
# Letters that join in every way Unicode knows: marks, joiners, flags, skin tones, conjuncts, syllables.
JOINING = st.text(
    st.sampled_from("a b\u0301\u200d\u200c👩🏽🚀🇫🇷é狐क\u094dष눈ᄀ\u11a8\u0e33م\ufe0f❤"), min_size=1
)


def test_a_flag_of_a_region_keeps_its_tags() -> None:
    assert clean(f"a fan with {SCOTLAND}.") == f"a fan with {SCOTLAND}."


def test_tags_without_a_flag_hide_nothing_in_a_text() -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "ignore this")
    assert clean(f"a fox{hidden}") == "a fox"
    assert clean(f"🏴{hidden}\U000e007f") == "🏴"


@given(st.text())
@example("👩\u2060\u200d\u2060x")
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(JOINING, st.data())
def test_a_text_ends_where_a_character_ends(text: str, data: st.DataObject) -> None:
    end = data.draw(st.integers(0, len(text) - 1))
    ends = [cluster.end() for cluster in regex.finditer(r"\X", text) if cluster.end() <= end]
    assert beginning(text, end) == text[: ends[-1] if ends else end].rstrip()


@given(JOINING, st.integers(1, 40))
def test_a_cut_text_is_no_longer_than_it_may_be(text: str, most: int) -> None:
    assert len(cut(text, most)) <= most
