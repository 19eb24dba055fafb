"""A watch in memory: a few scalars, since there may be a hundred thousand."""

from typing import Final

import msgspec

from bot.domain.subscription import Standing
from bot.domain.task import AccountId, State, TaskId, TaskKey
from bot.relay.probe import Probe

NOTHING: Final[frozenset[str]] = frozenset()
EVERYTHING: Final = frozenset({"media", "buttons"})  # all that an end may lack


class Watch(msgspec.Struct, eq=False, gc=False):
    """One task that is asked for, and how it last looked.

    Ages are on the account's own count of seconds, which stands still while its
    relay cannot be asked: an outage makes no task old.
    """

    key: TaskKey
    task_id: TaskId
    account: AccountId
    state: State
    progress: int | None
    standing: Standing
    looked_at: float  # steady seconds of the last look
    added_at: float  # account seconds
    changed_at: float  # account seconds of the last change
    mark: Probe | None = None  # the relay's own words at the last look
    misses: int = 0  # looks in a row in which the relay did not know it
    missed_at: float = 0.0  # account seconds of the first of them
    looks: int = 0  # looks that it was seen in, this run
    tries: int = 0  # looks at the end that did not give all of it yet
    lacks: frozenset[str] = NOTHING  # what an ended task had not shown yet
    closed: bool = False  # nobody waits for it any more
