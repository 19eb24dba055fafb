"""Feeds: made, renewed, found by their token's digest, and the watches they begin."""

import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.feed import Feed, FeedId
from bot.domain.subscription import Destination, Person, Platform, SubscriptionId
from bot.domain.task import AccountId, TaskId, TaskKey
from bot.ports import DOOR_TAKES, Joined, LimitReached, Limits, Unsifted
from storage import rows
from storage.base import in_chat
from storage.changes import ended
from storage.chat_rows import ChatRows, begin, limit_reached, open_one, wanted
from storage.tables import (
    askers,
    destinations,
    feeds,
    open_subscription,
    subscriptions,
    unsifted,
)


class FeedRows(ChatRows):
    """See bot.ports.FeedMemory."""

    async def make_feed(
        self,
        destination: Destination,
        person: Person,
        *,
        digest: str,
        groups: Sequence[str] = (),
        at: datetime,
    ) -> Feed:
        async with self._db.write() as conn:
            row = {
                "token_digest": digest,
                "destination": await self._place(conn, destination),
                "platform": person.platform,
                "person": person.id,
                "person_name": person.name,
                "groups": " ".join(groups),
            }
            renewed = ("token_digest", "person_name", "groups")
            fixed = {"name": "", "state_prefix": "", "action": "", "created_at": at}
            insert = self._db.insert(feeds).values(**row, **fixed)
            upsert = insert.on_conflict_do_update(
                index_elements=["destination", "platform", "person"],
                set_={name: row[name] for name in renewed},
            )
            number = (await conn.execute(upsert.returning(feeds.c.id))).scalar_one()
            mine = feeds.c.id == number
            await conn.execute(update(feeds).where(mine).values(name=f"feed{number}"))
            found = await conn.execute(_select().where(mine))
            return _feed(found.one())

    async def filter_feed(
        self, feed: FeedId, *, state_prefix: str, action: str
    ) -> None:
        wanted = {"state_prefix": state_prefix, "action": action}
        async with self._db.write() as conn:
            await conn.execute(update(feeds).where(feeds.c.id == feed).values(**wanted))

    async def remove_feed(self, feed: FeedId, destination: Destination) -> bool:
        here = select(destinations.c.id).where(in_chat(destination))
        mine = and_(feeds.c.id == feed, feeds.c.destination.in_(here))
        async with self._db.write() as conn:
            return (await conn.execute(delete(feeds).where(mine))).rowcount > 0

    async def feeds(self, destination: Destination) -> list[Feed]:
        query = _select().where(in_chat(destination)).order_by(feeds.c.id)
        async with self._db.read() as conn:
            return [_feed(row) for row in await conn.execute(query)]

    async def find_feed(self, digest: str) -> Feed | None:
        row = await self._one(_select().where(feeds.c.token_digest == digest))
        if row is None or not hmac.compare_digest(row.token_digest, digest):
            return None
        return _feed(row)

    async def feed(self, feed: FeedId) -> Feed | None:
        row = await self._one(_select().where(feeds.c.id == feed))
        return None if row is None else _feed(row)

    async def feed_named(self, name: str) -> Feed | None:
        row = await self._one(_select().where(feeds.c.name == name))
        return None if row is None else _feed(row)

    async def feed_digests(self) -> frozenset[str]:
        async with self._db.read() as conn:
            return frozenset(await conn.scalars(select(feeds.c.token_digest)))

    async def feed_used(self, feed: FeedId, *, at: datetime) -> None:
        async with self._db.write() as conn:
            mine = update(feeds).where(feeds.c.id == feed)
            await conn.execute(mine.values(used_at=at))

    async def subscribe_feed(
        self,
        account: AccountId,
        task_id: TaskId,
        *,
        feed: Feed,
        mention: Sequence[Person],
        limits: Limits,
        at: datetime,
    ) -> Joined | LimitReached | None:
        async with self._db.write() as conn:
            place = await self._place(conn, feed.destination)
            task = await self._obtain(conn, account, task_id, at)
            known = await open_one(conn, task.key, place)
            if known is None and ended(task) and await _was_here(conn, task.key, place):
                await conn.rollback()
                return None
            if full := await limit_reached(
                conn, feed.destination, None, limits, known=known
            ):
                await conn.rollback()
                return full
            since = at - DOOR_TAKES  # it has no door
            number = known.id if known else await begin(conn, task, place, since)
            unsure = known is None and feed.wants(task.snapshot) is None
            await _hold(conn, number, feed, unsure=unsure)
            added = [await self._ask(conn, number, p, fed=True) for p in mention]
            await self._wake(conn, task, at=at)
            joined = await open_one(conn, task.key, place)
        if joined is None:  # it was inserted above, in this transaction
            raise AssertionError(number)
        return Joined(subscription=joined, fresh=known is None, added=any(added))

    async def unsifted(self, *, limit: int) -> list[Unsifted]:
        query = (
            select(subscriptions.c.id, subscriptions.c.task_key, subscriptions.c.sift)
            .where(unsifted, open_subscription)
            .order_by(subscriptions.c.id)
            .limit(limit)
        )
        async with self._db.read() as conn:
            return [
                Unsifted(SubscriptionId(r.id), TaskKey(r.task_key), FeedId(r.sift))
                for r in await conn.execute(query)
            ]

    async def sifted(self, subscriptions: Sequence[SubscriptionId]) -> None:
        if subscriptions:
            async with self._db.write() as conn:
                await wanted(conn, subscriptions)

    async def watched_before(self, task_id: TaskId, destination: Destination) -> bool:
        here = (
            select(subscriptions.c.ended_at)
            .join(destinations, destinations.c.id == subscriptions.c.destination)
            .where(in_chat(destination), subscriptions.c.task_id == task_id)
            .where(destinations.c.thread == (destination.thread or ""))
        )
        async with self._db.read() as conn:
            found = list(await conn.scalars(here))
        return bool(found) and None not in found

    async def person_named(self, destination: Destination, name: str) -> Person | None:
        bare = name.removeprefix("@").lower()
        query = (
            select(*rows.ASKER)
            .join(subscriptions, subscriptions.c.id == askers.c.subscription)
            .join(destinations, destinations.c.id == subscriptions.c.destination)
            .where(in_chat(destination), askers.c.fed == 0)
            .where(func.lower(askers.c.name).in_([bare, f"@{bare}"]))
            .order_by(subscriptions.c.id.desc())
        )
        row = await self._one(query)
        return None if row is None else rows.person(row)

    async def _one(self, query: Select[Any]) -> Row[Any] | None:
        async with self._db.read() as conn:
            found: Row[Any] | None = (await conn.execute(query.limit(1))).first()
        return found


