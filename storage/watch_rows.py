"""What the watcher and intake keep: accounts, tasks, watches, transitions."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Dialect, bindparam, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.subscription import Standing, StoredTask
from bot.domain.task import (
    TERMINAL,
    AccountId,
    RelayName,
    Snapshot,
    State,
    TaskId,
    TaskKey,
)
from bot.domain.transition import Tell, Transition
from bot.ports import WatchChanges, WatchRow
from storage import rows
from storage.base import Endings, fetch_tasks, load_tasks, write_tasks
from storage.changes import VERSION_STEP, after, is_step, noted, worth_telling
from storage.tables import (
    accounts,
    closed,
    microseconds,
    open_subscription,
    outbox,
    subscriptions,
    tasks,
    watches,
)

_OPENED: Final = (
    watches.c.watch_id,
    watches.c.task_key,
    tasks.c.account,
    tasks.c.task_id,
    watches.c.state,
    watches.c.progress,
    watches.c.standing,
    watches.c.begun_at,
    watches.c.changed_at,
)
_STATES: Final = {state.value: state for state in State}
_STANDINGS: Final = {standing.value: standing for standing in Standing}


class Outgoing(Endings):
    """Puts tells into the outbox."""

    async def _tell(
        self,
        conn: AsyncConnection,
        keys: Sequence[TaskKey],
        *,
        tell: Tell,
        at: datetime,
    ) -> int:
        """Add a tell for each open subscription that has not had it; how many."""
        if tell is Tell.AMEND:
            return await self._amend(conn, keys, at)
        wanting = select(
            subscriptions.c.platform,
            subscriptions.c.destination,
            subscriptions.c.id,
            subscriptions.c.task_key,
            literal(tell.value),
            literal(at, outbox.c.created_at.type),
            literal(at, outbox.c.due_at.type),
            literal(0),
            literal("pending"),
        ).where(subscriptions.c.task_key.in_(keys), open_subscription)
        columns = ["platform", "destination", "subscription", "task_key", "tell"]
        columns += ["created_at", "due_at", "attempts", "state"]
        insert = self._db.insert(outbox).from_select(columns, wanting)
        once = insert.on_conflict_do_nothing(index_elements=["subscription", "tell"])
        return len((await conn.execute(once.returning(outbox.c.id))).all())

    async def _amend(
        self, conn: AsyncConnection, keys: Sequence[TaskKey], at: datetime
    ) -> int:
        """Have the messages edited that told the end of these tasks."""
        query = select(
            outbox.c.platform,
            outbox.c.destination,
            outbox.c.subscription,
            outbox.c.task_key,
            outbox.c.receipt.label("message"),
        ).where(
            outbox.c.task_key.in_(keys),
            outbox.c.tell == Tell.ENDED,
            outbox.c.state == "delivered",
            outbox.c.receipt.is_not(None),
            outbox.c.digest.is_(None),  # a list shows nothing that comes late
        )
        found = [row._asdict() for row in await conn.execute(query)]
        await self._owe(conn, found, at)
        return len(found)

    async def _owe(
        self, conn: AsyncConnection, rows: Sequence[dict[str, Any]], at: datetime
    ) -> None:
        """Put amendments into the outbox, or have them done again.

        Their `created_at` moves, so that a try under way does not settle them.
        """
        fresh = {"created_at": at, "due_at": at, "attempts": 0, "state": "pending"}
        insert = self._db.insert(outbox).values(**fresh, tell=Tell.AMEND)
        once = insert.on_conflict_do_update(
            index_elements=["subscription", "tell"],
            set_={**fresh, "message": insert.excluded.message, "settled_at": None},
        )
        if rows:
            await conn.execute(once, rows)


class WatchRows(Outgoing):
    """See bot.ports.WatchMemory."""

    async def account(self, relay: RelayName, owner: str = "") -> AccountId:
        query = select(accounts.c.id).where(
            accounts.c.relay == relay, accounts.c.owner == owner
        )
        async with self._db.read() as conn:
            found = await conn.scalar(query)
        if found is None:
            insert = self._db.insert(accounts).values(relay=relay, owner=owner)
            async with self._db.write() as conn:
                await conn.execute(insert.on_conflict_do_nothing())
                found = (await conn.execute(query)).scalar_one()
        return AccountId(found)

    async def watch_changes(
        self, since: tuple[int, int] = (0, 0), *, limit: int = 10_000
    ) -> WatchChanges:
        watch_id, seq = since
        async with self._db.read() as conn:
            if not watch_id:  # nothing is known, so nothing can have ended
                seq = await conn.scalar(select(func.max(closed.c.seq))) or 0
            # In this order: what is watched anew in between must not seem ended.
            opened = await _opened(conn, watch_id, limit)
            ended = await _closed(conn, seq, limit) if watch_id else []
        return WatchChanges(
            opened=tuple(opened),
            closed=tuple(key for _, key, anew in ended if not anew),
            cursor=(
                opened[-1].watch_id if opened else watch_id,
                ended[-1][0] if ended else seq,
            ),
        )

    async def record(self, transitions: Sequence[Transition]) -> int:
        if not transitions:
            return 0
        cold = {t.task_key for t in transitions if not is_step(t)}
        # Within the process one batch at a time: two could wait crosswise.
        async with self._recording, self._db.write() as conn:
            changes = [t for t in transitions if t.task_key in cold]
            told = await self._record_changes(conn, changes) if changes else 0
            steps = [t for t in transitions if t.task_key not in cold]
            await _record_steps(conn, steps)
        return told

    async def _record_changes(
        self, conn: AsyncConnection, transitions: Sequence[Transition]
    ) -> int:
        old = await load_tasks(conn, (t.task_key for t in transitions), lock=True)
        new = dict(old)
        tells: dict[tuple[Tell, datetime], list[TaskKey]] = defaultdict(list)
        ending: dict[TaskKey, datetime] = {}
        for t in transitions:
            if t.task_key not in new:
                continue  # pruned meanwhile
            new[t.task_key] = after(new[t.task_key], t)
            before, now = old[t.task_key], new[t.task_key]
            if t.tell and worth_telling(t.tell, old=before, new=now):
                tells[t.tell, t.at].append(t.task_key)
            if t.ends_watch:
                ending[t.task_key] = t.at
        changed = [new[k] for k in sorted(new) if k in ending or new[k] != old[k]]
        await write_tasks(conn, changed, closing=ending)
        told = [
            await self._tell(conn, keys, tell=tell, at=at)
            for (tell, at), keys in tells.items()
        ]
        if ending:
            closing = {key: new[key] for key in sorted(ending)}
            await self._close(conn, closing, max(ending.values()))
        return sum(told)

    async def remember(
        self, account: AccountId, snapshot: Snapshot, at: datetime
    ) -> StoredTask:
        async with self._db.write() as conn:
            old = await self._obtain(conn, account, snapshot.task_id, at)
            new = noted(old, snapshot, at)
            await write_tasks(conn, [new])
        return new

    async def _obtain(
        self,
        conn: AsyncConnection,
        account: AccountId,
        task_id: TaskId,
        at: datetime,
    ) -> StoredTask:
        """Fetch and lock a task; made, unseen, if it is new."""
        insert = self._db.insert(tasks).values(
            account=account,
            task_id=task_id,
            state=State.PENDING,
            standing=Standing.UNSEEN,
            version=0,
            added_at=at,
            changed_at=at,
        )
        query = rows.select_tasks().where(
            tasks.c.account == account, tasks.c.task_id == task_id
        )
        if found := await fetch_tasks(conn, query, lock=True):
            return found[0]
        await conn.execute(insert.on_conflict_do_nothing())
        return (await fetch_tasks(conn, query, lock=True))[0]

    async def task(self, key: TaskKey) -> StoredTask | None:
        return (await self.tasks([key])).get(key)

    async def tasks(self, keys: Sequence[TaskKey]) -> dict[TaskKey, StoredTask]:
        async with self._db.read() as conn:
            return await load_tasks(conn, keys)

    async def find_tasks(self, task_id: TaskId) -> list[StoredTask]:
        query = rows.select_tasks().where(tasks.c.task_id == task_id)
        async with self._db.read() as conn:
            found = await fetch_tasks(conn, query)
        return sorted(found, key=lambda t: t.looked_at or t.added_at, reverse=True)


async def _opened(conn: AsyncConnection, since: int, limit: int) -> list[WatchRow]:
    query = (
        select(*_OPENED)
        .join(tasks, tasks.c.key == watches.c.task_key)
        .where(watches.c.watch_id > since)
        .order_by(watches.c.watch_id)
        .limit(limit)
    )
    found = (await conn.execute(query)).all()
    # Unpacked, and no enum called: there may be a hundred thousand of them.
    return [
        WatchRow(
            watch_id=watch_id,
            task_key=key,
            account=account,
            task_id=task_id,
            state=_STATES[state],
            progress=progress,
            standing=_STANDINGS[standing],
            added_at=begun_at,
            changed_at=changed_at,
        )
        for (
            watch_id,
            key,
            account,
            task_id,
            state,
            progress,
            standing,
            begun_at,
            changed_at,
        ) in found
    ]


async def _closed(
    conn: AsyncConnection, since: int, limit: int
) -> list[tuple[int, TaskKey, bool]]:
    """List (number, task, whether it is watched anew)."""
    query = (
        select(closed.c.seq, closed.c.task_key, watches.c.watch_id)
        .outerjoin(watches, watches.c.task_key == closed.c.task_key)
        .where(closed.c.seq > since)
        .order_by(closed.c.seq)
        .limit(limit)
    )
    found = await conn.execute(query)
    return [(r.seq, TaskKey(r.task_key), r.watch_id is not None) for r in found]


async def _record_steps(conn: AsyncConnection, steps: Iterable[Transition]) -> None:
    """Move percents forward; the hot path of every batch, so the driver's own."""
    text, names, fixed = _step_text(conn.dialect)
    moved = []
    for step in sorted(steps, key=lambda step: step.task_key):
        if step.progress is not None:
            at = microseconds(step.at)
            row = fixed | {"at_key": step.task_key, "percent": step.progress, "at": at}
            moved.append(tuple(row[name] for name in names))
    if moved:
        await conn.exec_driver_sql(text, moved)


@lru_cache(maxsize=4)  # engines; a program has one
def _step_text(dialect: Dialect) -> tuple[str, Sequence[str], dict[str, Any]]:
    """Write the statement out for a driver: its text, its values' order, the fixed."""
    ready = _STEP.compile(dialect=dialect)
    return str(ready), ready.positiontup or (), dict(ready.params)


_STEP: Final = (
    update(watches)
    .where(
        watches.c.task_key == bindparam("at_key"),
        func.coalesce(watches.c.progress, -1)
        < bindparam("percent", type_=watches.c.progress.type),
        *(watches.c.state != state.value for state in sorted(TERMINAL)),  # no IN here
    )
    .values(
        progress=bindparam("percent", type_=watches.c.progress.type),
        standing=Standing.FINE.value,
        version=watches.c.version + VERSION_STEP,
        changed_at=bindparam("at", type_=watches.c.changed_at.type),
    )
)
