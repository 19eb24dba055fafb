"""The outbox: tries, and what came of them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, case, func, literal, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.notification import Notification, NotificationId
from bot.domain.subscription import Receipt, SubscriptionId
from bot.domain.transition import Tell
from storage.base import ended, load_tasks
from storage.board_rows import scrolled
from storage.tables import outbox, pending, subscriptions, uploads
from storage.watch_rows import Outgoing

Uploads = Mapping[tuple[str, int], str]
# Nobody waits there any more, or it was told in another way.
_EXPECTED: Final = ("blocked", "gone", "message_gone", "overtaken", "restored")
FINAL: Final = tuple(tell for tell in Tell if tell.final)


class TellRows(Outgoing):
    """See bot.ports.TellMemory and DigestMemory; leases are in lease_rows."""

    async def mark_sending(
        self, ids: Sequence[NotificationId], *, at: datetime
    ) -> None:
        await self._change(ids, sending_since=_since(at))

    async def mark_digest(
        self,
        ids: Sequence[NotificationId],
        *,
        digest: NotificationId,
        at: datetime,
    ) -> None:
        await self._change(ids, digest=digest, sending_since=_since(at))

    async def split_digest(
        self, ids: Sequence[NotificationId], *, clear_sending: bool
    ) -> None:
        mark = {"sending_since": None} if clear_sending else {}
        await self._change(ids, digest=None, **mark)

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
        await self.settle_digest(
            [note],
            receipt=receipt,
            uploads={note.id: uploads or {}},
            owed=[note.id] if picture_owed else [],
            at=at,
        )

    async def settle_digest(
        self,
        notes: Sequence[Notification],
        *,
        receipt: Receipt | None,
        uploads: Mapping[NotificationId, Uploads] | None = None,
        owed: Collection[NotificationId] = (),
        at: datetime,
    ) -> None:
        made = uploads or {}
        async with self._db.write() as conn:
            if not self._db.is_sqlite:  # which has one writer anyway
                await load_tasks(conn, [note.task.key for note in notes], lock=True)
            await self._delivered(conn, notes, receipt, at)
            for note in notes:
                await self._keep_uploads(conn, note, made.get(note.id, {}))
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
        await self.postpone_digest(
            [note],
            until=until,
            reason=reason,
            counts=counts,
            clear_sending=clear_sending,
        )

    async def postpone_digest(
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

    async def _change(self, ids: Sequence[NotificationId], **values: object) -> None:
        if not ids:
            return
        async with self._db.write() as conn:
            mine = outbox.c.id.in_(ids)
            await conn.execute(update(outbox).where(mine, pending).values(**values))

    async def dead_letters(self, since: datetime) -> int:
        query = select(func.count()).where(
            outbox.c.state == "dead",
            outbox.c.settled_at >= since,
            outbox.c.reason.not_in(_EXPECTED),
        )
        async with self._db.read() as conn:
            return await conn.scalar(query) or 0

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


def _since(at: datetime) -> ColumnElement[datetime]:
    """When a try began; of one that is unsure that stays."""
    begun = literal(at, outbox.c.sending_since.type)
    return func.coalesce(outbox.c.sending_since, begun)


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
