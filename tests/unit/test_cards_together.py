"""Cards of a busy chat: the board, the digest, and what they leave behind."""

from dataclasses import replace

import pytest
from msgspec import structs
from syrupy.assertion import SnapshotAssertion

from adapters.discord.render import render as on_discord
from adapters.telegram.limits import TEXT_UNITS
from adapters.telegram.render import render as on_telegram
from bot.domain.board import BOARD_LINES, Board
from bot.domain.buttonref import Verb, parse_ref
from bot.domain.notification import Notification, NotificationId
from bot.domain.subscription import ChatSettings, Person, Platform, Standing
from bot.domain.task import State, TaskId, TaskKey
from bot.domain.transition import Tell
from bot.present.board import (
    album_card,
    board_below,
    board_card,
    board_over,
    boarded_card,
    digest_card,
    digest_holds,
    digest_short,
)
from bot.present.card import Card
from bot.present.reader import Reader
from bot.present.text import TITLE_LIMIT, units
from tests.unit.card_samples import (
    ANNA,
    CHAT,
    DONE,
    EN,
    NOW,
    READERS,
    RUNNING,
    ago,
    note,
    task,
    text,
)

FAILED = structs.replace(
    DONE, state=State.FAILED, fail_reason="Banned prompt: " + "very long " * 20
)
DESCRIBED = structs.replace(DONE, action="DESCRIBE", final_prompt="a boat")
LONG = TaskId("task_" + "x" * 59)
ENDS = (
    note(),
    note(of=task(FAILED)),
    note(of=task(DESCRIBED)),
    note(Tell.LOST, of=task(RUNNING, Standing.LOST)),
    note(Tell.STUCK, of=task(RUNNING, Standing.STUCK)),
)


def board(*, running: int = 2, shown: int = 2) -> Board:
    return Board(
        place=1,
        destination=CHAT,
        settings=ChatSettings(),
        running=running,
        tasks=(task(),) * shown,
        version="1",
        receipt=None,
        face="",
        shown_at=NOW,
        since=NOW,
        below=0,
    )


def long_ones(number: int) -> list[Notification]:
    """Ends whose every part is as long as it may be, each asked for by another."""
    failed = structs.replace(FAILED, prompt="长" * 400)
    return [
        replace(
            note(
                of=structs.replace(task(failed), task_id=LONG, key=TaskKey(10**12 + n))
            ),
            id=NotificationId(n),
            askers=(Person(platform=Platform("telegram"), id=str(n + 1), name="Ann"),),
        )
        for n in range(number)
    ]


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.language)
def test_the_cards_of_a_busy_chat(reader: Reader, snapshot: SnapshotAssertion) -> None:
    cards = {
        "board": board_card(board(running=23), reader),
        "silent": board_card(board(), reader, silent_since=ago(400)),
        "over": board_over(reader),
        "below": board_below(reader),
        "boarded": boarded_card(task(), reader),
        "digest": digest_card(ENDS, reader, pictures_coming=True),
        "short": digest_short(ENDS, reader),
        "album": album_card(4, reader),
    }

    assert {name: text(card) for name, card in cards.items()} == snapshot


def test_a_board_that_shows_all_counts_no_more() -> None:
    assert "more" not in text(board_card(board(), EN))


def test_a_button_brings_the_picture_where_there_is_one() -> None:
    refs = [parse_ref(b.ref or "") for b in digest_card(ENDS, EN).buttons[0]]

    assert [ref and ref.verb for ref in refs] == [Verb.PICTURE] + [Verb.OPEN] * 4


def test_everybody_is_rung_once_and_nobody_where_the_chat_says_so() -> None:
    quiet = [replace(each, settings=ChatSettings(mention=False)) for each in ENDS]

    assert digest_card(ENDS, EN).mentions == (ANNA,)
    assert digest_card(quiet, EN).mentions == ()
    assert digest_short(ENDS, EN).mentions == (ANNA,)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.language)
def test_what_a_push_shows_is_short(reader: Reader) -> None:
    cards = [
        board_over(reader),
        board_below(reader),
        boarded_card(task(structs.replace(RUNNING, prompt="x" * 400)), reader),
        digest_card(ENDS * 2, reader),
        album_card(10, reader),
    ]

    assert all(units(card.title) <= TITLE_LIMIT for card in cards)


@pytest.mark.parametrize(
    "card",
    [
        board_card(
            replace(
                board(running=200),
                tasks=(
                    structs.replace(
                        task(structs.replace(RUNNING, prompt="长" * 400)), task_id=LONG
                    ),
                )
                * BOARD_LINES,
            ),
            EN,
            silent_since=ago(400),
        ),
        digest_card(long_ones(25), EN, pictures_coming=True),
    ],
    ids=["board", "digest"],
)
def test_nothing_is_cut_off_on_any_door(card: Card) -> None:
    [message] = on_discord(card, loud=True)
    words = on_telegram(card)

    lines = [block.text for block in card.blocks]
    assert units(words.text) <= TEXT_UNITS
    assert words.text.count("\n") >= len(lines) - 1
    assert message.embed is not None
    assert (message.embed.description or "").count(LONG) == str(lines).count(LONG)
    assert sum(map(len, message.rows)) == len(card.buttons[0] if card.buttons else ())


def test_a_deep_digest_says_of_each_what_there_is_room_for() -> None:
    few, some, many = (
        text(digest_card([*ENDS, *[note()] * (n - 5)], EN)).splitlines()[2]
        for n in (5, 50, 100)
    )

    assert len(few) > len(some) > len(many)
    assert "Banned prompt" in some
    assert many.startswith("2. ❌")
    assert many.endswith(DONE.task_id)


@pytest.mark.parametrize(
    "ends", [long_ones(100), [note()] * 100], ids=["long", "short"]
)
def test_a_digest_holds_no_more_than_every_door_shows(
    ends: list[Notification],
) -> None:
    held = ends[: digest_holds(ends)]

    card = digest_card(held, EN, pictures_coming=True)

    shown = on_telegram(card).text
    [message, *_] = on_discord(card, loud=True)
    assert message.embed is not None
    last = held[-1].task.task_id
    assert shown.count(last) == len(held)
    assert (message.embed.description or "").count(last) == len(held)


def test_ordinary_ids_make_a_digest_of_a_hundred() -> None:
    assert digest_holds([note()] * 100) == 100


def test_a_digest_holds_one_at_least() -> None:
    crowd = tuple(
        Person(platform=Platform("telegram"), id=str(n), name="Ann" * 30)
        for n in range(60)
    )

    assert digest_holds([replace(note(), askers=crowd)] * 2) == 1
