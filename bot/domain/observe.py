"""What a look changes: the one rule by which snapshots become transitions."""

from datetime import datetime

from bot.domain.subscription import Standing
from bot.domain.task import Snapshot, State, TaskKey, merge
from bot.domain.transition import Tell, Transition


def observe(
    key: TaskKey, *, state: State, progress: int | None, fresh: Snapshot, at: datetime
) -> Transition | None:
    """Compare a full look with what was known; None if it says nothing new.

    Order and repetition tell nothing twice: a terminal state is final, progress
    never runs back, and waiting for input is told only on the way in.
    """
    if state.terminal:
        return None
    if fresh.state is state:
        return _progress(key, progress=progress, fresh=fresh, at=at)
    if not fresh.terminal and fresh.state.rank < state.rank:
        return None
    return Transition(
        task_key=key,
        at=at,
        state=fresh.state,
        progress=fresh.progress,
        snapshot=fresh,
        standing=Standing.FINE,
        tell=_tell(fresh.state),
    )


def late(key: TaskKey, *, known: Snapshot | None, fresh: Snapshot, at: datetime) -> Transition | None:
    """Compare a look after the end: only late fields matter, and they amend the ring."""
    if known is None or not fresh.terminal or merge(known, fresh) == known:
        return None
    return Transition(task_key=key, at=at, snapshot=fresh, tell=Tell.AMEND)


def _progress(
    key: TaskKey, *, progress: int | None, fresh: Snapshot, at: datetime
) -> Transition | None:
    if fresh.progress is None or fresh.progress <= (progress if progress is not None else -1):
        return None
    return Transition(task_key=key, at=at, progress=fresh.progress, standing=Standing.FINE)


def _tell(state: State) -> Tell | None:
    if state.terminal:
        return Tell.ENDED
    return Tell.NEEDS_INPUT if state is State.NEEDS_INPUT else None
