"""The one door for snapshots, polled or pushed: compare, record, ring."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.observe import lacking, observe
from bot.domain.subscription import Standing, StoredTask
from bot.domain.task import AccountId, Snapshot, State
from bot.domain.transition import Tell, Transition
from bot.doorbell import Doorbell
from bot.ports import WatchMemory


class Intake:
    """Everything learnt about tasks enters memory here, and wakes who must tell it.

    Args:
        store: Memory.
        bells: Doorbells of the dispatchers; latency only.
    """

    def __init__(self, *, store: WatchMemory, bells: Sequence[Doorbell] = ()) -> None:
        self._store = store
        self._bells = bells  # more may be hung later

    async def take(self, transitions: Sequence[Transition]) -> int:
        """Write what a batch of looks changed; say how many chats are to be told."""
        if not transitions:
            return 0
        told = await self._store.record(transitions)
        for bell in self._bells:
            bell.ring()
        return told

    async def looked(
        self, account: AccountId, fresh: Snapshot, *, at: datetime
    ) -> StoredTask:
        """Take in what a person's look has shown.

        A look is a look: a watched task that somebody finds finished is told to its
        chats at once.
        """
        task = await self._store.remember(account, fresh, at)
        if not task.watched:
            return task
        change = _changed(task, fresh, at)
        if change is None:
            return task
        await self.take([change])
        return await self._store.task(task.key) or task


def _changed(task: StoredTask, fresh: Snapshot, at: datetime) -> Transition | None:
    known = task.snapshot
    if known is not None and known.terminal:
        gained = lacking(known) - lacking(fresh)
        if not gained:
            return None
        return Transition(task_key=task.key, at=at, snapshot=fresh, tell=Tell.AMEND)
    change = observe(
        task.key,
        state=known.state if known else State.PENDING,
        progress=known.progress if known else None,
        fresh=fresh,
        at=at,
    )
    if change is None and task.standing is not Standing.FINE:
        return Transition(task_key=task.key, at=at, standing=Standing.FINE)
    return change
