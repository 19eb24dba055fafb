"""From one batch answer to steps: pure, and applied only when written."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from msgspec import structs

from bot.domain.look import Seen, Unknown
from bot.domain.subscription import Standing
from bot.domain.task import (
    AccountId,
    Button,
    RelayName,
    Snapshot,
    State,
    TaskId,
    TaskKey,
)
from bot.domain.transition import Tell, Transition
from bot.relay.batch import Batch
from bot.watch import reading
from bot.watch.options import WatchOptions
from bot.watch.reading import TRIES_FOR_FULL, Moment, Step
from bot.watch.watch import EVERYTHING, Watch

ID: Final = TaskId("1")
RELAY: Final = RelayName("relay")
OPTIONS: Final = WatchOptions()
NOW: Final = Moment(at=datetime(2026, 11, 22, tzinfo=UTC), seconds=1000, steady=1000)
RUNNING: Final = Snapshot(
    task_id=ID, state=State.RUNNING, status="IN_PROGRESS", progress=40
)
DONE: Final = structs.replace(
    RUNNING,
    state=State.SUCCEEDED,
    status="SUCCESS",
    progress=100,
    image_url="https://x/1.png",
    buttons=(Button(custom_id="MJ::1", label="U1"),),
)
SLIM: Final = structs.replace(DONE, slim=True, buttons=())
ENDED: Final = Transition(
    task_key=TaskKey(1),
    at=NOW.at,
    state=State.SUCCEEDED,
    progress=100,
    snapshot=DONE,
    standing=Standing.FINE,
    tell=Tell.ENDED,
    ends_watch=True,
)


def change(**what: object) -> Transition:
    """A change of the watch's task, now."""
    plain = Transition(task_key=TaskKey(1), at=NOW.at)
    return structs.replace(plain, **what)


def watch(**changes: object) -> Watch:
    plain = Watch(
        key=TaskKey(1),
        task_id=ID,
        account=AccountId(1),
        state=State.RUNNING,
        progress=40,
        standing=Standing.FINE,
        looked_at=0,
        added_at=0,
        changed_at=990,
    )
    return structs.replace(plain, **changes)


def said(*snapshots: Snapshot, missing: bool = False) -> Batch:
    batch = Batch()
    for each in snapshots:
        batch.add(each)
    if missing:
        batch.add_missing(ID)
    return batch


def read(
    each: Watch,
    answer: Batch,
    full: Mapping[str, Seen | Unknown] | None = None,
    *,
    now: Moment = NOW,
) -> list[Step]:
    news = reading.sift([each], answer, now=now.seconds, options=OPTIONS)
    return reading.read(news, full or {}, now=now, options=OPTIONS)


def wanted(each: Watch, answer: Batch) -> list[Watch]:
    news = reading.sift([each], answer, now=0, options=OPTIONS)
    return reading.wants_full(news, now=0, options=OPTIONS)


def looked(
    each: Watch, answer: Batch, full: Mapping[str, Seen | Unknown] | None = None
) -> Step | None:
    """Read an answer and apply it; the one step, if there is one."""
    steps = read(each, answer, full)
    reading.apply(steps, now=NOW)
    return steps[0] if steps else None


def stepped(
    each: Watch, answer: Batch, full: Mapping[str, Seen | Unknown] | None = None
) -> Step:
    step = looked(each, answer, full)
    assert step is not None
    return step


def test_what_was_not_answered_for_counts_for_nothing() -> None:
    each = watch(misses=2)
    answer = Batch()
    answer.unasked = (ID,)
    assert read(each, answer) == []
    assert each.misses == 2


def test_the_same_words_again_are_no_step() -> None:
    each = watch()
    first = stepped(each, said(RUNNING))
    assert first.transition is None
    each.misses = 3
    assert looked(each, said(RUNNING)) is None
    assert (each.looks, each.misses) == (2, 0)


def test_nothing_is_applied_before_it_is_written() -> None:
    each = watch()
    (step,) = read(each, said(structs.replace(RUNNING, progress=70)))
    assert (each.progress, each.mark) == (40, None)
    assert (step.progress, step.transition) == (70, change(progress=70))
    reading.apply([step], now=NOW)
    assert (each.progress, each.changed_at) == (70, NOW.seconds)


def test_progress_that_runs_back_or_is_a_word_changes_nothing() -> None:
    for percent in (30, None):
        each = watch()
        step = stepped(each, said(structs.replace(RUNNING, progress=percent)))
        assert step.transition is None
        assert (each.progress, each.changed_at) == (40, 990)


def test_first_progress_is_a_step_even_if_it_is_nought() -> None:
    each = watch(progress=None)
    looked(each, said(structs.replace(RUNNING, progress=0)))
    assert each.progress == 0


def test_a_stuck_task_that_moves_is_fine_again() -> None:
    each = watch(standing=Standing.STUCK)
    step = stepped(each, said(structs.replace(RUNNING, progress=41)))
    assert step.transition == change(progress=41, standing=Standing.FINE)
    assert each.standing is Standing.FINE


