"""Boards: places with many running tasks, and the one message that lists them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    String,
    cast,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.board import BOARD_LINES, CARDS_MOST, SCROLLED_MOST, Board
from bot.domain.notification import NotificationId
from bot.domain.subscription import Destination, Platform, Receipt
from bot.domain.task import TERMINAL, TaskKey
from bot.domain.transition import Tell
from storage import rows
from storage.base import Rows, confirmed, free_of, load_tasks
from storage.tables import (
    boards,
    chats,
    destinations,
    live_card,
    open_subscription,
    outbox,
    pending,
    sifted,
    subscriptions,
    watches,
)

_NAMED_ANEW: Final = timedelta(seconds=1)
_BETWEEN: Final = "/"  # version and face, in the one column `shown`


class BoardRows(Rows):
    """See bot.ports.BoardMemory."""

    async def stale_boards(
        self,
        platform: Platform,
        *,
        limit: int,
        busy: Sequence[Destination] = (),
        at: datetime,
    ) -> list[Board]:
        await self._begin_boards(platform, at)
        query = _stale(platform)
        if busy:
            query = query.where(free_of(busy))
        async with self._db.read() as conn:
            found = list(await conn.execute(query.limit(limit)))
            return [await _board(conn, row) for row in found]

    async def _begin_boards(self, platform: Platform, at: datetime) -> None:
        """Give a board to each place that has become busy; seldom, so look first."""
        crowded = _crowded(platform)
        async with self._db.read() as conn:
            places = list(await conn.scalars(crowded))
        if not places:
            return
        async with self._db.write() as conn:
            for place in places:
                row = {"destination": place, "shown": "", "below": 0}
                row |= {"shown_at": at, "sent_at": at}
                insert = self._db.insert(boards).values(row)
                await conn.execute(insert.on_conflict_do_nothing())

    async def board_shown(
        self,
        board: Board,
        *,
        receipt: Receipt | None,
        face: str,
        at: datetime,
        posted: bool = False,
    ) -> None:
        fresh: dict[str, Any] = {
            "receipt": receipt,
            "shown": f"{board.version}{_BETWEEN}{face}" if face else "",
            "shown_at": at,
        }
        if posted:
            # It names the next posting in whole seconds, so it never stays the same.
            anew = max(at, board.since + _NAMED_ANEW)
            fresh |= {"sent_at": anew, "below": 0}
        same = boards.c.receipt.is_not_distinct_from(board.receipt)
        mine = boards.c.destination == board.place
        async with self._db.write() as conn:
            await conn.execute(update(boards).where(mine, same).values(**fresh))

    async def close_board(self, board: Board) -> None:
        mine = boards.c.destination == board.place
        async with self._db.write() as conn:
            await conn.execute(delete(boards).where(mine))

    async def take_board(
        self, destination: Destination, *, notes: Sequence[NotificationId] = ()
    ) -> Receipt | None:
        mine = boards.c.destination == _place_of(destination)
        async with self._db.write() as conn:
            query = select(boards.c.receipt).where(mine)
            found: str | None = await conn.scalar(query.with_for_update())
            taken = {"receipt": None, "shown": "", "below": 0}
            await conn.execute(update(boards).where(mine).values(**taken))
            taker = outbox.c.id.in_(notes)
            await conn.execute(update(outbox).where(taker).values(message=found))
        return Receipt(found) if found else None

    async def has_board(self, destination: Destination) -> bool:
        mine = _place_of(destination)
        held = select(boards.c.destination).where(boards.c.destination == mine)
        crowded = _crowded(destination.platform)
        async with self._db.read() as conn:
            if await conn.scalar(held) is not None:
                return True
            crowd = crowded.where(subscriptions.c.destination == mine)
            return await conn.scalar(crowd) is not None

    async def sink_board(self, destination: Destination, messages: int) -> None:
        mine = boards.c.destination == _place_of(destination)
        async with self._db.read() as conn:  # most places have none to write to
            if await conn.scalar(select(boards.c.below).where(mine)) is None:
                return
        lower = update(boards).where(mine).values(below=boards.c.below + messages)
        async with self._db.write() as conn:
            await conn.execute(lower)


async def scrolled(conn: AsyncConnection, notification: int) -> None:
    """Count a message of ours that went below its place's board."""
    place = select(outbox.c.destination).where(outbox.c.id == notification)
    mine = boards.c.destination == place.scalar_subquery()
    await conn.execute(update(boards).where(mine).values(below=boards.c.below + 1))


def on_board() -> ColumnElement[bool]:
    """Whether a subscription's place has a board; join `boards` first."""
    return boards.c.destination.is_not(None)


