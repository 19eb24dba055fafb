"""The wheel: full batches, nothing too soon, nobody starved."""

from collections.abc import Callable
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.subscription import Standing
from bot.domain.task import AccountId, State, TaskId, TaskKey
from bot.watch.schedule import Wheel
from bot.watch.watch import Watch

GAP: Final = 3.0
POLL: Final = 4.0
PATIENCE: Final = GAP / 3


def watch(key: int, *, looked_at: float = -GAP) -> Watch:
    return Watch(
        key=TaskKey(key),
        task_id=TaskId(str(key)),
        account=AccountId(1),
        state=State.RUNNING,
        progress=None,
        standing=Standing.FINE,
        looked_at=looked_at,
        added_at=0,
        changed_at=0,
    )


def wheel_of(
    count: int, *, due: float = 0.0, batch: int = 10, delay: float = POLL
) -> Wheel:
    wheel = Wheel(batch=batch, gap=GAP, delay=lambda _: delay)
    for key in range(count):
        wheel.add(watch(key), due=due)
    return wheel


def asked(wheel: Wheel, now: float) -> list[int]:
    """Take a batch, look at it at once, hang it again; the keys."""
    batch = wheel.take(now)
    for each in batch:
        each.looked_at = now
    wheel.back(batch)
    return [each.key for each in batch]


def test_an_empty_wheel_has_nothing_due() -> None:
    wheel = wheel_of(0)
    assert wheel.next_due() is None
    assert wheel.take(99) == []


def test_nothing_is_taken_before_it_is_due() -> None:
    wheel = wheel_of(5, due=4)
    assert wheel.next_due() == 4
    assert wheel.take(3.7) == []
    assert len(wheel.take(4)) == 5


def test_a_batch_is_in_the_order_of_the_stores_keys() -> None:
    wheel = Wheel(batch=10, gap=GAP, delay=lambda _: POLL)
    for key in (3, 1, 2):
        wheel.add(watch(key), due=key / 4)
    assert asked(wheel, 1) == [1, 2, 3]


def test_while_all_fit_late_ones_are_joined_into_one_tick() -> None:
    wheel = wheel_of(0)
    wheel.add(watch(1, looked_at=0), due=4)
    wheel.add(watch(2, looked_at=2), due=6)
    assert wheel.next_due() == 5  # the second may not be looked at before
    assert asked(wheel, 5) == [1, 2]
    assert asked(wheel, 9) == [1, 2]


def test_the_tick_waits_for_none_that_comes_too_late() -> None:
    wheel = wheel_of(0)
    wheel.add(watch(1, looked_at=0), due=4)
    wheel.add(watch(2, looked_at=3), due=7)
    assert wheel.next_due() == 4
    assert asked(wheel, 4) == [1]


def test_one_that_is_asked_rarely_is_not_taken_along_each_time() -> None:
    wheel = wheel_of(3)
    wheel.add(watch(9), due=60)
    assert asked(wheel, 0) == [0, 1, 2]
    assert wheel.next_due() == POLL


def test_what_is_on_its_way_counts_as_there() -> None:
    wheel = wheel_of(15)
    assert not wheel.fits_one_batch
    first = wheel.take(0)
    assert (len(wheel), wheel.fits_one_batch) == (15, False)
    for each in first:
        each.closed = True
    wheel.back(first)
    assert (len(wheel), wheel.fits_one_batch) == (5, True)


def test_a_full_batch_goes_at_once_and_a_part_of_one_waits_a_little() -> None:
    wheel = wheel_of(15)
    assert wheel.next_due() == 0
    assert len(wheel.take(0)) == 10
    assert wheel.next_due() == PATIENCE
    assert len(wheel.take(PATIENCE)) == 5


def test_a_batch_takes_along_who_is_due_soon() -> None:
    wheel = wheel_of(6)
    for key in range(10, 20):
        wheel.add(watch(key), due=0.5)
    assert wheel.next_due() == 0.5
    assert len(wheel.take(0.5)) == 10


def test_closed_watches_are_dropped_in_passing() -> None:
    wheel = wheel_of(0)
    gone = watch(1)
    wheel.add(gone, due=0)
    gone.closed = True
    assert wheel.take(1) == []
    assert (len(wheel), wheel.next_due()) == (0, None)


