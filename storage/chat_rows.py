"""What chats asked for: settings, subscriptions, live cards, lists."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.subscription import (
    ChatSettings,
    Destination,
    Person,
    Receipt,
    StoredTask,
    Subscription,
    SubscriptionId,
    Watched,
)
from bot.domain.task import AccountId, TaskId, TaskKey
from bot.domain.transition import Tell
from bot.ports import Joined, LimitReached, Limits
from storage import rows
from storage.base import (
    fetch_tasks,
    in_chat,
    load_subscriptions,
    load_tasks,
    newest_version,
    select_subscriptions,
    write_tasks,
)
from storage.changes import begun_anew, ended
from storage.tables import (
    askers,
    chats,
    destinations,
    open_subscription,
    outbox,
    pending,
    subscriptions,
    tasks,
    unsifted,
    watches,
)
from storage.watch_rows import WatchRows

NOT_SHOWN: Final = -1  # card_version of a card that was never sent


class ChatRows(WatchRows):
    """See bot.ports.ChatMemory; what people looked at is in look_rows."""

    async def settings(self, destination: Destination) -> ChatSettings:
        query = select(chats.c.settings).where(
            chats.c.platform == destination.platform, chats.c.chat == destination.chat
        )
        async with self._db.read() as conn:
            return rows.settings_from(await conn.scalar(query))

    async def save_settings(
        self, destination: Destination, settings: ChatSettings
    ) -> None:
        row = {
            "platform": destination.platform,
            "chat": destination.chat,
            "settings": rows.settings_text(settings),
            "live_card": int(settings.live_card),
        }
        async with self._db.write() as conn:
            await self._db.upsert(conn, chats, row)

    async def subscribe(
        self,
        account: AccountId,
        task_id: TaskId,
        *,
        destination: Destination,
        person: Person | None,
        limits: Limits,
        at: datetime,
    ) -> Joined | LimitReached:
        async with self._db.write() as conn:
            place = await self._place(conn, destination)
            task = await self._obtain(conn, account, task_id, at)
            known = await open_one(conn, task.key, place)
            if full := await limit_reached(
                conn, destination, person, limits, known=known
            ):
                await conn.rollback()
                return full
            number = known.id if known else await begin(conn, task, place, at)
            await wanted(conn, [number] if known else [])
            added = await self._ask(conn, number, person)
            await self._wake(conn, task, at=at)
            joined = await open_one(conn, task.key, place)
        if joined is None:  # it was inserted above, in this transaction
            raise AssertionError(number)
        return Joined(subscription=joined, fresh=known is None, added=added)

    async def _place(self, conn: AsyncConnection, destination: Destination) -> int:
        """Find or make a destination, locked, so that its limit is counted once."""
        row = {
            "platform": destination.platform,
            "chat": destination.chat,
            "thread": destination.thread or "",
            "place": destination.place,
        }
        insert = self._db.insert(destinations).values(row)
        upsert = insert.on_conflict_do_update(
            index_elements=["platform", "chat", "thread"],
            set_={"place": destination.place},
        )
        found = await conn.execute(upsert.returning(destinations.c.id))
        return int(found.scalar_one())

    async def _ask(
        self,
        conn: AsyncConnection,
        number: SubscriptionId,
        person: Person | None,
        *,
        fed: bool = False,
    ) -> bool:
        """Put a person on the list; whether they were not on it.

        Who was `fed`, and asks now, has asked.
        """
        if person is None:
            return False
        mine = askers.c.subscription == number
        count = await conn.scalar(select(func.count()).where(mine)) or 0
        last = await conn.scalar(select(func.max(askers.c.position)).where(mine))
        insert = self._db.insert(askers).values(
            subscription=number,
            platform=person.platform,
            person=person.id,
            name=person.name,
            position=(last or 0) + 1,
            fed=int(fed),
        )
        again: dict[str, Any] = {"name": person.name} | ({} if fed else {"fed": 0})
        await conn.execute(
            insert.on_conflict_do_update(
                index_elements=["subscription", "platform", "person"], set_=again
            )
        )
        return count < (await conn.scalar(select(func.count()).where(mine)) or 0)

    async def _wake(
        self, conn: AsyncConnection, task: StoredTask, *, at: datetime
    ) -> None:
        """Have the task watched, or its end told if that is known already."""
        if ended(task):
            await self._tell(conn, [task.key], tell=Tell.ENDED, at=at)
            return
        if task.watched:
            return
        task = begun_anew(task)
        await write_tasks(conn, [task])
        await self._db.in_order(conn)
        row = rows.watch_row(task)
        row["task_key"] = row.pop("at_key")
        await conn.execute(watches.insert().values(**row, begun_at=at))

    async def unsubscribe(
        self, subscription: SubscriptionId, *, person: Person | None, at: datetime
    ) -> bool:
        mine = subscriptions.c.id == subscription
        async with self._db.write() as conn:
            key = await conn.scalar(select(subscriptions.c.task_key).where(mine))
            if key is None:
                return False
            await load_tasks(conn, [key], lock=True)
            if person and not await _take_off(conn, subscription, person):
                return False
            if not await self._end(conn, {subscription: key}, "unwatched", at):
                return False
            # Its card is shown once more, as one that nobody can stop.
            carded = update(subscriptions).where(
                mine, subscriptions.c.card.is_not(None)
            )
            await conn.execute(carded.values(live=1, card_version=NOT_SHOWN))
            return True

    async def _end(
        self,
        conn: AsyncConnection,
        ending: dict[SubscriptionId, TaskKey],
        reason: str,
        at: datetime,
    ) -> int:
        """End subscriptions at their chat's wish: nothing more is told there."""
        these = subscriptions.c.id.in_(ending)
        done = await conn.execute(
            update(subscriptions)
            .where(these, open_subscription)
            .values(ended_at=at, live=0)
        )
        await conn.execute(
            update(outbox)
            .where(outbox.c.subscription.in_(ending), pending)
            .values(state="dead", reason=reason, settled_at=at, leased_until=None)
        )
        await self._forget_unwanted(conn, ending.values(), at)
        return done.rowcount

    async def subscriptions(
        self, key: TaskKey, destination: Destination
    ) -> list[Subscription]:
        query = select_subscriptions().where(
            subscriptions.c.task_key == key, open_subscription, in_chat(destination)
        )
        async with self._db.read() as conn:
            return await load_subscriptions(conn, query.order_by(subscriptions.c.id))

    async def attach_card(
        self,
        subscription: SubscriptionId,
        receipt: Receipt,
        *,
        at: datetime,
        version: int | None = None,
    ) -> None:
        shown = newest_version() if version is None else version
        values = {"card": receipt, "card_version": shown, "shown_at": at, "sent_at": at}
        mine = subscriptions.c.id == subscription
        async with self._db.write() as conn:
            await conn.execute(update(subscriptions).where(mine).values(**values))
            # The ring was quicker than the door: this card too shrinks to one line.
            # And what was only heard so far, without a card, has one from now on.
            told, going = subscriptions.c.told == 1, subscriptions.c.ended_at.is_(None)
            await conn.execute(
                update(subscriptions).where(mine, or_(told, going)).values(live=1)
            )

    async def running(
        self, destination: Destination, *, limit: int, offset: int = 0
    ) -> tuple[list[Watched], int]:
        query = select_subscriptions().where(open_subscription, in_chat(destination))
        page = query.order_by(subscriptions.c.id.desc()).limit(limit).offset(offset)
        async with self._db.read() as conn:
            count = await _count(conn, query)
            found = await load_subscriptions(conn, page)
            known = await load_tasks(conn, (s.task_key for s in found))
        return [Watched(subscription=s, task=known[s.task_key]) for s in found], count

    async def recent(
        self, destination: Destination, *, limit: int, offset: int = 0
    ) -> tuple[list[StoredTask], int]:
        watched = (
            select(subscriptions.c.task_key)
            .join(destinations, destinations.c.id == subscriptions.c.destination)
            .where(in_chat(destination))
        )
        query = rows.select_tasks().where(
            tasks.c.key.in_(watched), tasks.c.ended_at.is_not(None)
        )
        latest = query.order_by(tasks.c.ended_at.desc(), tasks.c.key.desc())
        async with self._db.read() as conn:
            count = await _count(conn, query)
            found = await fetch_tasks(conn, latest.limit(limit).offset(offset))
        return found, count


