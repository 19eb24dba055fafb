"""Cleaning and clipping hold for whatever people write."""

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.clean import clean_line, clean_text
from bot.present.text import bar, clip, clusters, outside, units

FAMILY = "👨\u200d👩\u200d👧"
FLAG = "🇨🇳"
NASTY = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from("\u202e\u202a\u2066\u2069\u200b\u200d\u200c\ufe0f\u0301\n\t "),
        st.sampled_from("👨👩👧🏽🇨🇳é漢"),
    )
)


@given(NASTY, st.integers(0, 80))
def test_a_clipped_text_is_never_over_its_limit(text: str, limit: int) -> None:
    assert units(clip(text, limit)) <= limit


@given(NASTY, st.integers(1, 80))
def test_clipping_cuts_only_between_signs(text: str, limit: int) -> None:
    clipped = clip(text, limit)

    kept = clipped.removesuffix("…")

    assert clipped == text or any(
        "".join(list(clusters(text))[:count]).rstrip() == kept
        for count in range(len(text) + 1)
    )


@given(NASTY)
def test_signs_put_together_are_the_text(text: str) -> None:
    assert "".join(clusters(text)) == text


@given(NASTY)
def test_a_short_text_is_left_alone(text: str) -> None:
    assert clip(text, units(text)) == text


@given(NASTY)
@example("a\u0301\u0301\u0301\u0301\u200d\u0301 b")
@example("a \u200d b")
@example("\u0301a \u0301b")
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean_line(text)

    assert clean_line(once) == once


@given(NASTY)
def test_a_clean_line_is_one_line_without_controls(text: str) -> None:
    line = clean_line(text)

    categories = {unicodedata.category(char) for char in line} - {"Cf"}
    assert not categories & {"Cc", "Cs", "Zl", "Zp"}
    assert {c for c in line if unicodedata.category(c) == "Cf"} <= set("\u200c\u200d")
    assert line == " ".join(line.split())


@given(NASTY)
def test_no_direction_is_left_open(text: str) -> None:
    shown = outside(text, 60) + clean_text(text)

    assert not set(shown) & set(
        "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    )


@given(NASTY)
def test_cleaning_never_grows_a_text(text: str) -> None:
    assert len(clean_line(text)) <= len(text)


@given(st.text(alphabet="\u0301\u0336\u20dd", min_size=5))
def test_marks_do_not_pile_up(marks: str) -> None:
    assert len(clean_line(f"a{marks}")) == 5


@given(st.integers(-10, 200), st.integers(1, 20))
def test_a_bar_has_its_width(percent: int, width: int) -> None:
    assert len(bar(percent, width=width)) == width


def test_a_family_a_flag_and_an_accent_stay_whole() -> None:
    assert list(clusters(f"{FAMILY}{FLAG}{FLAG}e\u0301x")) == [
        FAMILY,
        FLAG,
        FLAG,
        "e\u0301",
        "x",
    ]


def test_a_clipped_text_ends_before_the_sign_that_does_not_fit() -> None:
    assert clip(f"ab{FAMILY}cd", 6) == "ab…"


def test_what_people_write_stays_itself() -> None:
    text = f"Ünïcödé 漢字 {FAMILY}{FLAG} 1️⃣ م\u06cc\u200cخ हिन्दी"

    assert clean_line(text) == text


def test_lines_of_a_result_stay_lines() -> None:
    assert clean_text(" 1️⃣ a  boat\r\n\r\n2️⃣ a\tlake ") == "1️⃣ a boat\n2️⃣ a lake"


def test_a_sign_without_end_is_cut_all_the_same() -> None:
    assert units(clip("\u200d".join("👨" * 500), 60)) <= 60
    assert max(len(each) for each in clusters("a" + "\u0301" * 500)) == 32
