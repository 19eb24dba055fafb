"""Which tells go out together, and in which order."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from bot.delivery.grouping import (
    ALBUM_MOST,
    DEEP,
    DIGEST_MOST,
    SINGLE_MOST,
    Group,
    is_digest,
    together,
)
from bot.domain.notification import Notification, NotificationId
from bot.domain.transition import Tell
from tests.fakes.desk import CHAT, ELSEWHERE
from tests.unit.card_samples import NOW, note


def of(number: int, **changes: object) -> Notification:
    plain = replace(note(), id=NotificationId(number), destination=CHAT)
    return replace(plain, **changes)  # type: ignore[arg-type]  # fields by name


def some(first: int, last: int, **changes: object) -> list[Notification]:
    return [of(number, **changes) for number in range(first, last + 1)]


def numbers(groups: Iterable[Group]) -> list[list[int]]:
    return [[each.id for each in group] for group in groups]


def grouped(notes: list[Notification], *, lines: int = 40) -> list[list[int]]:
    return numbers(together(notes, lines_of=lambda _: lines))


def test_a_few_that_wait_for_a_place_go_one_by_one() -> None:
    assert grouped(some(1, SINGLE_MOST)) == [[n] for n in range(1, SINGLE_MOST + 1)]


def test_a_crowd_goes_together() -> None:
    assert grouped(some(1, SINGLE_MOST + 1)) == [list(range(1, SINGLE_MOST + 2))]


def test_each_place_is_a_crowd_of_its_own() -> None:
    asked: list[object] = []

    def lines_of(place: object) -> int:
        asked.append(place)
        return 40

    notes = some(1, 6) + some(7, 9, destination=ELSEWHERE)
    found = numbers(together(notes, lines_of=lines_of))

    assert found == [[1, 2, 3, 4, 5, 6], [7], [8], [9]]
    assert asked[0] == CHAT


@pytest.mark.parametrize(
    ("count", "lines", "sizes"),
    [
        (DEEP, 40, [DIGEST_MOST, DIGEST_MOST]),
        (DEEP, 20, [20, 20, 10]),
        (DEEP + 1, 40, [40, DEEP - 39]),
        (DIGEST_MOST + 1, 40, [DIGEST_MOST, 1]),
    ],
)
def test_a_crowd_is_short_messages_and_a_deep_one_few(
    count: int, lines: int, sizes: list[int]
) -> None:
    found = grouped(some(1, count), lines=lines)

    assert [len(group) for group in found] == sizes
    assert [n for group in found for n in group] == list(range(1, count + 1))


def test_what_was_told_together_comes_together_again() -> None:
    first, second = NotificationId(1), NotificationId(3)
    notes = [
        of(1, digest=first, sending_since=NOW),
        of(3, digest=second),
        of(2, digest=first, sending_since=NOW),
        of(4, digest=second),
    ]
    assert grouped(notes) == [[1, 2], [3, 4]]


def test_a_try_that_is_unsure_and_an_amendment_go_alone() -> None:
    notes = [
        *some(1, 6, sending_since=NOW),
        *some(11, 16, tell=Tell.AMEND),
        of(17, tell=Tell.AMEND, sending_since=NOW),
    ]
    assert grouped(notes) == [[n] for n in (*range(1, 7), *range(11, 18))]


def test_owed_pictures_of_a_digest_follow_in_albums() -> None:
    digest, other = NotificationId(1), NotificationId(2)
    owed = some(10, 10 + ALBUM_MOST, tell=Tell.AMEND, digest=digest)
    begun = some(30, 31, tell=Tell.AMEND, digest=digest, sending_since=NOW)
    others = some(40, 41, tell=Tell.AMEND, digest=other)

    assert grouped(owed + begun + others) == [
        list(range(10, 10 + ALBUM_MOST)),
        [10 + ALBUM_MOST],
        [30, 31],
        [40, 41],
    ]


def test_groups_go_in_the_order_of_their_first() -> None:
    notes = [of(9), of(3, tell=Tell.AMEND), of(5, digest=NotificationId(5))]
    assert grouped(notes) == [[3], [5], [9]]
    assert grouped([]) == []


def test_a_digest_is_many_or_was_one() -> None:
    assert is_digest((of(1), of(2)))
    assert is_digest((of(1, digest=NotificationId(1)),))
    assert not is_digest((of(1),))
