"""The watches of one account: first looks, rests, ages."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from msgspec import structs

from bot.domain.subscription import Standing
from bot.domain.task import AccountId, State, TaskId, TaskKey
from bot.ports import WatchRow
from bot.watch.cadence import ENOUGH, SHARE
from bot.watch.options import WatchOptions
from bot.watch.rota import (
    BUSY_SECONDS,
    FRESH_SECONDS,
    GRACE_SECONDS,
    Rota,
)
from bot.watch.watch import EVERYTHING, NOTHING, Watch
from tests.fakes.clock import NOON

OPTIONS: Final = WatchOptions(batch_size=3)
POLL: Final = OPTIONS.poll_seconds
GAP: Final = OPTIONS.gap_seconds
NEW: Final = WatchRow(
    watch_id=1,
    task_key=TaskKey(1),
    account=AccountId(1),
    task_id=TaskId("1"),
    state=State.RUNNING,
    progress=10,
    standing=Standing.FINE,
    added_at=NOON,
    changed_at=NOON,
)


def row(key: int, *, age: float = 0.0) -> WatchRow:
    at = NOON - timedelta(seconds=age)
    return structs.replace(
        NEW, task_key=TaskKey(key), task_id=TaskId(str(key)), added_at=at, changed_at=at
    )


def rota_of(count: int, *, age: float = 0.0, options: WatchOptions = OPTIONS) -> Rota:
    rota = Rota(AccountId(1), options=options, now=0.0)
    for key in range(count):
        rota.open(row(key, age=age), now=0.0, wall=NOON)
    return rota


def asked(rota: Rota, now: float) -> list[Watch]:
    """Ask for what is due, once."""
    batch = rota.take(now)
    for each in batch:
        each.looked_at = now
    if batch:
        rota.answered(now)
    rota.back(batch, now=now)
    return batch


def test_the_first_watch_is_looked_at_at_once_and_the_next_join_in() -> None:
    rota = rota_of(2)
    assert len(asked(rota, 0)) == 2
    rota.open(row(9), now=1.0, wall=NOON + timedelta(seconds=1))
    assert rota.next_due() == POLL
    assert len(asked(rota, POLL)) == 3


def test_a_watch_is_opened_once() -> None:
    rota = rota_of(1)
    rota.open(row(0), now=0, wall=NOON)
    assert len(rota.watches) == 1


def test_with_a_slow_tick_a_new_task_has_its_early_look() -> None:
    rota = rota_of(1, options=replace(OPTIONS, poll_seconds=60))
    asked(rota, 0)
    rota.open(row(9), now=10.0, wall=NOON + timedelta(seconds=10))
    assert rota.next_due() == 13


def test_many_new_tasks_have_their_early_look_and_a_second_one_soon() -> None:
    rota = rota_of(20)
    looks: dict[int, list[float]] = {}
    while (due := rota.next_due()) is not None and due < 2 * GAP:
        for each in asked(rota, due):
            looks.setdefault(each.key, []).append(due)
    assert len(looks) == 20
    assert all(moments[0] <= GAP + 1 for moments in looks.values())


def test_many_taken_over_at_a_start_are_spread() -> None:
    rota = rota_of(30, age=100)
    moments = set()
    while (due := rota.next_due()) is not None and due < POLL:
        asked(rota, due)
        moments.add(round(due, 1))
    assert len(moments) >= 5


def test_a_watch_closed_is_asked_for_no_more() -> None:
    rota = rota_of(1)
    rota.close(TaskKey(0))
    rota.close(TaskKey(0))
    assert asked(rota, 0) == []
    assert not rota.watches


@pytest.mark.parametrize("most", [30.0, 1.0])
def test_failures_rest_longer_and_longer_up_to_a_bound(most: float) -> None:
    options = replace(OPTIONS, rest_most_seconds=most)
    rota, now, rests = rota_of(1, options=options), 0.0, []
    for _ in range(6):
        rota.failed(now)
        due = rota.next_due()
        assert due is not None
        rests.append(due - now)
        now = due
    assert rests == [min(each, most) for each in (POLL, 2 * POLL, 4 * POLL, 30, 30, 30)]
    rota.answered(now)
    rota.failed(now)
    assert rota.next_due() == now + min(POLL, most)


def test_requests_that_fail_together_count_once() -> None:
    rota = rota_of(1)
    for _ in range(6):
        rota.failed(0)
    assert rota.next_due() == POLL


def test_a_relay_that_failed_is_probed_by_one_batch_until_it_answers() -> None:
    rota = rota_of(9, age=100)
    rota.failed(0)
    now = 2 * POLL
    probe = rota.take(now)
    assert probe
    assert rota.take(now) == []
    assert rota.next_due() is None  # whoever asks rings when it knows more
    rota.failed(now)
    rota.back(probe, now=now)
    assert rota.next_due() == now + 2 * POLL

    now += 2 * POLL
    probe = rota.take(now)
    rota.answered(now)
    assert rota.take(now)
    rota.back(probe, now=now)


def test_the_time_a_relay_asks_for_is_kept() -> None:
    rota = rota_of(1)
    rota.slow_down(0, after_seconds=20)
    assert rota.take(19) == []
    assert rota.next_due() == 20
    assert len(asked(rota, 20)) == 1


def test_a_429_without_a_time_rests_a_moment_and_spaces_requests() -> None:
    rota = rota_of(9)
    asked(rota, 0)
    rota.slow_down(0)
    rota.slow_down(0)  # another that was under way
    assert rota.take(BUSY_SECONDS - 0.1) == []
    asked(rota, 3)
    assert rota.take(3) == []
    after = rota.next_due()
    assert after is not None
    assert 3 < after < 5


def test_time_in_which_the_relay_is_down_does_not_count() -> None:
    rota = rota_of(1)
    rota.answered(10)
    assert rota.seconds(10) == 10
    rota.failed(20)
    rota.failed(50)
    assert (rota.seconds(100), rota.down_for(100)) == (20, 80)
    rota.answered(120)
    assert (rota.seconds(130), rota.down_for(130)) == (30, 0)


def only(rota: Rota) -> Watch:
    (watch,) = rota.watches
    return watch


@pytest.mark.parametrize(
    ("state", "progress", "standing"),
    [
        (State.PENDING, None, Standing.UNSEEN),
        (State.PENDING, 0, Standing.FINE),
        (State.RUNNING, None, Standing.FINE),
    ],
)
def test_silence_is_no_standing_to_go_back_to(
    state: State, progress: int | None, standing: Standing
) -> None:
    rota = rota_of(0)
    silent = structs.replace(
        NEW, state=state, progress=progress, standing=Standing.SILENT
    )
    rota.open(silent, now=0, wall=NOON)
    assert only(rota).standing is standing


def test_an_old_task_watched_anew_is_as_old_as_the_watch() -> None:
    rota = rota_of(0)
    begun = NOON - timedelta(seconds=30)
    rota.open(structs.replace(row(1, age=90_000), added_at=begun), now=500, wall=NOON)
    assert rota.seconds(500) - only(rota).changed_at == 30


def test_stuck_tasks_are_asked_for_rarely_and_ends_a_little_more() -> None:
    rota = rota_of(1)
    only(rota).standing = Standing.STUCK
    asked(rota, 0)
    assert rota.next_due() == OPTIONS.slow_seconds
    asked(rota, OPTIONS.slow_seconds)
    only(rota).state = State.SUCCEEDED
    now = 2 * OPTIONS.slow_seconds
    for tries, grace in enumerate((*GRACE_SECONDS, GRACE_SECONDS[-1])):
        only(rota).tries = tries
        asked(rota, now)
        assert rota.next_due() == now + grace
        now += grace


def test_batches_taken_over_at_a_start_begin_far_from_one_another() -> None:
    rota = rota_of(0)
    begins = [rota._spread(hung) / POLL for hung in (3, 5, 6, 9, 12)]
    assert begins == pytest.approx([0.618, 0.618, 0.236, 0.854, 0.472])


def test_a_watch_taken_over_is_as_the_store_has_it() -> None:
    rota = rota_of(0)
    known = structs.replace(
        row(7, age=100),
        progress=40,
        standing=Standing.STUCK,
        changed_at=NOON - timedelta(seconds=60),
    )
    rota.open(known, now=1000, wall=NOON)
    watch = only(rota)
    assert (watch.key, watch.task_id, watch.account) == (7, "7", 1)
    assert (watch.state, watch.progress) == (State.RUNNING, 40)
    assert (watch.standing, watch.lacks) == (Standing.STUCK, NOTHING)
    assert (watch.added_at, watch.changed_at) == (900, 940)


def test_what_an_end_lacked_before_a_restart_is_not_known() -> None:
    rota = rota_of(0)
    rota.open(structs.replace(NEW, state=State.SUCCEEDED), now=0, wall=NOON)
    assert only(rota).lacks == EVERYTHING


def test_a_new_rota_is_neither_silent_nor_refused() -> None:
    rota = rota_of(0)
    assert (rota.account, rota.silent, rota.refused) == (1, False, None)


def learnt(rota: Rota, *, first: int = 100) -> None:
    """Have so many tasks end that a forecast is believed: 20 s after 50 percent."""
    for key in range(first, first + ENOUGH):
        rota.open(row(key), now=0, wall=NOON)
        watch = next(each for each in rota.watches if each.key == key)
        watch.progress = 50
        rota.learn(watch, at=20)
        watch.state = State.SUCCEEDED
        rota.learn(watch, at=40)
        rota.close(TaskKey(key))


def test_looks_follow_what_was_learnt_of_tasks_that_ended() -> None:
    rota = rota_of(9)
    learnt(rota)
    watch = next(iter(rota.watches))
    watch.progress, watch.changed_at, watch.looked_at = 50, 100, 100
    rota.back([], now=100)
    assert rota._delay(watch) == pytest.approx(20 * SHARE)
    watch.changed_at = 70  # it has outlived all of them
    rota.back([], now=100)
    assert rota._delay(watch) == GAP
    watch.progress = 70  # where none was seen
    assert rota._delay(watch) == POLL


def test_a_task_followed_from_its_beginning_teaches_its_whole_length() -> None:
    rota = rota_of(9)
    learnt(rota)
    assert rota._forecast.remaining(10, 0) == 40


def test_of_a_task_taken_over_late_nothing_is_learnt_before() -> None:
    rota = rota_of(9)
    for key in range(100, 100 + ENOUGH):
        rota.open(row(key, age=FRESH_SECONDS), now=0, wall=NOON)
        watch = next(each for each in rota.watches if each.key == key)
        watch.state = State.SUCCEEDED
        rota.learn(watch, at=30)
    assert rota._forecast.remaining(10, 0) is None


def test_right_after_its_beginning_a_task_is_looked_at_often() -> None:
    rota = rota_of(9, options=replace(OPTIONS, poll_seconds=5))
    watch = next(iter(rota.watches))
    rota.back([], now=GAP - 0.1)
    assert rota._delay(watch) == GAP
    rota.back([], now=GAP)
    assert rota._delay(watch) == 5
