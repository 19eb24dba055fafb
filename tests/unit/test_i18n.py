"""Catalogues agree with each other and with the code; numbers read naturally."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot.i18n import LANGUAGES, Slot, negotiate, translator
from bot.i18n.catalogue import read_catalogue

ROOT = Path(__file__).parents[2]
SLOT = re.compile(r"\{([^}]*)\}")
Texts = dict[str, tuple[str, ...]]


def texts(language: str) -> Texts:
    found: Texts = {}
    for each in read_catalogue(language):
        name = each.id if isinstance(each.id, str) else each.id[0]
        forms = (each.string,) if isinstance(each.string, str) else each.string
        if name:
            found[name] = tuple(forms or ("",))
    return found


def slots(found: Texts) -> dict[str, set[str]]:
    return {key: set(SLOT.findall(" ".join(forms))) for key, forms in found.items()}


def test_both_languages_have_the_same_texts_with_the_same_slots() -> None:
    assert slots(texts("en")) == slots(texts("zh"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty(language: str) -> None:
    assert [key for key, forms in texts(language).items() if not all(forms)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_of_a_plural_is_there(language: str) -> None:
    wanted = {"en": 2, "zh": 1}[language]

    plurals = {k: v for k, v in texts(language).items() if "n" in slots({k: v})[k]}

    assert {len(forms) for forms in plurals.values()} == {wanted}


def test_chinese_is_written_in_chinese() -> None:
    foreign = [
        key
        for key, forms in texts("zh").items()
        if not re.search(r"[\u4e00-\u9fff]", SLOT.sub("", "".join(forms)))
    ]

    assert foreign == []


def test_every_text_is_used_and_every_used_text_is_there() -> None:
    written = "\n".join(
        path.read_text("utf-8")
        for folder in ("bot/present", "bot/i18n")
        for path in (ROOT / folder).glob("*.py")
    )
    built = (
        "state",
        "card",
        "action",
        "mode",
        "picture",
        "trouble",
        "help",
        "page",
        "settings",
    )

    unused = [
        key
        for key in texts("en")
        if f'"{key}"' not in written and key.split(".")[0] not in built
    ]

    assert unused == []


@pytest.mark.parametrize(
    ("wanted", "default", "chosen"),
    [
        ("zh-CN", "en", "zh"),
        ("zh-Hans", "en", "zh"),
        ("zh_TW", "en", "zh"),
        ("ZH", "en", "zh"),
        ("en-US", "zh", "en"),
        (None, "zh", "zh"),
        ("", "zh", "zh"),
        ("fr", "zh", "zh"),
        (None, "tlh", "en"),
    ],
)
def test_a_platforms_language_becomes_one_of_ours(
    wanted: str | None, default: str, chosen: str
) -> None:
    assert negotiate(wanted, default) == chosen


@pytest.mark.parametrize(
    ("seconds", "en", "zh"),
    [
        (-5, "less than 1 s", "不到 1 秒"),
        (0.4, "less than 1 s", "不到 1 秒"),
        (1, "1 s", "1 秒"),
        (80, "1 min 20 s", "1 分钟 20 秒"),
        (120, "2 min", "2 分钟"),
        (7_200, "2 h", "2 小时"),
        (7_261, "2 h 1 min", "2 小时 1 分钟"),
        (86_400, "1 day", "1 天"),
        (200_000, "2 days 7 h", "2 天 7 小时"),
    ],
)
def test_a_duration_is_said_in_its_two_largest_units(
    seconds: float, en: str, zh: str
) -> None:
    length = timedelta(seconds=seconds)

    assert [translator(each).duration(length) for each in LANGUAGES] == [en, zh]


def test_an_age_is_said_in_one_unit() -> None:
    length = timedelta(seconds=80)

    said = [translator(each).ago(length) for each in LANGUAGES]

    assert said == ["1 min ago", "1 分钟前"]


def test_an_age_from_a_clock_ahead_of_ours_is_now() -> None:
    assert translator("en").ago(timedelta(seconds=-3)) == "just now"


def test_percent_and_numbers_follow_the_language() -> None:
    words = translator("en")

    assert (words.percent(45), words.number(12_345)) == ("45%", "12,345")


def test_one_and_many_differ_in_english() -> None:
    words = translator("en")

    assert words("list.status", n=1) == "1 task"
    assert words("list.status", n=2) == "2 tasks"


def test_a_value_is_never_a_template() -> None:
    hostile = "{relay.__class__} {0} %s {n}"

    assert translator("en")("card.reason", reason=hostile) == f"Reason: {hostile}"


def test_a_text_comes_apart_at_its_slots() -> None:
    assert translator("en").pieces("card.reason") == ("Reason: ", Slot("reason"))


def test_a_text_that_is_not_there_is_a_defect() -> None:
    with pytest.raises(KeyError):
        translator("en")("no.such.text")


def test_a_language_we_do_not_speak_reads_english() -> None:
    assert translator("tlh").language == "en"
