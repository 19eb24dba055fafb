"""The difference between two looks that is worth writing down or telling."""

from datetime import datetime
from enum import StrEnum

import msgspec

from bot.domain.subscription import Standing
from bot.domain.task import Snapshot, State, TaskKey


class Tell(StrEnum):
    """What a chat is told by a new message; a value in the outbox, closed."""

    ENDED = "ended"  # succeeded, failed or cancelled
    NEEDS_INPUT = "needs_input"
    LOST = "lost"
    STUCK = "stuck"
    GAVE_UP = "gave_up"
    AMEND = "amend"  # a ring already out gets what was late: picture, buttons

    @property
    def final(self) -> bool:
        """Whether the subscription ends with this message."""
        return self in {Tell.ENDED, Tell.LOST, Tell.GAVE_UP}


class Transition(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a look changed about one task; written in one transaction with its tells.

    `snapshot` is given only where the full object was read (a new state, an end,
    late fields); a mere step of progress carries `progress` alone.
    """

    task_key: TaskKey
    at: datetime
    state: State | None = None  # None: as before
    progress: int | None = None  # None: as before
    snapshot: Snapshot | None = None
    standing: Standing | None = None  # None: as before
    tell: Tell | None = None
    ends_watch: bool = False  # the watcher asks no more
