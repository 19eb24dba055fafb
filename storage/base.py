"""What the parts of the Store share: reading tasks, ending watches, finding chats."""

import asyncio
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.aging import AGING
from bot.domain.subscription import (
    Destination,
    Person,
    StoredTask,
    Subscription,
    SubscriptionId,
)
from bot.domain.task import TaskKey
from bot.ports import Clock
from storage import rows
from storage.database import Database
from storage.tables import (
    askers,
    closed,
    destinations,
    facts,
    open_subscription,
    subscriptions,
    tasks,
    watches,
)

RESTORED: Final = "store.restored_at"  # the fact that holds all tells back
FAREWELL: Final = f"{AGING}farewell:"  # begins the name of a fact for each
_PORTION: Final = 1000  # keys in one statement; both engines end near 32,000

T = TypeVar("T")


class Rows:
    """A part of the Store over one database."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock
        self._recording = asyncio.Lock()


def portions(items: Iterable[T]) -> Iterator[list[T]]:
    """Cut into lists that one statement can take."""
    rest = iter(items)
    while portion := list(islice(rest, _PORTION)):
        yield portion


async def load_tasks(
    conn: AsyncConnection, keys: Iterable[TaskKey], *, lock: bool = False
) -> dict[TaskKey, StoredTask]:
    """Fetch tasks; with `lock` nobody else changes them until the commit.

    Locks are taken in the order of keys, so that two writers never wait crosswise.
    """
    found: dict[TaskKey, StoredTask] = {}
    for portion in portions(sorted(set(keys))):
        query = rows.select_tasks().where(tasks.c.key.in_(portion))
        found |= {t.key: t for t in await fetch_tasks(conn, query, lock=lock)}
    return found


async def fetch_tasks(
    conn: AsyncConnection, query: Select[Any], *, lock: bool = False
) -> list[StoredTask]:
    """Run a query built on `rows.select_tasks`."""
    if lock:
        # "No key update": rows that point at a task may be inserted meanwhile.
        query = query.order_by(tasks.c.key)
        query = query.with_for_update(of=tasks, key_share=True)
    return [rows.stored_task(row) for row in await conn.execute(query)]


async def write_tasks(
    conn: AsyncConnection,
    changed: Sequence[StoredTask],
    *,
    closing: Container[TaskKey] = (),
) -> None:
    """Write tasks and what their watches show of them, if they are not to end now."""
    if not changed:
        return
    columns = ("state", "snapshot", "standing", "version")
    instants = ("changed_at", "looked_at", "ended_at")
    await conn.execute(
        update(tasks)
        .where(tasks.c.key == bindparam("at_key"))
        .values({name: bindparam(name) for name in columns + instants}),
        [rows.task_row(task) for task in changed],
    )
    going_on = [task for task in changed if task.watched and task.key not in closing]
    if watched := [rows.watch_row(task) for task in going_on]:
        await conn.execute(
            update(watches)
            .where(watches.c.task_key == bindparam("at_key"))
            .values({n: bindparam(n) for n in watched[0] if n != "at_key"}),
            watched,
        )


async def load_subscriptions(
    conn: AsyncConnection, query: Select[Any]
) -> list[Subscription]:
    """Run a query built on `select_subscriptions`; names the askers too."""
    found = list(await conn.execute(query))
    asked = await load_askers(conn, [row.id for row in found])
    return [rows.subscription(row, asked[row.id]) for row in found]


def select_subscriptions() -> Select[Any]:
    """Select subscriptions with their destinations."""
    return select(subscriptions, *rows.DESTINATION[1:]).join(
        destinations, destinations.c.id == subscriptions.c.destination
    )


async def load_askers(
    conn: AsyncConnection, ids: Iterable[SubscriptionId]
) -> dict[SubscriptionId, list[Person]]:
    """Name those who asked, in the order in which they did."""
    found: dict[SubscriptionId, list[Person]] = defaultdict(list)
    for portion in portions(ids):
        query = select(askers).where(askers.c.subscription.in_(portion))
        for row in await conn.execute(query.order_by(askers.c.position)):
            found[SubscriptionId(row.subscription)].append(rows.person(row))
    return found


def newest_version() -> ColumnElement[int]:
    """The version of a subscription's task; of a watched one that row is not even read."""
    hot = select(watches.c.version).where(
        watches.c.task_key == subscriptions.c.task_key
    )
    cold = select(tasks.c.version).where(tasks.c.key == subscriptions.c.task_key)
    return func.coalesce(
        hot.correlate(subscriptions).scalar_subquery(),
        cold.correlate(subscriptions).scalar_subquery(),
    )


def in_chat(destination: Destination) -> ColumnElement[bool]:
    """All threads of the destination's chat."""
    return and_(
        destinations.c.platform == destination.platform,
        destinations.c.chat == destination.chat,
    )


def free_of(busy: Sequence[Destination]) -> ColumnElement[bool]:
    """Chats that are not busy; all busy ones are of one platform."""
    return destinations.c.chat.not_in({place.chat for place in busy})


def confirmed() -> ColumnElement[bool]:
    """Whether nothing waits for the operator's word after a restore."""
    return ~exists().where(facts.c.name == RESTORED)


class Endings(Rows):
    """Ends watches, and tells when nobody waits for a task any more."""

    async def _forget_unwanted(
        self, conn: AsyncConnection, keys: Iterable[TaskKey], at: datetime
    ) -> None:
        """End the watches of tasks that no open subscription waits for.

        Those of ended tasks are the watcher's to end: what such a task showed late
        still amends the message that told its end. The tasks must be locked.
        """
        wanted: set[TaskKey] = set()
        keys = set(keys)
        for portion in portions(keys):
            query = select(subscriptions.c.task_key).where(
                subscriptions.c.task_key.in_(portion), open_subscription
            )
            wanted |= set(await conn.scalars(query))
        unwanted = await load_tasks(conn, keys - wanted)
        closing = {
            key: task
            for key, task in unwanted.items()
            if task.watched and not ended(task)
        }
        # What only the watches knew goes to the tasks.
        await write_tasks(conn, list(closing.values()), closing=closing)
        await self._close(conn, closing, at)

    async def _close(
        self, conn: AsyncConnection, found: dict[TaskKey, StoredTask], at: datetime
    ) -> None:
        """End the watches of tasks that are written with what these knew."""
        keys = [task.key for task in found.values() if task.watched]
        if not keys:
            return
        await self._db.in_order(conn)
        for portion in portions(keys):
            await conn.execute(delete(watches).where(watches.c.task_key.in_(portion)))
        await conn.execute(
            closed.insert(), [{"task_key": key, "at": at} for key in keys]
        )


def ended(task: StoredTask) -> bool:
    """Whether the relay has shown the end of a task."""
    return task.snapshot is not None and task.snapshot.terminal