def _select() -> Select[Any]:
    """Select feeds with their destinations.

    The person's platform is the destination's, so that column is left out.
    """
    columns = [column for column in feeds.c if column.name != "platform"]
    return select(*columns, *rows.DESTINATION).join(
        destinations, destinations.c.id == feeds.c.destination
    )


def _feed(row: Row[Any]) -> Feed:
    platform = Platform(row.platform)
    return Feed(
        id=FeedId(row.id),
        name=row.name,
        destination=rows.destination(row),
        person=Person(platform=platform, id=row.person, name=row.person_name),
        state_prefix=row.state_prefix,
        action=row.action,
        created_at=row.created_at,
        used_at=row.used_at,
        groups=None if row.groups is None else tuple(row.groups.split()),
    )


async def _hold(
    conn: AsyncConnection, number: SubscriptionId, feed: Feed, *, unsure: bool
) -> None:
    """Hold a watch back that its feed is unsure of; let go what another one held."""
    mine = subscriptions.c.id == number
    others = mine & (subscriptions.c.sift != feed.id)
    value = feed.id if unsure else None
    held = update(subscriptions).where(mine if unsure else others)
    await conn.execute(held.values(sift=value))


async def _was_here(conn: AsyncConnection, key: TaskKey, place: int) -> bool:
    mine = (subscriptions.c.task_key == key) & (subscriptions.c.destination == place)
    over = exists().where(mine, ~open_subscription)
    return bool(await conn.scalar(select(over)))
