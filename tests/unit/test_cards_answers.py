"""Answers: short, kind, ours; in both languages."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.buttonref import ButtonRef, Verb, parse_ref
from bot.domain.look import Denied, Trouble, Unavailable
from bot.domain.names import TaskName
from bot.domain.subscription import ChatSettings
from bot.domain.task import RelayName, TaskId
from bot.present import answers, choices
from bot.present.card import Card
from bot.present.choices import Choice
from bot.present.reader import Reader
from tests.unit.card_samples import (
    ANNA,
    DONE,
    EN,
    ID,
    READERS,
    SEVERAL,
    ago,
    labels,
    task,
    text,
)

DMX = RelayName("dmx")
RELAYS = (RelayName("geek"), DMX)
NAME = TaskName(ID)
HOUR = timedelta(hours=1)
ANSWERS: list[Callable[[Reader], Card]] = [
    answers.bad_id,
    answers.no_id,
    lambda r: answers.too_many_ids(10, r),
    lambda r: answers.unknown_relay(RelayName("x"), RELAYS, r),
    lambda r: answers.unknown_id(NAME, r),
    lambda r: answers.relay_silent(DMX, ago(400), r),
    lambda r: answers.relay_back(DMX, HOUR, r),
    lambda r: answers.relay_denied(Denied(relay=DMX, trouble=Trouble.QUOTA), r),
    answers.stranger,
    lambda r: answers.stranger(r, operator=ANNA),
    lambda r: answers.stranger(r, operator=ANNA, here=False),
    lambda r: answers.stranger(r, operator=replace(ANNA, name="")),
    lambda r: answers.stranger(r, operator=replace(ANNA, name=""), here=False),
    lambda r: answers.looks_limit(20, r),
    lambda r: answers.person_watches_limit(25, r),
    lambda r: answers.chat_watches_limit(200, r),
    lambda r: answers.joined(task(), r, begun=True),
    lambda r: answers.joined(task(), r),
    lambda r: answers.joined(task(), r, already=True),
    lambda r: answers.unwatched(task(), r, ended=True),
    lambda r: answers.unwatched(task(), r, ended=False),
    lambda r: answers.not_watching(NAME, r),
    answers.only_askers,
    answers.only_managers,
    lambda r: answers.missing_rights("Embed Links", r),
    lambda r: answers.chat_gone(r, (TaskId("t1"), TaskId("t2")), chat="art"),
    lambda r: answers.chat_gone(r, (TaskId("t1"),)),
    answers.private_refused,
    answers.in_private_only,
    answers.our_fault,
    answers.own_key_hint,
    answers.key_seen,
    lambda r: answers.picture_failed("timeout", r),
    answers.help_card,
]


@pytest.mark.parametrize("reader", READERS, ids=lambda r: r.language)
@pytest.mark.parametrize("answer", ANSWERS, ids=[str(i) for i in range(len(ANSWERS))])
def test_every_answer_is_whole_in_every_language(
    answer: Callable[[Reader], Card], reader: Reader
) -> None:
    card = answer(reader)

    assert card.language == reader.language
    assert all(block.text.strip() for block in card.blocks)
    assert not set("{}") & set(text(card))
    assert "None" not in text(card)


@pytest.mark.parametrize("reader", READERS, ids=lambda r: r.language)
@pytest.mark.parametrize("trouble", list(Trouble))
def test_every_trouble_has_a_sentence_of_ours(trouble: Trouble, reader: Reader) -> None:
    looks = [cls(relay=DMX, trouble=trouble) for cls in (Unavailable, Denied)]

    said = [text(answers.trouble_card(look, reader)) for look in looks]

    assert said[0] == said[1]
    assert len(said[0]) > 10


def test_a_busy_relay_says_how_long() -> None:
    look = Unavailable(relay=DMX, trouble=Trouble.BUSY, after_seconds=90)

    assert "Try again in 1 min 30 s." in text(answers.trouble_card(look, EN))


def test_trouble_shows_the_last_known_card_with_its_age() -> None:
    look = Unavailable(relay=DMX, trouble=Trouble.TIMEOUT)

    card = answers.trouble_card(look, EN, last=task())

    assert card.title.startswith("🔵 Running")
    assert "Last known, seen 12 s ago:" in text(card)
    assert card.blocks[-1].text == ID


def test_trouble_with_a_task_never_seen_is_a_sentence() -> None:
    look = Unavailable(relay=DMX, trouble=Trouble.TIMEOUT)

    assert len(answers.trouble_card(look, EN, last=task(None)).blocks) == 1


def test_an_unknown_id_says_whose_tasks_are_visible() -> None:
    card = answers.unknown_id(NAME, EN)

    assert card.title == (
        "The relay does not know this id for the key I use. "
        "Tasks are visible only to the key that submitted them."
    )
    assert labels(card) == [["Use my own key"]]
    assert card.blocks[-1].text == ID


def test_an_unknown_id_names_the_relay_where_there_are_several() -> None:
    assert answers.unknown_id(NAME, SEVERAL, relay=DMX).title.startswith("dmx does not")
    assert answers.unknown_id(NAME, SEVERAL).title.startswith("No relay of mine")


def test_a_chinese_sentence_names_a_relay_with_room_around_it() -> None:
    reader = replace(READERS[1], relays_shown=True)

    assert answers.unknown_id(NAME, reader, relay=DMX).title.startswith(
        "用我的密钥在中转站 dmx 查不到这个 id。"
    )


def test_outside_words_are_cleaned_and_clipped() -> None:
    card = answers.missing_rights("\u202e" + "x" * 500, EN)

    assert "\u202e" not in text(card)
    assert len(text(card)) < 250


def test_a_bad_id_is_answered_in_one_line() -> None:
    assert len(answers.bad_id(EN).blocks) == 1


def test_help_has_one_example() -> None:
    assert text(answers.help_card(EN)).count("1767225600000123") == 1


# --- settings ---------------------------------------------------------------------


def refs(card: Card) -> list[ButtonRef]:
    found = [parse_ref(b.ref or "") for group in card.buttons for b in group]
    return [ref for ref in found if ref]


def test_settings_offer_languages_relays_and_toggles() -> None:
    card = choices.settings_card(
        ChatSettings(language="zh"), EN, relays=RELAYS, can_listen=True
    )

    assert labels(card) == [
        ["English", "✓ 中文"],
        ["geek", "dmx"],
        ["✓ Live card", "✓ Mention", "Silent", "Previews", "Listening"],
    ]
    assert "Default relay: geek" in text(card)


def test_what_cannot_be_chosen_is_not_offered() -> None:
    card = choices.settings_card(ChatSettings(), EN, relays=RELAYS[:1])

    assert len(card.buttons) == 2
    assert "Listening" not in text(card)


def test_every_button_changes_what_it_says() -> None:
    before = ChatSettings()
    card = choices.settings_card(before, EN, relays=RELAYS, can_listen=True)

    after = [choices.choose(before, ref, relays=RELAYS) for ref in refs(card)]

    assert after == [
        replace(before, language="en"),
        replace(before, language="zh"),
        replace(before, default_relay=RELAYS[0]),
        replace(before, default_relay=DMX),
        replace(before, live_card=False),
        replace(before, mention=False),
        replace(before, silent=True),
        replace(before, previews=True),
        replace(before, listening=True),
    ]


@pytest.mark.parametrize(
    "ref",
    [
        ButtonRef(verb=Verb.SETTING, task_key=task().key, position=99),
        ButtonRef(verb=Verb.SETTING, task_key=task().key, position=Choice.RELAY),
        ButtonRef(verb=Verb.WATCH, task_key=task().key),
    ],
)
def test_a_choice_that_is_gone_changes_nothing(ref: ButtonRef) -> None:
    assert choices.choose(ChatSettings(), ref, relays=RELAYS) is None


def test_the_places_of_choices_are_kept_for_ever() -> None:
    assert [choice.name for choice in sorted(Choice)] == [
        "ENGLISH",
        "CHINESE",
        "LIVE_CARD_ON",
        "LIVE_CARD_OFF",
        "MENTION_ON",
        "MENTION_OFF",
        "SILENT_ON",
        "SILENT_OFF",
        "LISTENING_ON",
        "LISTENING_OFF",
        "PREVIEWS_ON",
        "PREVIEWS_OFF",
        "RELAY",
        "KEY_ON",
        "KEY_OFF",
    ]


def test_a_watch_that_ended_is_named() -> None:
    card = answers.unwatched(task(DONE), EN, ended=True)

    assert card.title.startswith("No longer watching: a paper boat")
    assert answers.not_watching(TaskName(TaskId("abc")), EN).title.startswith("Nobody")
