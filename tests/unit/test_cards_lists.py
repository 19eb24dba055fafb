"""Lists: a line each, and what can be done with each."""

import pytest

from bot.domain.buttonref import Verb, parse_ref
from bot.domain.look import Denied, Look, Seen, Trouble, Unavailable, Unknown
from bot.domain.names import TaskName
from bot.domain.task import RelayName, State, TaskId
from bot.present.card import Card, Ink, Span
from bot.present.lists import (
    choose_unwatch,
    choose_watch,
    recent_list,
    status_list,
    watch_list,
)
from bot.present.reader import Reader
from tests.unit.card_samples import (
    BARE_ID,
    DONE,
    EN,
    ID,
    READERS,
    RUNNING,
    labels,
    task,
    text,
    watched,
)

DMX = RelayName("dmx")


def verbs(card: Card) -> list[Verb]:
    refs = [parse_ref(b.ref or "") for group in card.buttons for b in group]
    return [ref.verb for ref in refs if ref]


def test_several_ids_get_a_line_each() -> None:
    card = status_list([(TaskName(ID), task()), (TaskName(ID), task(DONE))], EN)

    assert [block.text[:40] for block in card.blocks] == [
        "2 tasks",
        "🔵 ▰▰▱▱▱▱ 45% · a paper boat on a quiet l",
        "✅ Done · a paper boat on a quiet lake at",
    ]
    assert all(b.inlines[-1] == Span(ID, Ink.CODE) for b in card.blocks[1:])
    assert labels(card) == [["1", "2"]]


@pytest.mark.parametrize(
    ("look", "words"),
    [
        (Seen(relay=DMX, snapshot=RUNNING), "🔵 ▰▰▱▱▱▱ 45%"),
        (Unknown(relay=DMX), "Not known for the key I use"),
        (Denied(relay=DMX, trouble=Trouble.BAD_KEY), "refuses my key"),
        (Unavailable(relay=DMX, trouble=Trouble.TIMEOUT), "No answer from the relay"),
    ],
)
def test_a_look_is_a_line_too(look: Look, words: str) -> None:
    card = status_list([(TaskName(BARE_ID), look)], EN)

    assert words in card.blocks[1].text
    assert card.blocks[1].inlines[-1] == Span(BARE_ID, Ink.CODE)
    assert card.buttons == ()


def test_watches_have_a_stop_button_each_and_pages() -> None:
    card = watch_list(watched(2), total=12, page=1, pages=3, reader=EN)

    assert card.title == "12 running watches"
    assert card.blocks[2].text.startswith("2. 🔵 ▰▰▱▱▱▱ 45% · a paper boat")
    assert labels(card) == [["1", "2"], ["← Newer", "Older →"]]
    assert verbs(card) == [Verb.STOP] * 2 + [Verb.LIST_PAGE] * 2


def test_a_page_button_carries_its_page() -> None:
    card = watch_list(watched(), total=2, page=0, pages=2, reader=EN)

    ref = parse_ref(card.buttons[-1][0].ref or "")

    assert ref is not None
    assert (ref.position, ref.task_key) == (1, 0)


def test_recent_tasks_reopen_their_cards() -> None:
    card = recent_list([task(DONE)], total=1, page=0, pages=1, reader=EN)

    assert card.title == "1 finished task"
    assert verbs(card) == [Verb.OPEN]


def test_choices_are_called_by_their_prompts() -> None:
    unwatch = choose_unwatch(watched(), EN)
    watch = choose_watch([task()], EN)

    assert verbs(unwatch) == [Verb.STOP]
    assert verbs(watch) == [Verb.WATCH]
    assert labels(watch)[0][0].startswith("🔵 a paper boat")
    assert len(labels(watch)[0][0]) <= 40


@pytest.mark.parametrize("reader", READERS, ids=lambda r: r.language)
def test_an_empty_list_says_what_to_do(reader: Reader) -> None:
    cards = [
        watch_list([], total=0, page=0, pages=0, reader=reader),
        recent_list([], total=0, page=0, pages=0, reader=reader),
        choose_unwatch([], reader),
    ]

    assert all("/watch" in text(card) for card in cards)
    assert [card.buttons for card in cards] == [()] * 3


def test_a_task_never_seen_is_a_line_with_its_id() -> None:
    card = status_list([(TaskName(ID), task(None))], EN)

    assert card.blocks[1].text == f"⚪ Not seen yet · {ID}"


def test_no_state_lacks_a_line() -> None:
    entries = [
        (TaskName(TaskId(state)), Seen(relay=DMX, snapshot=DONE)) for state in State
    ]

    assert len(status_list(entries, EN).blocks) == len(State) + 1
