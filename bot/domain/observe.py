"""What a look changes: the one rule by which snapshots become transitions."""

from datetime import datetime

from bot.domain.subscription import Standing
from bot.domain.task import Snapshot, State, TaskKey
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
    if fresh.state is State.PENDING:  # it was further already
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


def lacking(snapshot: Snapshot) -> frozenset[str]:
    """Name what a successful task should have and does not show (yet).

    Relays store SUCCESS before buttons or picture; a few more looks may find them.
    """
    if snapshot.state is not State.SUCCEEDED:
        return frozenset()
    media = snapshot.image_url or snapshot.image_urls or snapshot.video_urls
    wants = {
        "media": bool(media) or not snapshot.pictured,
        "buttons": bool(snapshot.buttons),
    }
    return frozenset(name for name, there in wants.items() if not there)


def _progress(
    key: TaskKey, *, progress: int | None, fresh: Snapshot, at: datetime
) -> Transition | None:
    if fresh.progress is None or fresh.progress <= (
        progress if progress is not None else -1
    ):
        return None
    return Transition(
        task_key=key, at=at, progress=fresh.progress, standing=Standing.FINE
    )


def _tell(state: State) -> Tell | None:
    if state.terminal:
        return Tell.ENDED
    return Tell.NEEDS_INPUT if state is State.NEEDS_INPUT else None
