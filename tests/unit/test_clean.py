"""Cleaning, sign by sign; that it holds for any text is in the property tests."""

import pytest

from bot.domain.clean import clean_line, clean_text
from bot.domain.scrub import scrub, without_secrets

ZWJ, ZWNJ = "\u200d", "\u200c"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  a \t b\n", "a b"),
        ("a\u3164b\u2800c", "a b c"),  # drawn as nothing
        ("a\u202eb\u200bc\x00d\ud800e", "abcde"),
        (f"a{ZWJ}b", f"a{ZWJ}b"),
        (f"a{ZWNJ}b", f"a{ZWNJ}b"),
        (f"{ZWJ}a{ZWJ}", "a"),
        (f"a{ZWJ}{ZWNJ}b", f"a{ZWNJ}b"),
        (f"a{ZWJ}{ZWJ}{ZWJ}b", f"a{ZWJ}b"),
        (f"a{ZWJ} {ZWJ}b", "a b"),
        (f"a {ZWJ} b", "a b"),
        ("\u0301a", "a"),
        ("a \u0301b", "a b"),
        ("a" + "\u0301" * 9, "a" + "\u0301" * 4),
        ("a" + "\u0301" * 4 + "b\u0301", "a" + "\u0301" * 4 + "b\u0301"),
        (f"a\u0301{ZWJ}" + "\u0301" * 5 + "b", f"a\u0301{ZWJ}" + "\u0301" * 3 + "b"),
    ],
)
def test_a_line_is_cleaned(text: str, clean: str) -> None:
    assert clean_line(text) == clean


def test_empty_lines_go() -> None:
    assert clean_text(" a \n\u200b\n\r\n b") == "a\nb"


def test_a_key_of_ours_is_taken_out_with_and_without_its_prefix() -> None:
    assert scrub("key sk-abc12 or abc123 said", secrets=["sk-abc123", "abc12"]) == (
        "key ••• or ••• said"
    )
    assert scrub("the ab**c1**23 x", secrets=["abc123"]) == "the ••• x"
    assert without_secrets("abc123", secrets=["abc123"]) == "•••"
    assert without_secrets("abc12", secrets=["abc12"]) == "abc12"


def test_a_reason_of_just_the_limit_stays_whole() -> None:
    assert scrub("abcd", limit=4) == "abcd"
    assert scrub("abcde", limit=4) == "abc…"
    assert scrub("ab cde", limit=4) == "ab…"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a <b>c</b> d", "a c d"),
        ("<a<b>c> x", "x"),
        ("a <b", "a b"),
        ("see [here](https://x.example) now", "see here now"),
        ("**a** ~~b~~ ||c|| ```d``` e*f", "a b c d e*f"),
    ],
)
def test_markup_is_taken_out(text: str, plain: str) -> None:
    assert scrub(text) == plain
