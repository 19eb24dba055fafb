"""Leases: which tells are due, and the sole right to tell them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.notification import Notification, NotificationId
from bot.domain.subscription import (
    Destination,
    Person,
    Platform,
    StoredTask,
    SubscriptionId,
)
from bot.domain.transition import Tell
from storage import rows
from storage.base import Rows, confirmed, free_of, load_askers, load_tasks
from storage.tables import chats, destinations, outbox, pending, subscriptions, unsifted

# What was put off for longer was so, as a rule, by a clock that was wrong.
_PUT_OFF_MOST: Final = timedelta(minutes=10)


class LeaseRows(Rows):
    """See bot.ports.TellMemory."""

    async def lease(
        self,
        platform: Platform,
        *,
        now: datetime,
        limit: int,
        lease_for: timedelta,
        busy: Sequence[Destination] = (),
        crowd: int = 0,
    ) -> list[Notification]:
        due = _due(platform, now, busy).limit(limit)
        async with self._db.read() as conn:
            if not (await conn.execute(due.limit(1))).first():
                return []  # most turns find nothing: no write for that
        locked = due.with_for_update(of=outbox, skip_locked=True)
        async with self._db.write() as conn:
            ids = list(await conn.scalars(locked))
            if crowd and len(ids) == limit:  # else all that is due is there
                others = _crowd_of(_due(platform, now, busy), ids).limit(crowd)
                ids += list(await conn.scalars(others))
            ids += await _told_with(conn, ids)
            taken = outbox.c.id.in_(ids)
            until = {"leased_until": now + lease_for}
            await conn.execute(update(outbox).where(taken).values(**until))
            return await _notifications(conn, ids)

    async def reclaim(self) -> None:
        taken = outbox.c.leased_until.is_not(None)
        now = self._clock.now()
        far = outbox.c.due_at > now + _PUT_OFF_MOST
        mine = update(outbox).where(pending)
        async with self._db.write() as conn:
            await conn.execute(mine.where(taken).values(leased_until=None))
            await conn.execute(mine.where(far).values(due_at=now))

    async def next_due_at(self, platform: Platform) -> datetime | None:
        later = outbox.c.leased_until > outbox.c.due_at
        free_at = case((later, outbox.c.leased_until), else_=outbox.c.due_at)
        earliest = func.min(free_at, type_=outbox.c.due_at.type)
        query = select(earliest).where(outbox.c.platform == platform, pending)
        query = query.where(confirmed(), _heard())
        async with self._db.read() as conn:
            found: datetime | None = await conn.scalar(query)
        return found


async def _told_with(conn: AsyncConnection, ids: Sequence[int]) -> list[int]:
    """Name what else is in the same digests: that is due, too, and never split."""
    mine = outbox.c.id.in_(ids) & outbox.c.digest.is_not(None)
    together = list(await conn.scalars(select(outbox.c.digest).where(mine).distinct()))
    if not together:
        return []
    others = select(outbox.c.id).where(
        outbox.c.digest.in_(together), pending, outbox.c.id.not_in(ids)
    )
    return list(await conn.scalars(others))


def _due(platform: Platform, now: datetime, busy: Sequence[Destination]) -> Select[int]:
    free = or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= now)
    query = (
        select(outbox.c.id)
        .where(outbox.c.platform == platform, pending, outbox.c.due_at <= now, free)
        .where(confirmed(), _heard())
        .order_by(outbox.c.id)
    )
    if not busy:
        return query
    place = destinations.c.id == outbox.c.destination
    return query.join(destinations, place).where(free_of(busy))


def _heard() -> ColumnElement[bool]:
    """Whether the place is to hear of it: a feed's filter may be still to be asked."""
    return outbox.c.subscription.not_in(select(subscriptions.c.id).where(unsifted))


def _crowd_of(due: Select[int], ids: Sequence[int]) -> Select[int]:
    """Choose what else waits for the places of these, so that it is told with them."""
    named = outbox.alias()
    places = select(named.c.destination).where(named.c.id.in_(ids))
    return (
        due.where(outbox.c.destination.in_(places), outbox.c.id.not_in(ids))
        .where(outbox.c.tell != Tell.AMEND)
        .with_for_update(of=outbox, skip_locked=True)
    )


async def _notifications(
    conn: AsyncConnection, ids: Sequence[int]
) -> list[Notification]:
    """Load all that a card needs, a few statements for the whole batch."""
    query = (
        select(outbox, subscriptions.c.card, chats.c.settings, *rows.DESTINATION[1:])
        .join(subscriptions, subscriptions.c.id == outbox.c.subscription)
        .join(destinations, destinations.c.id == outbox.c.destination)
        .outerjoin(chats, rows.settings_of_destination())
        .where(outbox.c.id.in_(ids))
        .order_by(outbox.c.id)
    )
    found = list(await conn.execute(query))
    known = await load_tasks(conn, (row.task_key for row in found))
    asked = await load_askers(conn, {row.subscription for row in found})
    return [
        _notification(row, task=known[row.task_key], askers=asked[row.subscription])
        for row in found
    ]


def _notification(
    row: Row[Any], *, task: StoredTask, askers: Sequence[Person]
) -> Notification:
    return Notification(
        id=NotificationId(row.id),
        tell=Tell(row.tell),
        subscription=SubscriptionId(row.subscription),
        destination=rows.destination(row),
        task=task,
        askers=tuple(askers),
        settings=rows.settings_from(row.settings),
        created_at=row.created_at,
        attempts=row.attempts,
        sending_since=row.sending_since,
        card=row.card,
        message=row.message,
        digest=row.digest,
    )
