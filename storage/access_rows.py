"""Whom operators let in, and who the operators are."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select

from storage.note_rows import NoteRows
from storage.tables import allowed, facts

_OFFER: Final = "access.claim"
_OPERATORS: Final = "access.operators"
_NAMES: Final = "access.operator_names"


class AccessRows(NoteRows):
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
        return frozenset((await self.fact(_OPERATORS) or "").split())

    async def operator_names(self) -> Mapping[str, str]:
        return _names(await self.fact(_NAMES))

    async def name_operator(self, person: str, name: str) -> None:
        async with self._db.write() as conn:
            known = select(facts.c.value).where(facts.c.name == _NAMES)
            value = json.dumps({**_names(await conn.scalar(known)), person: name})
            await self._db.upsert(conn, facts, {"name": _NAMES, "value": value})

    async def offer_claim(self, digest: str) -> None:
        await self.save_fact(_OFFER, digest)

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


def _names(said: str | None) -> dict[str, str]:
    return dict(json.loads(said or "{}"))
