"""How a notification is told, and when it is tried again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from bot.delivery.plan import (
    LEAST_SECONDS,
    OWED_SECONDS,
    Way,
    key_of,
    owed_again,
    picture_wait,
    wants_picture,
    way,
)
from bot.delivery.retry import (
    AGE_MOST,
    ATTEMPTS_MOST,
    MOST_SECONDS,
    backoff,
    exhausted,
)
from bot.domain.notification import Notification, NotificationId
from bot.domain.task import Snapshot, State, TaskId
from bot.domain.transition import Tell
from tests.unit.card_samples import NOW, note

ENDED = note()


def of(tell: Tell = Tell.ENDED, **changes: object) -> Notification:
    return replace(ENDED, tell=tell, **changes)  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize("tell", [each for each in Tell if each is not Tell.AMEND])
def test_an_unsure_try_is_looked_for_unless_it_repeats_safely(tell: Tell) -> None:
    assert way(of(tell), repeats_safely=False) is Way.SEND
    unsure = of(tell, sending_since=NOW)
    assert way(unsure, repeats_safely=False) is Way.LOOK
    assert way(unsure, repeats_safely=True) is Way.SEND


def test_an_amendment_is_an_edit_which_can_always_be_repeated() -> None:
    amend = of(Tell.AMEND, sending_since=NOW)
    assert way(amend, repeats_safely=False) is Way.AMEND


@given(st.integers(1, 2**63 - 1), st.sampled_from(list(Tell)))
def test_a_key_fits_and_leaves_room_for_a_letter(number: int, tell: Tell) -> None:
    assert len(key_of(of(tell, id=NotificationId(number)))) <= 24


def shows(state: State, action: str = "IMAGINE") -> Notification:
    snapshot = Snapshot(task_id=TaskId("1"), state=state, action=action)
    return of(task=structs.replace(ENDED.task, snapshot=snapshot))


def test_only_a_picture_that_ended_well_is_fetched() -> None:
    assert wants_picture(shows(State.SUCCEEDED))
    assert not wants_picture(shows(State.FAILED))
    assert not wants_picture(shows(State.SUCCEEDED, "DESCRIBE"))
    assert not wants_picture(replace(shows(State.SUCCEEDED), tell=Tell.STUCK))
    assert wants_picture(replace(shows(State.SUCCEEDED), tell=Tell.AMEND))
    assert not wants_picture(of(task=structs.replace(ENDED.task, snapshot=None)))


def test_each_tell_has_a_key_of_its_own() -> None:
    assert len({key_of(of(tell)) for tell in Tell}) == len(Tell)


@pytest.mark.parametrize(
    ("age", "wait"),
    [(0, 8), (3, 5), (8, LEAST_SECONDS), (3600, LEAST_SECONDS), (-9, 8)],
)
def test_a_picture_has_its_time_from_when_the_end_was_seen(
    age: float, wait: float
) -> None:
    seen = of(created_at=NOW - timedelta(seconds=age))
    assert picture_wait(seen, now=NOW, most_seconds=8) == pytest.approx(wait)


def test_an_owed_picture_is_looked_for_shortly_and_less_and_less_often() -> None:
    late = of(Tell.AMEND, created_at=NOW - timedelta(hours=1))

    assert picture_wait(late, now=NOW, most_seconds=8) == OWED_SECONDS
    assert picture_wait(late, now=NOW, most_seconds=0.2) == 0.2
    assert owed_again(0) < owed_again(1) < owed_again(5)


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_waits_grow_and_are_bounded(attempts: int, chance: float) -> None:
    wait = backoff(attempts, chance=chance).total_seconds()
    after = backoff(attempts + 1, chance=chance).total_seconds()
    assert 1.5 <= wait <= after <= MOST_SECONDS * 1.25


def test_waits_are_spread() -> None:
    assert backoff(3, chance=0) < backoff(3, chance=1)


def test_only_often_and_long_is_enough_to_give_up() -> None:
    assert exhausted(ATTEMPTS_MOST, age=AGE_MOST)
    assert not exhausted(ATTEMPTS_MOST - 1, age=AGE_MOST)
    assert not exhausted(10**6, age=AGE_MOST - timedelta(seconds=1))


def test_waits_double_from_two_seconds_to_five_minutes() -> None:
    waits = [backoff(n, chance=0.5).total_seconds() for n in (1, 2, 3, 8, 9, 99)]
    assert waits == [2, 4, 8, 256, 300, 300]
    assert backoff(1, chance=0).total_seconds() == 1.5
    assert backoff(1, chance=1).total_seconds() == 2.5


def test_an_owed_picture_is_looked_for_after_five_seconds_ten_fifteen() -> None:
    assert [owed_again(tries) for tries in (0, 1, 2)] == [5, 10, 15]


def test_keys_that_were_given_out_stay_as_they_are() -> None:
    assert key_of(of(id=NotificationId(255))) == "mjw-ff-end"
    assert key_of(of(Tell.AMEND, id=NotificationId(1))) == "mjw-1-ame"