def _place_of(destination: Destination) -> ScalarSelect[int]:
    return (
        select(destinations.c.id)
        .where(
            destinations.c.platform == destination.platform,
            destinations.c.chat == destination.chat,
            destinations.c.thread == (destination.thread or ""),
        )
        .scalar_subquery()
    )


def _runs() -> ColumnElement[bool]:
    return watches.c.state.not_in(sorted(TERMINAL))


def _crowded(platform: Platform) -> Select[Any]:
    """Places without a board that have more running live cards than a chat bears.

    The inner question reads one small index; nearly always it leaves nothing.
    """
    many = (
        select(subscriptions.c.destination)
        .where(open_subscription)
        .group_by(subscriptions.c.destination)
        .having(func.count() > CARDS_MOST)
    )
    held = select(boards.c.destination)
    return (
        select(subscriptions.c.destination)
        .join(watches, watches.c.task_key == subscriptions.c.task_key)
        .join(destinations, destinations.c.id == subscriptions.c.destination)
        .outerjoin(chats, rows.settings_of_destination())
        .where(open_subscription, live_card, sifted, _runs(), confirmed())
        .where(subscriptions.c.platform == platform)
        .where(subscriptions.c.destination.in_(many))
        .where(subscriptions.c.destination.not_in(held))
        .where(func.coalesce(chats.c.live_card, 1) == 1)
        .group_by(subscriptions.c.destination)
        .having(func.count() > CARDS_MOST)
    )


def _stale(platform: Platform) -> Select[Any]:
    """Boards whose version is not the one they show, or that have scrolled away."""
    now = (
        select(
            subscriptions.c.destination,
            func.count().label("running"),
            func.max(subscriptions.c.id).label("newest"),
            func.sum(watches.c.version).label("versions"),
        )
        .join(watches, watches.c.task_key == subscriptions.c.task_key)
        .where(open_subscription, sifted, _runs())
        .where(subscriptions.c.destination.in_(select(boards.c.destination)))
        .group_by(subscriptions.c.destination)
        .subquery()
    )
    wanted = func.coalesce(chats.c.live_card, 1)
    running = func.coalesce(now.c.running, 0) * wanted
    version = _joined(running, now.c.newest, now.c.versions)
    # The face follows the version: what is old begins otherwise.
    shown = boards.c.shown.startswith(version + _BETWEEN)
    over = (func.coalesce(now.c.running, 0) == 0) & _untold()
    scrolled_away = boards.c.receipt.is_not(None) & (boards.c.below >= SCROLLED_MOST)
    return (
        select(
            boards,
            running.label("running"),
            version.label("version"),
            chats.c.settings,
            *rows.DESTINATION,
        )
        .join(destinations, destinations.c.id == boards.c.destination)
        .outerjoin(now, now.c.destination == boards.c.destination)
        .outerjoin(chats, rows.settings_of_destination())
        .where(destinations.c.platform == platform, confirmed())
        .where(or_(~shown, scrolled_away), ~over)
        .order_by(boards.c.shown_at)
    )


def _untold() -> ColumnElement[bool]:
    """Whether an end waits to be told; if its try is unsure it may need the board."""
    return exists().where(
        outbox.c.destination == boards.c.destination,
        outbox.c.tell != Tell.AMEND,
        pending,
    )


def _joined(*numbers: ColumnElement[Any]) -> ColumnElement[str]:
    joined: ColumnElement[str] = literal("")
    for number in numbers:
        joined = joined + cast(func.coalesce(number, 0), String) + "."
    return joined


async def _board(conn: AsyncConnection, row: Row[Any]) -> Board:
    _, _, face = row.shown.partition(_BETWEEN)
    keys = await _newest(conn, row.destination) if row.running else []
    known = await load_tasks(conn, keys)
    return Board(
        place=row.destination,
        destination=rows.destination(row),
        settings=rows.settings_from(row.settings),
        running=row.running,
        tasks=tuple(known[key] for key in keys),
        version=row.version,
        receipt=Receipt(row.receipt) if row.receipt else None,
        face=face,
        shown_at=row.shown_at,
        since=row.sent_at,
        below=row.below,
    )


async def _newest(conn: AsyncConnection, place: int) -> list[TaskKey]:
    query = (
        select(subscriptions.c.task_key)
        .join(watches, watches.c.task_key == subscriptions.c.task_key)
        .where(subscriptions.c.destination == place, open_subscription)
        .where(sifted, _runs())
        .order_by(subscriptions.c.id.desc())
        .limit(BOARD_LINES)
    )
    return [TaskKey(key) for key in await conn.scalars(query)]
