"""Chats that get another name, chats that are gone, tasks of another account."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.aging import dated, undated
from bot.domain.notification import Farewell
from bot.domain.subscription import Destination, Person, Platform, SubscriptionId
from bot.domain.task import AccountId, TaskId, TaskKey
from storage.base import FAREWELL, confirmed, in_chat, load_askers, load_tasks
from storage.chat_rows import NOT_SHOWN, ChatRows
from storage.tables import (
    boards,
    chats,
    destinations,
    facts,
    feeds,
    looks,
    open_subscription,
    outbox,
    subscriptions,
)


class MoveRows(ChatRows):
    """See bot.ports.TellMemory."""

    async def end_chat(
        self, destination: Destination, *, reason: str, at: datetime, name: str | None
    ) -> None:
        """End every subscription of a chat that is gone; with a thread: of that alone."""
        query = (
            select(subscriptions.c.id, subscriptions.c.task_key)
            .join(destinations, destinations.c.id == subscriptions.c.destination)
            .where(in_chat(destination), open_subscription)
        )
        if destination.thread:
            query = query.where(destinations.c.thread == destination.thread)
        async with self._db.write() as conn:
            found = (await conn.execute(query)).all()
            ending = {SubscriptionId(r.id): TaskKey(r.task_key) for r in found}
            known = await load_tasks(conn, ending.values(), lock=True)
            asked = await load_askers(conn, ending)
            await self._end(conn, ending, reason, at)
            if name is None:
                return
            wishes = [
                (person, known[key].task_id)
                for mine, key in sorted(ending.items())
                for person in asked[mine]
            ]
            for person, ids in _by_person(wishes).items():
                begun = f"{FAREWELL}{person.platform}:{min(ending)}:{person.id}"
                said = json.dumps([person.name, name, *ids], ensure_ascii=False)
                fact = {"name": begun, "value": dated(said, at)}
                await self._db.upsert(conn, facts, fact)

    async def farewells(self, platform: Platform) -> list[Farewell]:
        """List what people are still to be told alone."""
        mine = self._db.begins(facts.c.name, f"{FAREWELL}{platform}:")
        query = select(facts).where(mine, confirmed()).order_by(facts.c.name)
        async with self._db.read() as conn:
            return [_farewell(row.name, row.value) for row in await conn.execute(query)]

    async def move_chat(self, platform: Platform, old: str, new: str) -> None:
        """The chat has another name now: rewrite all that is stored under the old one.

        Messages stay behind, out of our reach: what runs gets a new card.
        """
        if old == new:
            return
        async with self._db.write() as conn:
            for place in await _places(conn, platform, old):
                await _leave_messages(conn, place.id)
                await self._move_place(conn, place, new)
            await _rename(conn, chats, platform, old, new)
            await _rename(conn, looks, platform, old, new)

    async def _move_place(
        self, conn: AsyncConnection, place: Row[Any], new: str
    ) -> None:
        mine = destinations.c.id == place.id
        there = [
            other
            for other in await _places(conn, place.platform, new)
            if other.thread == place.thread
        ]
        if not there:
            await conn.execute(update(destinations).where(mine).values(chat=new))
            return
        await self._fold(conn, "destination", old=place.id, new=there[0].id)
        await _drop_doubles(conn, old=place.id, new=there[0].id)
        for table in (subscriptions, outbox, feeds):
            moved = update(table).where(table.c.destination == place.id)
            await conn.execute(moved.values(destination=there[0].id))
        await conn.execute(delete(boards).where(boards.c.destination == place.id))
        await conn.execute(delete(destinations).where(mine))

    async def move_task(self, key: TaskKey, account: AccountId) -> None:
        at = self._clock.now()
        async with self._recording, self._db.write() as conn:
            old = (await load_tasks(conn, [key], lock=True)).get(key)
            if old is None or old.snapshot or not old.watched:
                return
            new = await self._obtain(conn, account, old.task_id, at)
            await self._fold(conn, "task_key", old=key, new=new.key)
            mine = (subscriptions.c.task_key == key) & open_subscription
            moved = update(subscriptions).where(mine)
            await conn.execute(moved.values(task_key=new.key, card_version=NOT_SHOWN))
            await self._forget_unwanted(conn, [key], at)
            await self._wake(conn, new, at=at)

    async def _fold(
        self, conn: AsyncConnection, column: str, *, old: int, new: int
    ) -> None:
        """Where old and new are both waited for, the new one's subscription goes on.

        `column`: what is to change, "destination" or "task_key"; the other is shared.
        """
        mine, other = subscriptions.alias(), subscriptions.alias()
        shared = "task_key" if column == "destination" else "destination"
        query = (
            select(mine.c.id, mine.c.task_key, other.c.id.label("stays"))
            .join(other, other.c[shared] == mine.c[shared])
            .where(mine.c[column] == old, mine.c.ended_at.is_(None))
            .where(other.c[column] == new, other.c.ended_at.is_(None))
        )
        both = (await conn.execute(query)).all()
        asked = await load_askers(conn, [SubscriptionId(row.id) for row in both])
        for row in both:
            for person in asked[SubscriptionId(row.id)]:
                await self._ask(conn, SubscriptionId(row.stays), person)
        ending = {SubscriptionId(row.id): TaskKey(row.task_key) for row in both}
        await self._end(conn, ending, "moved", self._clock.now())


async def _leave_messages(conn: AsyncConnection, place: int) -> None:
    there = subscriptions.c.destination == place
    shrunk = update(subscriptions).where(there, subscriptions.c.told == 1)
    await conn.execute(shrunk.values(live=0))
    cards = update(subscriptions).where(there)
    await conn.execute(cards.values(card=None, card_version=-1))
    mine = boards.c.destination == place
    await conn.execute(update(boards).where(mine).values(receipt=None, shown=""))
    edits = update(outbox).where(outbox.c.destination == place)
    await conn.execute(edits.values(message=None))


def _farewell(fact: str, value: str) -> Farewell:
    platform, number, person = fact.removeprefix(FAREWELL).split(":", 2)
    name, chat, *ids = json.loads(undated(value))
    return Farewell(
        fact=fact,
        key=f"mjw-g{int(number):x}",
        person=Person(platform=Platform(platform), id=person, name=name),
        chat=chat,
        tasks=tuple(TaskId(each) for each in ids),
    )


def _by_person(
    wishes: Sequence[tuple[Person, TaskId]],
) -> dict[Person, tuple[TaskId, ...]]:
    """Gather what each has asked for, in order; a person may bear several names."""
    people = {person.key: person for person, _ in wishes}
    ids: dict[str, dict[TaskId, None]] = {key: {} for key in people}
    for person, task_id in wishes:
        ids[person.key][task_id] = None
    return {person: tuple(ids[key]) for key, person in people.items()}


async def _places(conn: AsyncConnection, platform: str, chat: str) -> list[Row[Any]]:
    query = select(destinations).where(
        destinations.c.platform == platform, destinations.c.chat == chat
    )
    return list(await conn.execute(query))


async def _drop_doubles(conn: AsyncConnection, *, old: int, new: int) -> None:
    """Where a person has a feed under both names, the new one's stays."""
    there = feeds.alias()
    double = (
        select(there.c.id)
        .where(there.c.destination == new, there.c.platform == feeds.c.platform)
        .where(there.c.person == feeds.c.person)
        .correlate(feeds)
        .exists()
    )
    await conn.execute(delete(feeds).where(feeds.c.destination == old, double))


async def _rename(
    conn: AsyncConnection, table: Table, platform: str, old: str, new: str
) -> None:
    """Move rows whose key holds the chat; what stands there already stays."""
    keys = [c for c in table.primary_key if c.name not in {"platform", "chat"}]
    there = table.alias()
    taken = select(there.c.chat).where(
        there.c.platform == platform,
        there.c.chat == new,
        *(there.c[key.name] == key for key in keys),
    )
    mine = (table.c.platform == platform) & (table.c.chat == old)
    free = ~taken.correlate(table).exists()
    await conn.execute(update(table).where(mine, free).values(chat=new))
    await conn.execute(delete(table).where(mine))
