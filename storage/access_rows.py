"""Whom operators let in, and who the operators are."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.base import Rows
from storage.tables import allowed, facts, outbox

_OFFER: Final = "access.claim"
# Nobody waits there any more, or it was told in another way.
_EXPECTED: Final = ("blocked", "gone", "message_gone", "overtaken", "restored")
_OPERATORS: Final = "access.operators"
_NAMES: Final = "access.operator_names"


class AccessRows(Rows):
    """See bot.ports.AccessMemory."""

    async def save_allowed(self, name: str, *, may: bool, at: datetime) -> None:
        row = {"name": name, "may": int(may), "at": at}
        async with self._db.write() as conn:
            await self._db.upsert(conn, allowed, row)

    async def allowed(self) -> Mapping[str, bool]:
        async with self._db.read() as conn:
            found = await conn.execute(select(allowed).order_by(allowed.c.name))
            return {row.name: bool(row.may) for row in found}

    async def operators(self) -> frozenset[str]:
        query = select(facts.c.value).where(facts.c.name == _OPERATORS)
        async with self._db.read() as conn:
            return frozenset((await conn.scalar(query) or "").split())

    async def operator_names(self) -> Mapping[str, str]:
        async with self._db.read() as conn:
            return await _names(conn)

    async def name_operator(self, person: str, name: str) -> None:
        async with self._db.write() as conn:
            value = json.dumps({**await _names(conn), person: name})
            await self._db.upsert(conn, facts, {"name": _NAMES, "value": value})

    async def offer_claim(self, digest: str) -> None:
        async with self._db.write() as conn:
            await self._db.upsert(conn, facts, {"name": _OFFER, "value": digest})

    async def dead_letters(self, since: datetime) -> int:
        query = select(func.count()).where(
            outbox.c.state == "dead",
            outbox.c.settled_at >= since,
            outbox.c.reason.not_in(_EXPECTED),
        )
        async with self._db.read() as conn:
            return await conn.scalar(query) or 0

    async def claim(self, digest: str, person: str) -> bool:
        offer = delete(facts).where(facts.c.name == _OFFER, facts.c.value == digest)
        known = select(facts.c.value).where(facts.c.name == _OPERATORS)
        async with self._db.write() as conn:
            if not (await conn.execute(offer)).rowcount:
                return False
            all_ = {*(await conn.scalar(known) or "").split(), person}
            value = " ".join(sorted(all_))
            await self._db.upsert(conn, facts, {"name": _OPERATORS, "value": value})
        return True


async def _names(conn: AsyncConnection) -> dict[str, str]:
    found = await conn.scalar(select(facts.c.value).where(facts.c.name == _NAMES))
    return dict(json.loads(found or "{}"))
