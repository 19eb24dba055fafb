"""What a look changes: each thing once, whatever the order."""

from datetime import UTC, datetime
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.domain.observe import lacking, observe
from bot.domain.subscription import Standing
from bot.domain.task import TERMINAL, Button, Snapshot, State, TaskId, TaskKey
from bot.domain.transition import Tell, Transition

KEY: Final = TaskKey(1)
AT: Final = datetime(2026, 11, 22, tzinfo=UTC)
FULL: Final = Snapshot(
    task_id=TaskId("1"),
    state=State.SUCCEEDED,
    progress=100,
    image_url="https://x/1.png",
    buttons=(Button(custom_id="MJ::1", label="U1"),),
)


def looked(
    fresh: State,
    percent: int | None = None,
    *,
    known: State = State.RUNNING,
    at: int | None = None,
) -> Transition | None:
    snapshot = Snapshot(task_id=TaskId("1"), state=fresh, progress=percent)
    return observe(KEY, state=known, progress=at, fresh=snapshot, at=AT)


@pytest.mark.parametrize("end", sorted(TERMINAL))
def test_an_end_is_told(end: State) -> None:
    change = looked(end, 40)
    assert change is not None
    assert (change.state, change.tell, change.standing) == (
        end,
        Tell.ENDED,
        Standing.FINE,
    )


@pytest.mark.parametrize("end", sorted(TERMINAL))
@pytest.mark.parametrize("fresh", list(State))
def test_an_end_is_final(end: State, fresh: State) -> None:
    assert looked(fresh, 100, known=end) is None


def test_progress_moves_forward_only() -> None:
    assert looked(State.RUNNING, 0, at=None) is not None
    assert looked(State.RUNNING, 41, at=40) is not None
    for percent in (40, 39, None):
        assert looked(State.RUNNING, percent, at=40) is None


def test_a_step_carries_the_percent_alone_and_tells_nothing() -> None:
    step = looked(State.RUNNING, 41, at=40)
    assert step == Transition(task_key=KEY, at=AT, progress=41, standing=Standing.FINE)


def test_waiting_for_input_is_told_on_the_way_in() -> None:
    for before in (State.PENDING, State.RUNNING):
        change = looked(State.NEEDS_INPUT, known=before)
        assert change is not None
        assert change.tell is Tell.NEEDS_INPUT
    assert looked(State.NEEDS_INPUT, known=State.NEEDS_INPUT) is None


def test_beginning_to_run_is_written_but_not_told() -> None:
    change = looked(State.RUNNING, known=State.PENDING)
    assert change is not None
    assert (change.state, change.tell) == (State.RUNNING, None)


@given(
    st.lists(
        st.tuples(st.sampled_from(list(State)), st.none() | st.integers(0, 100)),
        max_size=12,
    )
)
def test_order_and_repetition_tell_nothing_twice(
    looks: list[tuple[State, int | None]],
) -> None:
    state, progress, told = State.PENDING, None, list[Tell]()
    for fresh, percent in [each for look in looks for each in (look, look)]:
        change = looked(fresh, percent, known=state, at=progress)
        if change is None:
            continue
        if change.tell:
            told.append(change.tell)
            assert change.state is not state
        after = change.state or state
        assert after.rank >= state.rank or after is State.NEEDS_INPUT
        state, progress = after, change.progress
    assert told.count(Tell.ENDED) <= 1
    assert (Tell.ENDED in told) == state.terminal
    assert told[-1:] == [Tell.ENDED] or Tell.ENDED not in told


@pytest.mark.parametrize(
    ("snapshot", "lacks"),
    [
        (FULL, set()),
        (replace(FULL, buttons=()), {"buttons"}),
        (replace(FULL, image_url=None), {"media"}),
        (replace(FULL, image_url=None, image_urls=("https://x/2",)), set()),
        (replace(FULL, image_url=None, video_urls=("https://x/3",)), set()),
        (replace(FULL, image_url=None, action="DESCRIBE"), set()),
        (replace(FULL, image_url=None, buttons=()), {"media", "buttons"}),
        (replace(FULL, state=State.FAILED, image_url=None, buttons=()), set()),
        (replace(FULL, state=State.RUNNING, buttons=()), set()),
    ],
)
def test_only_a_success_can_lack_something(snapshot: Snapshot, lacks: set[str]) -> None:
    assert lacking(snapshot) == lacks


def test_a_new_state_is_written_with_all_that_was_read() -> None:
    fresh = Snapshot(task_id=TaskId("1"), state=State.NEEDS_INPUT, progress=7)
    change = observe(KEY, state=State.PENDING, progress=None, fresh=fresh, at=AT)
    assert change == Transition(
        task_key=KEY,
        at=AT,
        state=State.NEEDS_INPUT,
        progress=7,
        snapshot=fresh,
        standing=Standing.FINE,
        tell=Tell.NEEDS_INPUT,
    )
