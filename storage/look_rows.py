"""What people looked at, what to suggest to them, and their language."""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.subscription import Destination, Person, StoredTask
from bot.domain.task import TaskKey
from storage import rows
from storage.base import Rows, fetch_tasks, in_chat, load_tasks
from storage.tables import destinations, looks, people, subscriptions, tasks

_LATEST: Final = 100  # tasks whose prompts are searched; older ones by id alone
_AFTER_ANY_ID: Final = "\x7f"  # sorts behind every character of an id


class LookRows(Rows):
    """See bot.ports.ChatMemory."""

    async def note_look(
        self, person: Person, destination: Destination, key: TaskKey, *, at: datetime
    ) -> None:
        row = {
            "platform": destination.platform,
            "chat": destination.chat,
            "person": person.id,
            "task_key": key,
            "at": at,
        }
        async with self._db.write() as conn:
            await self._db.upsert(conn, looks, row)

    async def last_looks(
        self, person: Person, destination: Destination, *, limit: int
    ) -> list[StoredTask]:
        async with self._db.read() as conn:
            keys = await _looked_at(conn, person, destination, limit)
            known = await load_tasks(conn, keys)
        return [known[key] for key in keys]

    async def suggest(
        self, destination: Destination, person: Person, prefix: str, *, limit: int
    ) -> list[StoredTask]:
        async with self._db.read() as conn:
            keys = await _looked_at(conn, person, destination, _LATEST)
            keys += await _watched(conn, destination)
            known = await load_tasks(conn, keys)
            latest = sorted(known.values(), key=_freshness, reverse=True)
            found = [task for task in latest if _fits(task, prefix.casefold())]
            if prefix and len(found) < limit:
                found += await _beginning(conn, destination, prefix, limit)
        return list({task.key: task for task in found}.values())[:limit]

    async def person_language(self, person: Person) -> str | None:
        query = select(people.c.language).where(
            people.c.platform == person.platform, people.c.person == person.id
        )
        async with self._db.read() as conn:
            found: str | None = await conn.scalar(query)
        return found

    async def save_person_language(self, person: Person, language: str) -> None:
        row = {"platform": person.platform, "person": person.id, "language": language}
        async with self._db.write() as conn:
            await self._db.upsert(conn, people, row)


def _freshness(task: StoredTask) -> tuple[datetime, TaskKey]:
    return (task.ended_at or task.changed_at, task.key)


def _fits(task: StoredTask, folded: str) -> bool:
    prompt = (task.snapshot.prompt if task.snapshot else None) or ""
    return folded in task.task_id.casefold() or folded in prompt.casefold()


async def _looked_at(
    conn: AsyncConnection, person: Person, destination: Destination, limit: int
) -> list[TaskKey]:
    query = (
        select(looks.c.task_key)
        .where(
            looks.c.platform == destination.platform,
            looks.c.chat == destination.chat,
            looks.c.person == person.id,
        )
        .order_by(looks.c.at.desc(), looks.c.task_key.desc())
        .limit(limit)
    )
    return list(await conn.scalars(query))


async def _watched(conn: AsyncConnection, destination: Destination) -> list[TaskKey]:
    """Name the tasks that the chat watched last."""
    query = (
        select(subscriptions.c.task_key)
        .join(destinations, destinations.c.id == subscriptions.c.destination)
        .where(in_chat(destination))
        .order_by(subscriptions.c.id.desc())
        .limit(_LATEST)
    )
    return list(await conn.scalars(query))


async def _beginning(
    conn: AsyncConnection, destination: Destination, prefix: str, limit: int
) -> list[StoredTask]:
    """Find ids by their beginning, among all that the chat ever watched.

    The chat's places are named one by one, so that each is a range of the index.
    """
    places = select(destinations.c.id).where(in_chat(destination))
    named = (
        select(subscriptions.c.task_key)
        .where(
            subscriptions.c.destination.in_(list(await conn.scalars(places))),
            subscriptions.c.task_id >= prefix,
            subscriptions.c.task_id < prefix + _AFTER_ANY_ID,
        )
        .limit(limit)
    )
    keys = list(await conn.scalars(named))
    return await fetch_tasks(conn, rows.select_tasks().where(tasks.c.key.in_(keys)))
