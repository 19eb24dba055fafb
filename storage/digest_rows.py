"""Digests: tells of one place that go out in one message, and are settled as one."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, literal
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.notification import Notification, NotificationId
from bot.domain.subscription import Receipt
from bot.domain.transition import Tell
from storage.base import load_tasks
from storage.board_rows import scrolled
from storage.tables import outbox
from storage.tell_rows import TellRows, message_of

Uploads = Mapping[tuple[str, int], str]


class DigestRows(TellRows):
    """See bot.ports.DigestMemory."""

    async def mark_digest(
        self,
        ids: Sequence[NotificationId],
        *,
        digest: NotificationId,
        at: datetime,
    ) -> None:
        """Write down, before the call, that these are told together."""
        begun = literal(at, outbox.c.sending_since.type)
        since = func.coalesce(outbox.c.sending_since, begun)
        await self._change(ids, digest=digest, sending_since=since)

    async def postpone_digest(
        self,
        ids: Sequence[NotificationId],
        *,
        until: datetime,
        reason: str,
        counts: bool,
        clear_sending: bool,
    ) -> None:
        """As `postpone` for each, in one transaction."""
        await self._postpone(
            ids, until=until, reason=reason, counts=counts, clear_sending=clear_sending
        )

    async def split_digest(
        self, ids: Sequence[NotificationId], *, clear_sending: bool
    ) -> None:
        """Let each be told alone again."""
        mark = {"sending_since": None} if clear_sending else {}
        await self._change(ids, digest=None, **mark)

    async def settle_digest(
        self,
        notes: Sequence[Notification],
        *,
        receipt: Receipt | None,
        uploads: Mapping[NotificationId, Uploads] | None = None,
        owed: Collection[NotificationId] = (),
        at: datetime,
    ) -> None:
        """Told: as `settle` for each, in one transaction."""
        async with self._db.write() as conn:
            await load_tasks(conn, [note.task.key for note in notes], lock=True)
            for note in notes:
                await self._delivered(conn, note, receipt, at)
                await self._keep_uploads(conn, note, (uploads or {}).get(note.id, {}))
                if note.id in owed:
                    await self._owe_of_digest(conn, note, receipt, at)
                if note.tell.final:
                    await self._end_told(conn, note, at)
            if notes[0].tell is not Tell.AMEND:
                await scrolled(conn, notes[0].id)

    async def _owe_of_digest(
        self,
        conn: AsyncConnection,
        note: Notification,
        receipt: Receipt | None,
        at: datetime,
    ) -> None:
        row = await message_of(conn, note, receipt)
        await self._owe(conn, row | {"digest": note.digest}, at)
