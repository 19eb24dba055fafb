"""The one door for snapshots, polled or pushed: compare, record, ring."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from bot.domain.observe import lacking, observe
from bot.domain.subscription import Standing, StoredTask
from bot.domain.task import AccountId, Snapshot, State, TaskId, merge
from bot.domain.transition import Tell, Transition
from bot.doorbell import Doorbell
from bot.ports import WatchMemory
from bot.telemetry.metrics import Metrics

# What one look at the task shows to be wrong.
REFUTED: Final = frozenset({Standing.UNSEEN, Standing.SILENT, Standing.LOST})


class Intake:
    """Everything learnt about tasks enters memory here, and wakes who must tell it.

    Args:
        store: Memory.
        bells: Doorbells of the dispatchers; latency only.
        metrics: Counts what is worth telling.
    """

    def __init__(
        self,
        *,
        store: WatchMemory,
        bells: Sequence[Doorbell] = (),
        metrics: Metrics | None = None,
    ) -> None:
        self._store = store
        self._metrics = metrics or Metrics()
        self._bells = bells  # more may be hung later

    async def take(self, transitions: Sequence[Transition]) -> int:
        """Write what a batch of looks changed; say how many chats are to be told."""
        if not transitions:
            return 0
        told = await self._store.record(transitions)
        for tell in (t.tell for t in transitions if t.tell):
            self._metrics.transitions.labels(tell).inc()
        self.ring()
        return told

    def ring(self) -> None:
        """Wake whoever tells: something may have come into the outbox."""
        for bell in self._bells:
            bell.ring()

    async def looked(
        self, account: AccountId, fresh: Snapshot, *, at: datetime
    ) -> StoredTask:
        """Take in what a person's look has shown.

        A look is a look: a watched task that somebody finds finished is told to its
        chats at once. Only a slim end waits for the watcher, who reads it in full.
        """
        known = await self._watched(account, fresh.task_id)
        change = _changed(known, fresh, at) if known else None
        if change is not None:
            await self.take([change])
        task = await self._store.remember(account, fresh, at)
        return replace(task, snapshot=merge(task.snapshot, fresh))

    async def _watched(self, account: AccountId, task_id: TaskId) -> StoredTask | None:
        known = await self._store.find_tasks(task_id)
        mine = (task for task in known if task.account == account and task.watched)
        return next(mine, None)


def _changed(task: StoredTask, fresh: Snapshot, at: datetime) -> Transition | None:
    known = task.snapshot
    if known is not None and known.terminal:
        return _filled(task, known, fresh, at)
    if fresh.terminal and fresh.slim:
        return None
    change = observe(
        task.key,
        state=known.state if known else State.PENDING,
        progress=known.progress if known else None,
        fresh=fresh,
        at=at,
    )
    if change is None and task.standing in REFUTED:
        return Transition(task_key=task.key, at=at, standing=Standing.FINE)
    return change


def _filled(
    task: StoredTask, known: Snapshot, fresh: Snapshot, at: datetime
) -> Transition | None:
    """Have rings amended that lacked what this look has found."""
    if lacking(merge(known, fresh)) == lacking(known):
        return None
    return Transition(task_key=task.key, at=at, snapshot=fresh, tell=Tell.AMEND)
