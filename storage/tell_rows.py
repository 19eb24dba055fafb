"""The outbox: leases, tries, and what came of them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    case,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.notification import Notification, NotificationId
from bot.domain.subscription import (
    Destination,
    Person,
    Platform,
    Receipt,
    StoredTask,
    SubscriptionId,
)
from bot.domain.transition import Tell
from storage import rows
from storage.base import confirmed, ended, free_of, load_askers, load_tasks
from storage.board_rows import scrolled
from storage.tables import (
    chats,
    destinations,
    outbox,
    pending,
    subscriptions,
    unsifted,
    uploads,
)
from storage.watch_rows import Outgoing

# What was put off for longer was so, as a rule, by a clock that was wrong.
_PUT_OFF_MOST: Final = timedelta(minutes=10)
Uploads = Mapping[tuple[str, int], str]
FINAL: Final = tuple(tell for tell in Tell if tell.final)


class TellRows(Outgoing):
    """See bot.ports.TellMemory; live cards are in card_rows."""

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

    async def mark_sending(
        self, ids: Sequence[NotificationId], *, at: datetime
    ) -> None:
        """Write down, before the call, that a try begins; an unsure one stays."""
        begun = literal(at, outbox.c.sending_since.type)
        since = func.coalesce(outbox.c.sending_since, begun)
        await self._change(ids, sending_since=since)

    async def keep_message(
        self, ids: Sequence[NotificationId], message: Receipt
    ) -> None:
        await self._change(ids, message=message)

    async def settle(
        self,
        note: Notification,
        *,
        receipt: Receipt | None,
        uploads: Uploads | None = None,
        picture_owed: bool = False,
        at: datetime,
    ) -> None:
        await self._settle(
            [note],
            receipt=receipt,
            uploads={note.id: uploads or {}},
            owed=[note.id] if picture_owed else [],
            at=at,
        )

    async def _settle(
        self,
        notes: Sequence[Notification],
        *,
        receipt: Receipt | None,
        uploads: Mapping[NotificationId, Uploads],
        owed: Collection[NotificationId],
        at: datetime,
    ) -> None:
        """Settle what one message tells, each statement for all of it."""
        async with self._db.write() as conn:
            if not self._db.is_sqlite:  # which has one writer anyway
                await load_tasks(conn, [note.task.key for note in notes], lock=True)
            await self._delivered(conn, notes, receipt, at)
            for note in notes:
                await self._keep_uploads(conn, note, uploads.get(note.id, {}))
            late = [note for note in notes if note.id in owed]
            await self._owe(conn, await _messages_of(conn, late, receipt), at)
            if notes[0].tell is not Tell.AMEND:
                await scrolled(conn, notes[0].id)
            await self._end_told(conn, [n for n in notes if n.tell.final], at)

    async def _delivered(
        self,
        conn: AsyncConnection,
        notes: Sequence[Notification],
        receipt: Receipt | None,
        at: datetime,
    ) -> None:
        mine = outbox.c.id.in_([note.id for note in notes])
        # An amendment asked for meanwhile has another beginning, and stays pending.
        begun = [(note.id, note.created_at) for note in notes]
        same = tuple_(outbox.c.id, outbox.c.created_at).in_(begun)
        settled = {"state": "delivered", "receipt": receipt, "settled_at": at}
        lease = {"leased_until": None, "sending_since": None}
        done = update(outbox).where(mine, same).values(**settled, **lease)
        if (await conn.execute(done)).rowcount < len(notes):
            await conn.execute(update(outbox).where(mine).values(**lease))

    async def _keep_uploads(
        self, conn: AsyncConnection, note: Notification, made: Uploads
    ) -> None:
        mine = {"task_key": note.task.key, "platform": note.destination.platform}
        for (kind, position), file_id in made.items():
            place = {"kind": kind, "position": position, "file_id": file_id}
            await self._db.upsert(conn, uploads, mine | place)

    async def _end_told(
        self, conn: AsyncConnection, notes: Sequence[Notification], at: datetime
    ) -> None:
        """End subscriptions whose last message is out; their cards shrink once more."""
        if not notes:
            return
        await self._end_heard(conn, [note.subscription for note in notes], at, told=1)
        # The watch of a task that has ended is the watcher's to end.
        keys = [note.task.key for note in notes if not ended(note.task)]
        if keys:
            await self._forget_unwanted(conn, keys, at)

    async def _end_heard(
        self,
        conn: AsyncConnection,
        numbers: Sequence[SubscriptionId],
        at: datetime,
        **also: int,
    ) -> None:
        """End subscriptions; what else they waited to hear is out of date.

        No card is made any more where there is none.
        """
        has_card = subscriptions.c.card.is_not(None)
        await conn.execute(
            update(subscriptions)
            .where(subscriptions.c.id.in_(numbers))
            .values(
                ended_at=func.coalesce(
                    subscriptions.c.ended_at, literal(at, subscriptions.c.ended_at.type)
                ),
                live=case((has_card, subscriptions.c.live), else_=0),
                **also,
            )
        )
        await conn.execute(
            update(outbox)
            .where(outbox.c.subscription.in_(numbers), pending)
            .where(outbox.c.tell != Tell.AMEND)
            .values(state="dead", reason="overtaken", settled_at=at)
        )

    async def postpone(
        self,
        note: NotificationId,
        *,
        until: datetime,
        reason: str,
        counts: bool = True,
        clear_sending: bool = True,
    ) -> None:
        await self._postpone(
            [note],
            until=until,
            reason=reason,
            counts=counts,
            clear_sending=clear_sending,
        )

    async def _postpone(
        self,
        ids: Sequence[NotificationId],
        *,
        until: datetime,
        reason: str,
        counts: bool,
        clear_sending: bool,
    ) -> None:
        values: dict[str, Any] = {
            "due_at": until,
            "leased_until": None,
            "reason": reason,
            "attempts": outbox.c.attempts + int(counts),
        }
        if clear_sending:
            values["sending_since"] = None
        await self._change(ids, **values)

    async def release(
        self, ids: Sequence[NotificationId], *, clear_sending: bool
    ) -> None:
        marks: dict[str, Any] = {"sending_since": None} if clear_sending else {}
        await self._change(ids, leased_until=None, **marks)

    async def reclaim(self) -> None:
        taken = outbox.c.leased_until.is_not(None)
        now = self._clock.now()
        far = outbox.c.due_at > now + _PUT_OFF_MOST
        mine = update(outbox).where(pending)
        async with self._db.write() as conn:
            await conn.execute(mine.where(taken).values(leased_until=None))
            await conn.execute(mine.where(far).values(due_at=now))

    async def _change(self, ids: Sequence[NotificationId], **values: object) -> None:
        if not ids:
            return
        async with self._db.write() as conn:
            mine = outbox.c.id.in_(ids)
            await conn.execute(update(outbox).where(mine, pending).values(**values))

    async def give_up(self, note: NotificationId, *, reason: str, at: datetime) -> None:
        mine = outbox.c.id == note
        query = select(outbox.c.task_key, outbox.c.subscription, outbox.c.tell)
        async with self._db.write() as conn:
            row = (await conn.execute(query.where(mine, pending))).first()
            if row is None:
                return
            await load_tasks(conn, [row.task_key], lock=True)
            dead = {"state": "dead", "reason": reason, "settled_at": at}
            dead |= {"leased_until": None}
            await conn.execute(update(outbox).where(mine).values(**dead))
            if Tell(row.tell).final:
                await self._end_heard(conn, [row.subscription], at)
                await self._forget_unwanted(conn, [row.task_key], at)

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


async def _messages_of(
    conn: AsyncConnection, notes: Sequence[Notification], receipt: Receipt | None
) -> list[dict[str, Any]]:
    """Describe the messages whose pictures are owed."""
    if not notes:
        return []
    columns = ("platform", "destination", "subscription", "task_key", "digest")
    shown = {note.id: receipt or note.message for note in notes}
    query = select(outbox.c.id, *(outbox.c[name] for name in columns))
    found = await conn.execute(query.where(outbox.c.id.in_(shown)))
    return [
        dict(zip(columns, values, strict=True)) | {"message": shown[number]}
        for number, *values in found
    ]


async def _notifications(
    conn: AsyncConnection, ids: Sequence[int]
) -> list[Notification]:
    """Load all that a card needs, a few statements for the whole batch."""
    query = (
        select(
            outbox,
            subscriptions.c.card,
            chats.c.settings,
            *rows.DESTINATION[1:],
        )
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
