"""People's own relay keys, sealed; which tasks a chat knows."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, Select, Update, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.subscription import Destination, refused_fact
from bot.domain.task import AccountId, RelayName, TaskKey
from bot.ports import Account
from storage import rows
from storage.base import Rows, in_chat
from storage.tables import (
    accounts,
    chats,
    destinations,
    facts,
    looks,
    subscriptions,
    tasks,
    watches,
)


class KeyRows(Rows):
    """See bot.ports.KeyMemory."""

    async def save_key(self, account: AccountId, sealed: bytes) -> None:
        async with self._db.write() as conn:
            await conn.execute(_row(account).values(secret=sealed))

    async def forget_keys(
        self, owner: str, relay: RelayName | None = None
    ) -> list[RelayName]:
        mine = (accounts.c.owner == owner) & accounts.c.secret.is_not(None)
        if relay is not None:
            mine &= accounts.c.relay == relay
        erase = update(accounts).where(mine).values(secret=None)
        async with self._db.write() as conn:
            found = list(await conn.scalars(erase.returning(accounts.c.relay)))
            if not await conn.scalar(_with_key().where(accounts.c.owner == owner)):
                await _end_lending(conn, owner)
            return sorted(RelayName(each) for each in found)

    async def watches_with_key(self, owner: str, relay: RelayName | None = None) -> int:
        mine = (accounts.c.owner == owner) & accounts.c.secret.is_not(None)
        if relay is not None:
            mine &= accounts.c.relay == relay
        query = (
            select(func.count())
            .select_from(watches)
            .join(tasks, tasks.c.key == watches.c.task_key)
            .join(accounts, accounts.c.id == tasks.c.account)
            .where(mine)
        )
        async with self._db.read() as conn:
            return await conn.scalar(query) or 0

    async def account_of(self, account: AccountId) -> Account | None:
        found = await self._accounts(select(accounts).where(accounts.c.id == account))
        return found[0] if found else None

    async def accounts_with_key(self, owners: Collection[str]) -> list[Account]:
        query = _with_key().where(accounts.c.owner.in_(list(owners)))
        return await self._accounts(query.order_by(accounts.c.relay))

    async def refused_keys(self) -> list[Account]:
        owned = await self._accounts(_with_key().where(accounts.c.owner != ""))
        names = {refused_fact(account.id): account for account in owned}
        query = select(facts.c.name).where(facts.c.name.in_(list(names)))
        async with self._db.read() as conn:
            return [names[name] for name in await conn.scalars(query)]

    async def known_here(self, key: TaskKey, destination: Destination) -> bool:
        watched = exists().where(
            subscriptions.c.task_key == key,
            subscriptions.c.destination == destinations.c.id,
            in_chat(destination),
        )
        looked = exists().where(
            looks.c.task_key == key,
            looks.c.platform == destination.platform,
            looks.c.chat == destination.chat,
        )
        async with self._db.read() as conn:
            return bool(await conn.scalar(select(or_(watched, looked))))

    async def reseal(self, turn: Callable[[Account], bytes]) -> int:
        """Seal every stored key anew, all or nothing; says how many there are."""
        async with self._db.write() as conn:
            found = [_account(row) for row in await conn.execute(_with_key())]
            for account in found:
                await conn.execute(_row(account.id).values(secret=turn(account)))
        return len(found)

    async def _accounts(self, query: Select[Any]) -> list[Account]:
        async with self._db.read() as conn:
            return [_account(row) for row in await conn.execute(query)]


async def _end_lending(conn: AsyncConnection, owner: str) -> None:
    """Let no chat use a person's key any more; few chats ever do."""
    query = select(chats).where(chats.c.settings.contains(owner, autoescape=True))
    for row in (await conn.execute(query)).all():
        settings = rows.settings_from(row.settings)
        if settings.key_owner != owner:
            continue
        here = (chats.c.platform == row.platform) & (chats.c.chat == row.chat)
        text = rows.settings_text(replace(settings, key_owner=None))
        await conn.execute(update(chats).where(here).values(settings=text))


def _with_key() -> Select[Any]:
    return select(accounts).where(accounts.c.secret.is_not(None))


def _row(account: AccountId) -> Update:
    return update(accounts).where(accounts.c.id == account)


def _account(row: Row[Any]) -> Account:
    return Account(
        id=AccountId(row.id),
        relay=RelayName(row.relay),
        owner=row.owner,
        sealed=row.secret,
    )
