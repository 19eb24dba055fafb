"""Live cards, chats that move or end, uploads, updates."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    exists,
    func,
    or_,
    select,
    update,
)

from bot.domain.notification import LiveCard
from bot.domain.subscription import (
    Destination,
    Person,
    Platform,
    Receipt,
    StoredTask,
    SubscriptionId,
)
from bot.domain.task import TaskKey
from bot.ports import DOOR_TAKES
from storage import rows
from storage.base import (
    Rows,
    confirmed,
    free_of,
    load_askers,
    load_tasks,
    newest_version,
)
from storage.board_rows import on_board
from storage.tables import (
    boards,
    chats,
    destinations,
    live_card,
    open_subscription,
    outbox,
    sifted,
    subscriptions,
    updates,
    uploads,
)
from storage.tell_rows import FINAL


class CardRows(Rows):
    """See bot.ports.TellMemory."""

    async def stale_cards(
        self, platform: Platform, *, limit: int, busy: Sequence[Destination] = ()
    ) -> list[LiveCard]:
        query = _stale(platform, self._clock.now() - DOOR_TAKES)
        if busy:
            query = query.where(free_of(busy))
        async with self._db.read() as conn:
            found = list(await conn.execute(query.limit(limit)))
            known = await load_tasks(conn, (row.task_key for row in found))
            asked = await load_askers(conn, (row.id for row in found))
        return [
            _live_card(row, task=known[row.task_key], askers=asked[row.id])
            for row in found
        ]

    async def card_shown(
        self,
        subscription: SubscriptionId,
        *,
        version: int,
        receipt: Receipt | None,
        at: datetime,
        over: bool = False,
    ) -> None:
        mine = subscriptions.c.id == subscription
        async with self._db.write() as conn:
            await conn.execute(
                update(subscriptions)
                .where(mine, subscriptions.c.card.is_distinct_from(receipt))
                .values(sent_at=at, card=receipt)
            )
            shown: dict[str, Any] = {"card_version": version, "shown_at": at}
            await conn.execute(update(subscriptions).where(mine).values(**shown))
            shrunk = subscriptions.c.ended_at.is_not(None) & (_newest() <= version)
            done = mine if over or receipt is None else shrunk
            await conn.execute(update(subscriptions).where(mine, done).values(live=0))

    async def uploads(
        self, key: TaskKey, platform: Platform
    ) -> dict[tuple[str, int], str]:
        query = select(uploads).where(
            uploads.c.task_key == key, uploads.c.platform == platform
        )
        async with self._db.read() as conn:
            found = await conn.execute(query)
            return {(row.kind, row.position): row.file_id for row in found}

    async def save_upload(
        self,
        key: TaskKey,
        platform: Platform,
        *,
        kind: str,
        position: int,
        file_id: str,
    ) -> None:
        row = {"task_key": key, "platform": platform, "kind": kind}
        row |= {"position": position, "file_id": file_id}
        async with self._db.write() as conn:
            await self._db.upsert(conn, uploads, row)

    async def claim_update(
        self, platform: Platform, update_id: int, *, at: datetime
    ) -> bool:
        row = {"platform": platform, "update_id": update_id, "at": at}
        insert = self._db.insert(updates).values(row).on_conflict_do_nothing()
        async with self._db.write() as conn:
            made = await conn.execute(insert.returning(updates.c.update_id))
            return made.first() is not None


def _newest() -> ColumnElement[int]:
    """The version that a card should show: the task's, odd once the ring is out."""
    return newest_version() + subscriptions.c.told


def _stale(platform: Platform, sent_before: datetime) -> Select[Any]:
    waiting = exists().where(
        outbox.c.subscription == subscriptions.c.id,
        outbox.c.tell.in_(FINAL),
        outbox.c.state.in_(("pending", "suppressed")),
    )
    wanted = or_(
        subscriptions.c.card.is_not(None), subscriptions.c.created_at <= sent_before
    )
    # Beside a board there are no cards: what has one shrinks once, others get none.
    boarded = on_board() & open_subscription
    old = and_(subscriptions.c.card_version < _newest(), wanted, ~boarded)
    return (
        select(
            subscriptions,
            _newest().label("newest"),
            boarded.label("boarded"),
            chats.c.settings,
            *rows.DESTINATION[1:],
        )
        .join(destinations, destinations.c.id == subscriptions.c.destination)
        .outerjoin(chats, rows.settings_of_destination())
        .outerjoin(boards, boards.c.destination == subscriptions.c.destination)
        .where(subscriptions.c.platform == platform, live_card, sifted)
        .where(or_(old, boarded & subscriptions.c.card.is_not(None)))
        .where(func.coalesce(chats.c.live_card, 1) == 1)
        .where(~waiting, confirmed())
        .order_by(subscriptions.c.shown_at)
    )


def _live_card(
    row: Row[Any], *, task: StoredTask, askers: Sequence[Person]
) -> LiveCard:
    return LiveCard(
        subscription=SubscriptionId(row.id),
        destination=rows.destination(row),
        task=task,
        askers=tuple(askers),
        settings=rows.settings_from(row.settings),
        version=row.newest,
        receipt=row.card,
        sent_at=row.sent_at,
        told=bool(row.told),
        ended=row.ended_at is not None,
        boarded=bool(row.boarded),
    )