def test_a_state_that_runs_back_is_noted_and_not_written() -> None:
    each = watch()
    step = stepped(
        each, said(structs.replace(RUNNING, state=State.PENDING, status="SUBMITTED"))
    )
    assert step.transition is None
    assert each.state is State.RUNNING


def test_an_end_in_full_ends_the_watch() -> None:
    each = watch()
    assert wanted(each, said(DONE)) == []
    step = stepped(each, said(DONE))
    assert step.transition == ENDED
    assert (each.state, each.progress, each.changed_at) == (
        State.SUCCEEDED,
        100,
        NOW.seconds,
    )


def test_a_slim_end_is_read_in_full_and_told_as_that() -> None:
    each = watch()
    assert wanted(each, said(SLIM)) == [each]
    step = stepped(each, said(SLIM), {ID: Seen(relay=RELAY, snapshot=DONE)})
    assert step.transition is not None
    assert step.transition.snapshot is not None
    assert step.transition.snapshot == DONE


def test_a_slim_end_stays_untold_for_some_tries_and_then_has_its_grace() -> None:
    each = watch()
    for _ in range(TRIES_FOR_FULL):
        step = stepped(each, said(SLIM))
        assert (step.retry, step.transition) == (True, None)
        assert each.state is State.RUNNING
    step = stepped(each, said(SLIM))
    assert step.transition is not None
    assert (step.transition.tell, step.transition.ends_watch) == (Tell.ENDED, False)
    assert each.tries == 0
    assert each.lacks == {"buttons"}


def test_a_single_look_that_lags_behind_the_list_does_not_undo_the_end() -> None:
    each = watch()
    step = stepped(each, said(SLIM), {ID: Seen(relay=RELAY, snapshot=RUNNING)})
    assert step.transition is not None
    assert step.transition.tell is Tell.ENDED


def test_gains_amend_and_the_last_look_ends_the_watch_either_way() -> None:
    bare = structs.replace(DONE, buttons=(), image_url=None)
    each = watch()
    looked(each, said(bare))
    assert each.lacks == EVERYTHING
    gained = structs.replace(bare, image_url="https://x/1.png")
    step = stepped(each, said(gained))
    assert step.transition == change(snapshot=gained, tell=Tell.AMEND)
    step = stepped(each, said(bare))
    assert step.transition == change(ends_watch=True)
    assert each.lacks == {"buttons"}


def test_a_grace_look_that_gains_nothing_writes_nothing() -> None:
    each = watch(state=State.SUCCEEDED, lacks=EVERYTHING)
    step = stepped(each, said(structs.replace(DONE, buttons=(), image_url=None)))
    assert step.transition is None
    assert each.tries == 1


def test_an_ended_task_that_the_relay_forgets_is_let_go_untold() -> None:
    each = watch(state=State.SUCCEEDED, lacks=EVERYTHING)
    first = stepped(each, said(missing=True))
    assert (first.transition, first.lacks) == (None, EVERYTHING)
    second = stepped(each, said(missing=True))
    assert second.transition == change(ends_watch=True)


def test_an_ended_task_that_only_single_looks_show_is_let_go_too() -> None:
    bare = structs.replace(DONE, buttons=())
    each = watch(state=State.SUCCEEDED, lacks=frozenset({"buttons"}))
    shown: dict[str, Seen | Unknown] = {ID: Seen(relay=RELAY, snapshot=bare)}
    looked(each, said(missing=True), shown)
    step = stepped(each, said(missing=True), shown)
    assert step.transition is not None
    assert step.transition.ends_watch


def test_a_task_the_list_misses_is_taken_from_the_single_look() -> None:
    each = watch(misses=4)
    moved = structs.replace(RUNNING, state=State.NEEDS_INPUT)
    each.state = State.PENDING
    step = stepped(each, said(missing=True), {ID: Seen(relay=RELAY, snapshot=moved)})
    assert step.transition == change(
        state=State.NEEDS_INPUT,
        progress=40,
        snapshot=moved,
        standing=Standing.FINE,
        tell=Tell.NEEDS_INPUT,
    )
    assert (each.misses, each.state) == (0, State.NEEDS_INPUT)


def test_only_the_single_looks_word_makes_a_task_lost() -> None:
    each = watch(misses=50, missed_at=0)
    (step,) = read(each, said(missing=True))
    assert step.transition is None
    (step,) = read(each, said(missing=True), {ID: Unknown(relay=RELAY)})
    lost = change(standing=Standing.LOST, tell=Tell.LOST, ends_watch=True)
    assert step.transition == lost
    assert each.misses == 52


def test_first_sight_of_a_waiting_task_takes_unseen_away_once() -> None:
    each = watch(state=State.PENDING, progress=None, standing=Standing.UNSEEN)
    waiting = structs.replace(
        RUNNING, state=State.PENDING, status="SUBMITTED", progress=None
    )
    step = stepped(each, said(waiting))
    assert step.transition == change(snapshot=waiting, standing=Standing.FINE)
    assert each.standing is Standing.FINE
    assert looked(each, said(waiting)) is None


