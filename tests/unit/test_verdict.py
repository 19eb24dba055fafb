"""Lost, stuck, given up: counts and ages, never one look."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.domain.subscription import Standing
from bot.domain.task import AccountId, State, TaskId, TaskKey
from bot.watch.options import WatchOptions
from bot.watch.verdict import (
    GAVE_UP,
    LOOKS_AT_LEAST,
    LOST,
    STUCK,
    of_missing,
    of_unchanged,
    worth_a_fetch,
)
from bot.watch.watch import Watch

OPTIONS = WatchOptions()
STUCK_AFTER = OPTIONS.stuck_seconds
UP_AFTER = OPTIONS.give_up_seconds
LOST_AFTER = OPTIONS.lost_seconds
MISSES = OPTIONS.lost_misses
SEEN = Watch(
    key=TaskKey(1),
    task_id=TaskId("1"),
    account=AccountId(1),
    state=State.RUNNING,
    progress=50,
    standing=Standing.FINE,
    looked_at=0,
    added_at=0,
    changed_at=0,
    looks=LOOKS_AT_LEAST,
)


@pytest.mark.parametrize(
    ("misses", "seconds", "lost"),
    [
        (MISSES, LOST_AFTER, True),
        (MISSES - 1, LOST_AFTER, False),
        (MISSES, LOST_AFTER - 1, False),
        (1, 10 * LOST_AFTER, False),
    ],
)
def test_lost_takes_both_the_count_and_the_grace(
    misses: int, seconds: float, *, lost: bool
) -> None:
    watch = replace(SEEN, misses=misses, missed_at=100)
    verdict = of_missing(watch, now=100 + seconds, options=OPTIONS)
    assert verdict == (LOST if lost else None)


@pytest.mark.parametrize(
    ("misses", "seconds", "worth"),
    [
        (0, 0, False),
        (MISSES - 2, LOST_AFTER, False),
        (MISSES - 1, 0, True),
        (MISSES, 0, False),
        (MISSES, LOST_AFTER, True),
        (3 * MISSES, LOST_AFTER, True),
    ],
)
def test_a_missing_task_is_fetched_when_it_matters(
    misses: int, seconds: float, *, worth: bool
) -> None:
    watch = replace(SEEN, misses=misses, missed_at=100)
    assert worth_a_fetch(watch, now=100 + seconds, options=OPTIONS) is worth


def test_where_one_miss_is_enough_the_first_is_fetched() -> None:
    strict = WatchOptions(lost_misses=1, lost_seconds=0)
    assert worth_a_fetch(SEEN, now=0, options=strict)


@given(st.integers(1, 50), st.floats(0, 1000))
def test_nothing_is_called_lost_that_was_not_fetched(misses: int, age: float) -> None:
    before = replace(SEEN, misses=misses - 1, missed_at=100)
    after = replace(SEEN, misses=misses, missed_at=100 if misses > 1 else 100 + age)
    if of_missing(after, now=100 + age, options=OPTIONS):
        assert worth_a_fetch(before, now=100 + age, options=OPTIONS)


def test_unchanged_for_long_is_stuck_and_for_very_long_given_up() -> None:
    def after(seconds: float) -> object:
        return of_unchanged(SEEN, now=seconds, options=OPTIONS)

    assert after(STUCK_AFTER - 1) is None
    assert after(STUCK_AFTER) == STUCK
    assert after(UP_AFTER - 1) == STUCK
    assert after(UP_AFTER) == GAVE_UP


def test_stuck_is_said_once() -> None:
    stuck = replace(SEEN, standing=Standing.STUCK)
    assert of_unchanged(stuck, now=STUCK_AFTER, options=OPTIONS) is None
    assert of_unchanged(stuck, now=UP_AFTER, options=OPTIONS) == GAVE_UP


def test_what_waits_for_a_person_is_not_stuck_but_given_up_as_well() -> None:
    modal = replace(SEEN, state=State.NEEDS_INPUT)
    assert of_unchanged(modal, now=STUCK_AFTER, options=OPTIONS) is None
    assert of_unchanged(modal, now=UP_AFTER, options=OPTIONS) == GAVE_UP


def test_right_after_a_start_nothing_is_judged() -> None:
    fresh = replace(SEEN, looks=LOOKS_AT_LEAST - 1)
    assert of_unchanged(fresh, now=UP_AFTER, options=OPTIONS) is None


def test_an_ended_task_is_never_judged() -> None:
    over = replace(SEEN, state=State.SUCCEEDED)
    assert of_unchanged(over, now=UP_AFTER, options=OPTIONS) is None


def test_what_moved_lately_is_not_judged_however_old_it_is() -> None:
    moved = replace(SEEN, changed_at=UP_AFTER)
    assert of_unchanged(moved, now=UP_AFTER + 1, options=OPTIONS) is None
    assert of_unchanged(moved, now=UP_AFTER + STUCK_AFTER, options=OPTIONS) == STUCK
