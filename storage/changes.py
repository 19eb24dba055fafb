"""What a transition or a look makes of a stored task; pure."""

from datetime import datetime
from typing import Final

from msgspec.structs import replace

from bot.domain.subscription import Standing, StoredTask
from bot.domain.task import Snapshot, State, merge
from bot.domain.transition import Tell, Transition

VERSION_STEP: Final = 2  # the odd number between says that the ring is out


def is_step(transition: Transition) -> bool:
    """Whether nothing but the percent moved, so that the hot row is enough."""
    return (
        transition.progress is not None
        and transition.state is None
        and transition.snapshot is None
        and transition.tell is None
        and not transition.ends_watch
        and (transition.standing is None or transition.standing is Standing.FINE)
    )


def after(task: StoredTask, transition: Transition) -> StoredTask:
    """Apply a transition: never backwards, and the end stands for ever."""
    seen = transition.snapshot or _imagined(task, transition)
    standing = transition.standing or task.standing
    changed = _seen(task, seen, transition.at) if seen else task
    if ended(changed):
        standing = Standing.FINE
    heard = task.standing is Standing.SILENT is not standing
    looked_at = transition.at if transition.snapshot or heard else task.looked_at
    return _counted(task, replace(changed, standing=standing, looked_at=looked_at))


def noted(task: StoredTask, snapshot: Snapshot, at: datetime) -> StoredTask:
    """Apply a look that somebody took: the relay knows the task after all.

    A new state of a watched task is left to `record`, which tells it.
    """
    known = task.snapshot.state if task.snapshot else State.PENDING
    if task.watched and snapshot.state is not known:
        return replace(task, looked_at=at)
    changed = _seen(task, snapshot, at)
    unknown = task.standing in {Standing.UNSEEN, Standing.LOST}
    if unknown or changed.snapshot != task.snapshot:
        changed = replace(changed, standing=Standing.FINE)
    return _counted(task, replace(changed, looked_at=at))


def begun_anew(task: StoredTask) -> StoredTask:
    """Forget the verdict of an earlier watch."""
    standing = Standing.FINE if task.snapshot else Standing.UNSEEN
    return _counted(task, replace(task, standing=standing))


def worth_telling(tell: Tell, *, old: StoredTask, new: StoredTask) -> bool:
    """Whether it may be told: of an ended task only the end, and what was late."""
    if tell is Tell.AMEND:
        return new.snapshot != old.snapshot
    return tell is Tell.ENDED or not ended(new)


def ended(task: StoredTask) -> bool:
    """Whether the task's end is known."""
    return task.snapshot is not None and task.snapshot.terminal


def _imagined(task: StoredTask, transition: Transition) -> Snapshot | None:
    """Make a snapshot of a transition that has only a state or a percent."""
    if transition.state is None and transition.progress is None:
        return None
    old = task.snapshot or Snapshot(task_id=task.task_id, state=State.PENDING)
    percent = transition.progress
    return replace(
        old,
        state=transition.state or old.state,
        progress=old.progress if percent is None else percent,
    )


def _seen(task: StoredTask, snapshot: Snapshot, at: datetime) -> StoredTask:
    joined = merge(task.snapshot, snapshot)
    if joined == task.snapshot:
        return task
    ended_at = task.ended_at or (at if joined.terminal else None)
    return replace(task, snapshot=joined, changed_at=at, ended_at=ended_at)


def _counted(old: StoredTask, new: StoredTask) -> StoredTask:
    if (new.snapshot, new.standing) == (old.snapshot, old.standing):
        return new
    return replace(new, version=old.version + VERSION_STEP)
