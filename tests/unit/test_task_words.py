"""Small rules on tasks, files, boards and stored facts; and how two looks merge."""

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from bot.domain.attachment import Attachment, FileKind, difference
from bot.domain.board import SCROLLED_MOST, Board
from bot.domain.subscription import (
    ChatSettings,
    Destination,
    Person,
    Platform,
    Receipt,
    refused_fact,
    silent_fact,
)
from bot.domain.task import (
    AccountId,
    Button,
    Snapshot,
    State,
    TaskId,
    merge,
)
from bot.domain.transition import Tell

AT = datetime(2026, 11, 22, tzinfo=UTC)
RUNNING = Snapshot(task_id=TaskId("1"), state=State.RUNNING, progress=40)
DONE = Snapshot(task_id=TaskId("1"), state=State.SUCCEEDED, progress=100)
LATE: dict[str, Any] = {
    "relay_id": "r",
    "action": "IMAGINE",
    "mode": "FAST",
    "bot_type": "MID_JOURNEY",
    "prompt": "a cat",
    "prompt_en": "cat",
    "final_prompt": "a cat --v 7",
    "description": "d",
    "custom_state": "s",
    "fail_reason": "why",
    "image_url": "https://x/1.png",
    "image_urls": ("https://x/1.png",),
    "video_urls": ("https://x/1.mp4",),
    "image_width": 1024,
    "image_height": 512,
    "buttons": (Button(custom_id="MJ::1", label="U1"),),
    "submitted_at": AT,
    "started_at": AT,
    "finished_at": AT,
}


def file(kind: FileKind, *, reduced: bool) -> Attachment:
    return Attachment(kind=kind, position=0, name="1.png", reduced=reduced)


def board(*, below: int, receipt: str | None) -> Board:
    return Board(
        place=1,
        destination=Destination(platform=Platform("p"), chat="1"),
        settings=ChatSettings(),
        running=0,
        tasks=(),
        version="",
        receipt=Receipt(receipt) if receipt else None,
        face="",
        shown_at=AT,
        since=AT,
        below=below,
    )


@pytest.mark.parametrize("name", LATE)
def test_an_end_takes_what_an_earlier_look_had(name: str) -> None:
    known = replace(RUNNING, **{name: LATE[name]})
    assert merge(known, DONE) == replace(DONE, **{name: LATE[name]})


@pytest.mark.parametrize("name", LATE)
def test_a_later_look_only_fills_in_an_end(name: str) -> None:
    late = replace(RUNNING, **{name: LATE[name]})
    assert merge(DONE, late) == replace(DONE, **{name: LATE[name]})
    assert merge(replace(DONE, **LATE), DONE) == replace(DONE, **LATE)


def test_the_further_of_two_looks_leads_and_of_equals_the_newer() -> None:
    first = replace(RUNNING, prompt="old", status="a")
    newer = replace(RUNNING, prompt="new", status="b")
    back = replace(RUNNING, progress=39, prompt="new")

    assert merge(None, first) is first
    assert merge(first, newer) == newer
    assert merge(first, back) == first
    assert merge(first, replace(RUNNING, state=State.PENDING)) == first
    asks = replace(first, state=State.NEEDS_INPUT, progress=0)
    assert merge(first, asks) == asks
    assert merge(asks, first) == first
    assert merge(replace(RUNNING, progress=None), RUNNING) == RUNNING


def test_an_end_stands_against_another_end() -> None:
    failed = replace(DONE, state=State.FAILED, fail_reason="why")
    assert merge(DONE, failed) == replace(DONE, fail_reason="why")


def test_an_ended_task_has_the_buttons_that_the_relay_takes_now() -> None:
    now = (Button(custom_id="MJ::2", label="U1"),)
    known = replace(DONE, **LATE)

    assert merge(known, replace(DONE, buttons=now)) == replace(known, buttons=now)
    assert merge(known, replace(DONE, buttons=())) == known
    assert merge(known, replace(RUNNING, buttons=now)) == known
    other_end = replace(DONE, state=State.FAILED, buttons=now)
    assert merge(known, other_end) == known


@pytest.mark.parametrize(
    ("old", "new", "slim"),
    [(True, True, True), (True, False, False), (False, True, False)],
)
def test_what_one_full_look_has_shown_is_not_slim(
    old: bool, new: bool, slim: bool
) -> None:
    assert merge(replace(RUNNING, slim=old), replace(DONE, slim=new)).slim is slim


@pytest.mark.parametrize(
    ("changes", "pictured"),
    [
        ({}, True),
        ({"action": "describe"}, False),
        ({"action": "SHORTEN"}, False),
        ({"action": "UPLOAD"}, False),
        ({"action": "BOOKMARK"}, False),
        ({"action": "DESCRIBE", "image_url": "https://x"}, True),
        ({"action": "DESCRIBE", "image_urls": ("https://x",)}, True),
        ({"action": "DESCRIBE", "video_urls": ("https://x",)}, True),
        ({"state": State.FAILED, "image_url": "https://x"}, False),
    ],
)
def test_a_picture_may_be_had_of_what_ended_well(
    changes: dict[str, Any], pictured: bool
) -> None:
    assert replace(DONE, **changes).pictured is pictured


def test_files_that_show_less_are_told_of() -> None:
    photo, original = FileKind.PHOTO, FileKind.DOCUMENT
    plain = file(photo, reduced=False)

    assert difference([]) is None
    assert difference([plain, file(original, reduced=False)]) is None
    assert difference([plain, file(original, reduced=True)]) == "as_file"
    assert difference([file(photo, reduced=True)]) == "reduced"
    assert (
        difference([file(original, reduced=True), file(FileKind.VIDEO, reduced=True)])
        == "reduced"
    )


def test_a_board_has_scrolled_once_enough_stands_below_it() -> None:
    assert board(below=SCROLLED_MOST, receipt="1").scrolled
    assert not board(below=SCROLLED_MOST - 1, receipt="1").scrolled
    assert not board(below=SCROLLED_MOST, receipt=None).scrolled


def test_names_of_stored_facts_and_people_stay_as_they_are() -> None:
    assert silent_fact(AccountId(7)) == "silent:7"
    assert refused_fact(AccountId(7)) == "refused:7"
    assert Person(platform=Platform("p"), id="9").key == "p:9"


def test_a_subscription_ends_with_an_end_a_loss_or_giving_up() -> None:
    assert {tell for tell in Tell if tell.final} == {
        Tell.ENDED,
        Tell.LOST,
        Tell.GAVE_UP,
    }