async def _count(conn: AsyncConnection, query: Select[Any]) -> int:
    counted = query.with_only_columns(func.count(), maintain_column_froms=True)
    return int((await conn.execute(counted)).scalar_one())


async def open_one(
    conn: AsyncConnection, key: TaskKey, place: int
) -> Subscription | None:
    """Fetch the open subscription of a task and a place, if there is one."""
    query = select_subscriptions().where(
        subscriptions.c.task_key == key,
        subscriptions.c.destination == place,
        open_subscription,
    )
    found = await load_subscriptions(conn, query)
    return found[0] if found else None


async def begin(
    conn: AsyncConnection, task: StoredTask, place: int, at: datetime
) -> SubscriptionId:
    """Make a subscription; its card was never shown."""
    platform = select(destinations.c.platform).where(destinations.c.id == place)
    insert = subscriptions.insert().values(
        task_key=task.key,
        destination=place,
        platform=platform.scalar_subquery(),
        task_id=task.task_id,
        created_at=at,
        card_version=NOT_SHOWN,
        shown_at=at,
        told=0,
        live=1,
    )
    found = await conn.execute(insert.returning(subscriptions.c.id))
    return SubscriptionId(found.scalar_one())


async def wanted(conn: AsyncConnection, ids: Sequence[SubscriptionId]) -> None:
    """Let places hear of what they watch, whatever a feed would say."""
    if ids:
        held = subscriptions.c.id.in_(ids) & unsifted
        await conn.execute(update(subscriptions).where(held).values(sift=None))


async def limit_reached(
    conn: AsyncConnection,
    destination: Destination,
    person: Person | None,
    limits: Limits,
    *,
    known: Subscription | None,
) -> LimitReached | None:
    """Say whose limit is used up, if joining or beginning would go past it."""
    if known is None and limits.chat_watches:
        query = select_subscriptions().where(in_chat(destination), open_subscription)
        if await _count(conn, query) >= limits.chat_watches:
            return LimitReached(person=False, limit=limits.chat_watches)
    asked = known.askers if known else ()
    if person is None or not limits.person_watches:
        return None
    if person.key in {asker.key for asker in asked}:
        return None
    mine = (
        select_subscriptions()
        .join(askers, askers.c.subscription == subscriptions.c.id)
        .where(askers.c.platform == person.platform, askers.c.person == person.id)
        .where(open_subscription, askers.c.fed == 0)
    )
    if await _count(conn, mine) < limits.person_watches:
        return None
    return LimitReached(person=True, limit=limits.person_watches)


async def _take_off(
    conn: AsyncConnection, subscription: SubscriptionId, person: Person
) -> bool:
    """Take a person off the list; whether that left it empty."""
    mine = askers.c.subscription == subscription
    gone = await conn.execute(
        delete(askers).where(
            mine, askers.c.platform == person.platform, askers.c.person == person.id
        )
    )
    left = await conn.scalar(select(func.count()).where(mine))
    return gone.rowcount > 0 and not left
