"""Upkeep by the operator: check, backup, the word after a restore."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.transition import Tell
from bot.errors import StoreError
from storage.backup import copy_file
from storage.base import FAREWELL, RESTORED, Endings, load_tasks, portions
from storage.tables import facts, open_subscription, outbox, subscriptions

_WAITING: Final = ("pending", "suppressed")


class UpkeepRows(Endings):
    """What the command line does with memory, beyond bot.ports.Store."""

    async def check(self) -> tuple[str, ...]:
        """Look for damage; one line for each finding, none if all is well."""
        if not self._db.is_sqlite:
            await self.held_back()  # the server looks after its own files
            return ()
        async with self._db.read() as conn:
            found = await conn.exec_driver_sql("PRAGMA integrity_check")
            lines = [str(line) for line in found.scalars() if line != "ok"]
            orphans = await conn.exec_driver_sql("PRAGMA foreign_key_check")
            lines += [f"{list(row)[:2]} points nowhere" for row in orphans]
        return tuple(lines)

    async def backup(self, path: Path) -> None:
        """Copy the SQLite file as of now, in one step, while others go on.

        Raises:
            StoreError: It is PostgreSQL, or the copy could not be written.
        """
        if self._db.path is None:
            raise StoreError("PostgreSQL is backed up by pg_dump")
        await asyncio.to_thread(copy_file, Path(self._db.path), path)

    async def held_back(self) -> int | None:
        """Count what waits for `confirm_restore`; None: nothing was restored."""
        restored = select(facts.c.value).where(facts.c.name == RESTORED)
        waiting = select(func.count()).where(outbox.c.state.in_(_WAITING))
        async with self._db.read() as conn:
            if await conn.scalar(restored) is None:
                return None
            return await conn.scalar(waiting) or 0

    async def confirm_restore(self, *, tell: bool, at: datetime) -> int:
        """Let tells go out again after a restore; says how many were held back.

        Args:
            tell: Tell what was held back; else it is dropped, since the chats have
                heard it before.
            at: When the operator said so.
        """
        held = outbox.c.state.in_(_WAITING)
        fate: dict[str, Any] = {"state": "dead", "reason": "restored"}
        fate |= {"settled_at": at}
        if tell:
            fate = {"state": "pending", "due_at": at, "leased_until": None}
        async with self._db.write() as conn:
            rows = (await conn.execute(select(outbox).where(held))).all()
            await conn.execute(delete(facts).where(facts.c.name == RESTORED))
            await conn.execute(update(outbox).where(held).values(**fate))
            if not tell:
                said = self._db.begins(facts.c.name, FAREWELL)
                await conn.execute(delete(facts).where(said))
                await self._end_silently(conn, rows, at)
        return len(rows)

    async def _end_silently(
        self, conn: AsyncConnection, rows: Sequence[Row[Any]], at: datetime
    ) -> None:
        """End the subscriptions whose last message was dropped."""
        final = [row for row in rows if Tell(row.tell).final]
        keys = {row.task_key for row in final}
        await load_tasks(conn, keys, lock=True)
        for part in portions(row.subscription for row in final):
            heard = subscriptions.c.id.in_(part)
            over = update(subscriptions).where(heard, open_subscription)
            await conn.execute(over.values(ended_at=at, told=1, live=0))
        await self._forget_unwanted(conn, keys, at)