@pytest.mark.parametrize("poll", [0.5, 1.0, 3.0, 4.0, 10.0])
def test_a_tick_of_any_length_is_kept(poll: float) -> None:
    gap = min(poll, 3.0)
    wheel = Wheel(batch=10, gap=gap, delay=lambda _: poll)
    wheel.add(watch(1), due=0)
    moments = []
    for _ in range(5):
        due = wheel.next_due()
        assert due is not None
        assert asked(wheel, due) == [1]
        moments.append(due)
    steps = [b - a for a, b in pairwise(moments)]
    assert all(poll <= step <= poll + gap / 12 for step in steps)


Plan = tuple[int, list[tuple[float, float]]]  # batch; (joins at, its delay) of each


@given(
    st.tuples(
        st.integers(1, 8),
        st.lists(
            st.tuples(st.floats(0, 20), st.floats(GAP, 9.0)), min_size=1, max_size=30
        ),
    )
)
def test_nothing_is_looked_at_too_soon_and_no_watch_starves(plan: Plan) -> None:
    batch, joins = plan
    delays = {TaskKey(n): delay for n, (_, delay) in enumerate(joins)}
    wheel = Wheel(batch=batch, gap=GAP, delay=lambda each: delays[each.key])
    waiting = sorted((at, n) for n, (at, _) in enumerate(joins))
    looks: dict[int, list[float]] = {n: [] for n in range(len(joins))}
    _run(wheel, waiting, looks, until=60.0)
    for n, moments in looks.items():
        steps = [b - a for a, b in pairwise(moments)]
        assert all(step >= GAP - 0.01 for step in steps)
        latest = delays[TaskKey(n)] + 2 * PATIENCE
        assert all(step <= latest for step in steps)
        assert moments
        assert 60.0 - moments[-1] <= latest


def _run(
    wheel: Wheel,
    waiting: list[tuple[float, int]],
    looks: dict[int, list[float]],
    *,
    until: float,
) -> None:
    now = 0.0
    while now < until:
        while waiting and waiting[0][0] <= now:
            at, key = waiting.pop(0)
            wheel.add(watch(key, looked_at=at - GAP), due=at)
        if (due := wheel.next_due()) is not None and due <= now:
            batch = asked(wheel, now)
            assert batch, "when it says that something is due, something is"
            for key in batch:
                looks[key].append(now)
            continue
        due = wheel.next_due()
        moments = [at for at in (due, *(at for at, _ in waiting[:1])) if at is not None]
        now = max(now, min(moments))


def test_delays_are_asked_of_each_watch() -> None:
    asked_of: list[int] = []

    def delay(each: Watch) -> float:
        asked_of.append(each.key)
        return POLL

    chosen: Callable[[Watch], float] = delay
    wheel = Wheel(batch=2, gap=GAP, delay=chosen)
    for key in (1, 2, 3):
        wheel.add(watch(key), due=0)
    asked(wheel, 0)
    assert asked_of == [1, 2]


@pytest.mark.parametrize(
    ("now", "soon", "due"),
    [(9, 0, PATIENCE), (10, 0, 0), (6, 4, 0.5), (6, 3, PATIENCE)],
)
def test_a_batch_goes_when_it_is_full_and_not_before(
    now: int, soon: int, due: float
) -> None:
    wheel = wheel_of(now)
    for key in range(100, 100 + soon):
        wheel.add(watch(key), due=0.5)
    for key in range(200, 220):
        wheel.add(watch(key), due=60)
    assert wheel.next_due() == due


def test_one_request_for_all_reaches_a_gap_and_its_patience_ahead() -> None:
    wheel = wheel_of(1)
    wheel.add(watch(8), due=GAP + PATIENCE)
    wheel.add(watch(9), due=GAP + PATIENCE + 0.1)
    assert asked(wheel, 0) == [0, 8]


def test_several_batches_may_be_out_at_once() -> None:
    wheel = wheel_of(25)
    first, second = wheel.take(0), wheel.take(0)
    assert (len(first), len(second), len(wheel)) == (10, 10, 25)
