"""Small facts with a name, and upkeep."""

import asyncio
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Table,
    delete,
    exists,
    func,
    select,
    type_coerce,
    update,
)

from bot.domain.aging import AGING, dating
from bot.domain.subscription import silent_fact
from bot.domain.task import AccountId
from bot.errors import StoreError
from storage.base import Rows
from storage.tables import (
    closed,
    facts,
    looks,
    outbox,
    pending,
    subscriptions,
    tasks,
    updates,
    uploads,
    watches,
)

_PROBE: Final = "store.probe"
_PROBE_SECONDS: Final = 5.0


class NoteRows(Rows):
    """See bot.ports.NoteMemory."""

    async def fact(self, name: str) -> str | None:
        query = select(facts.c.value).where(facts.c.name == name)
        async with self._db.read() as conn:
            found: str | None = await conn.scalar(query)
        return found

    async def save_fact(self, name: str, value: str | None) -> None:
        async with self._db.write() as conn:
            if value is None:
                await conn.execute(delete(facts).where(facts.c.name == name))
                return
            await self._db.upsert(conn, facts, {"name": name, "value": value})

    async def silent_since(self, account: AccountId) -> datetime | None:
        since = await self.fact(silent_fact(account))
        return None if since is None else datetime.fromisoformat(since)

    async def writable(self) -> bool:
        """Whether a write succeeds now, down to the disk, and the last one did."""
        fact = {"name": _PROBE, "value": self._clock.now().isoformat()}
        try:
            async with asyncio.timeout(_PROBE_SECONDS):
                async with self._db.write(probing=True) as conn:
                    await self._db.upsert(conn, facts, fact)
        except (StoreError, TimeoutError):
            return False
        return not self._db.refuses

    async def set_back(self, by: timedelta) -> None:
        instants = (outbox.c.due_at, outbox.c.leased_until, outbox.c.sending_since)
        back = {each: _earlier(each, by) for each in instants}
        async with self._db.write() as conn:
            await conn.execute(update(outbox).where(pending).values(back))

    async def prune(self, *, before: datetime) -> int:
        gone = 0
        async with self._db.write() as conn:
            for table, old in _out_of_date(before):
                gone += (await conn.execute(delete(table).where(old))).rowcount
        return gone


def _earlier(instant: Column[Any], by: timedelta) -> ColumnElement[int]:
    """A stored instant less a span, null where it is null."""
    return type_coerce(instant, BigInteger) - by // timedelta(microseconds=1)


def _out_of_date(before: datetime) -> list[tuple[Table, ColumnElement[bool]]]:
    """What to delete, in an order in which nothing is left pointing nowhere."""
    settled = outbox.c.settled_at < before
    over = subscriptions.c.ended_at < before
    idle = _unused_since(before)
    forgotten = select(tasks.c.key).where(idle)
    aging = facts.c.name.startswith(AGING, autoescape=True)
    return [
        (facts, aging & (facts.c.value < dating(before))),
        (updates, updates.c.at < before),
        (closed, closed.c.at < before),
        (looks, looks.c.at < before),
        (outbox, settled),
        (subscriptions, over & ~exists().where(_is(outbox, "subscription"))),
        (uploads, uploads.c.task_key.in_(forgotten)),
        (tasks, idle),
    ]


def _unused_since(before: datetime) -> ColumnElement[bool]:
    """Tasks that nobody watches, waits for, is told of or has looked at."""
    used: list[Any] = [
        exists().where(table.c.task_key == tasks.c.key)
        for table in (watches, subscriptions, outbox, looks)
    ]
    last = func.coalesce(tasks.c.looked_at, tasks.c.changed_at)
    unused: ColumnElement[bool] = (last < before) & (tasks.c.changed_at < before)
    for use in used:
        unused &= ~use
    return unused


def _is(table: Table, column: str) -> ColumnElement[bool]:
    return table.c[column] == subscriptions.c.id