def test_first_sight_is_written_whole_though_only_a_percent_seems_new() -> None:
    each = watch(state=State.PENDING, progress=None, standing=Standing.UNSEEN)
    queued = structs.replace(RUNNING, state=State.PENDING, progress=0)
    step = stepped(each, said(queued))
    assert step.transition == change(
        snapshot=queued, progress=0, standing=Standing.FINE
    )
    assert each.progress == 0


def test_words_that_flicker_do_not_keep_a_frozen_task_young() -> None:
    each = watch(changed_at=NOW.seconds - OPTIONS.stuck_seconds, looks=9)
    step = stepped(each, said(structs.replace(RUNNING, progress=39)))
    assert step.transition == change(standing=Standing.STUCK, tell=Tell.STUCK)
    assert looked(each, said(structs.replace(RUNNING, progress=38))) is not None
    assert each.standing is Standing.STUCK


def test_silence_marks_what_runs_and_sound_takes_the_mark_away() -> None:
    stuck = watch(standing=Standing.STUCK)
    both = [stuck, watch(state=State.SUCCEEDED)]
    assert reading.silence(both, at=NOW.at) == [change(standing=Standing.SILENT)]
    assert reading.sound(both, at=NOW.at) == [change(standing=Standing.STUCK)]


def test_what_a_relay_misses_is_fetched_by_its_id_when_that_is_worth_it() -> None:
    due = watch(misses=OPTIONS.lost_misses - 1)
    early = watch(misses=1, task_id=TaskId("2"))
    answer = said(missing=True)
    answer.add_missing(TaskId("2"))
    news = reading.sift([due, early], answer, now=0, options=OPTIONS)
    assert reading.wants_full(news, now=0, options=OPTIONS) == [due]


def test_before_it_is_lost_a_missed_task_is_fetched_again() -> None:
    each = watch(misses=50, missed_at=100)
    late = 100 + OPTIONS.lost_seconds
    news = reading.sift([each], said(missing=True), now=late, options=OPTIONS)
    assert reading.wants_full(news, now=late - 1, options=OPTIONS) == []
    assert reading.wants_full(news, now=late, options=OPTIONS) == [each]


def test_the_first_miss_is_when_a_grace_period_begins() -> None:
    each = watch()
    read(each, said(missing=True))
    assert (each.misses, each.missed_at) == (1, NOW.seconds)
    later = replace(NOW, seconds=NOW.seconds + 9)
    read(each, said(missing=True), now=later)
    assert (each.misses, each.missed_at) == (2, NOW.seconds)


def test_every_watch_of_a_batch_is_read_whatever_is_said_of_the_others() -> None:
    unasked = watch(task_id=TaskId("0"))
    old = NOW.seconds - OPTIONS.stuck_seconds
    same = watch(task_id=TaskId("2"))
    frozen = watch(key=TaskKey(3), task_id=TaskId("3"), changed_at=old, looks=9)
    last = watch()
    answer = said(
        structs.replace(RUNNING, task_id=TaskId("2")),
        structs.replace(RUNNING, task_id=TaskId("3")),
        structs.replace(RUNNING, progress=41),
    )
    same.mark, frozen.mark = (answer.known[TaskId(each)] for each in "23")
    batch = [unasked, same, frozen, last]
    news = reading.sift(batch, answer, now=NOW.seconds, options=OPTIONS)
    steps = reading.read(news, {}, now=NOW, options=OPTIONS)
    told = change(task_key=TaskKey(3), standing=Standing.STUCK, tell=Tell.STUCK)
    assert [(step.watch, step.transition) for step in steps] == [
        (last, change(progress=41)),
        (frozen, told),
    ]


def test_a_frozen_task_that_moves_or_is_read_again_soon_is_not_judged() -> None:
    old = NOW.seconds - OPTIONS.give_up_seconds
    each = watch(changed_at=old, looks=9)
    (moved,) = read(each, said(structs.replace(RUNNING, progress=41)))
    (slim,) = read(each, said(SLIM))
    assert moved.transition == change(progress=41)
    assert (slim.retry, slim.transition) == (True, None)


def test_a_known_state_again_needs_no_object_but_an_unseen_one_does() -> None:
    unseen = watch(standing=Standing.UNSEEN)
    (step,) = read(unseen, said(RUNNING))
    assert step.transition == change(snapshot=RUNNING, standing=Standing.FINE)


def test_an_end_that_seems_to_run_again_shows_nothing_of_its_end() -> None:
    each = watch(state=State.SUCCEEDED, lacks=EVERYTHING)
    (step,) = read(each, said(RUNNING))
    assert (step.lacks, step.transition) == (EVERYTHING, None)


def test_what_a_step_makes_of_the_counts() -> None:
    each = watch(misses=3, looks=5)
    looked(each, said(RUNNING))
    assert (each.misses, each.looks) == (0, 6)
    late = watch(state=State.SUCCEEDED, lacks=EVERYTHING, tries=1)
    looked(late, said(structs.replace(DONE, buttons=())))
    assert (late.tries, late.lacks) == (2, frozenset({"buttons"}))
