"""Digests: tells of one place that go out in one message, and are settled as one."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, literal

from bot.domain.notification import Notification, NotificationId
from bot.domain.subscription import Receipt
from storage.tables import outbox
from storage.tell_rows import TellRows, Uploads


class DigestRows(TellRows):
    """See bot.ports.DigestMemory."""

    async def mark_digest(
        self,
        ids: Sequence[NotificationId],
        *,
        digest: NotificationId,
        at: datetime,
    ) -> None:
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
        await self._postpone(
            ids, until=until, reason=reason, counts=counts, clear_sending=clear_sending
        )

    async def split_digest(
        self, ids: Sequence[NotificationId], *, clear_sending: bool
    ) -> None:
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
        await self._settle(
            notes, receipt=receipt, uploads=uploads or {}, owed=owed, at=at
        )
