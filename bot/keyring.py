"""People's own relay keys: opened when a relay is asked, and let go of afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.domain.look import Trouble
from bot.domain.subscription import Person, refused_fact
from bot.domain.task import AccountId, RelayName
from bot.errors import CredentialError
from bot.ports import Account, Clock, Store, Vault

log = structlog.get_logger(__name__)

_NOTED_EVERY: Final = timedelta(hours=1)  # a use is written down no more often


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One person's open keys; let go of it as soon as the relays have answered.

    Attributes:
        keys: By relay.
        accounts: The accounts that the keys are of.
    """

    keys: Mapping[RelayName, str] = field(repr=False)
    accounts: Mapping[RelayName, AccountId]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyNote:
    """What may be said of a stored key."""

    relay: RelayName
    used_at: datetime | None
    refused: bool


class Keyring:
    """Keeps and opens people's own keys.

    Args:
        store: Keeps them sealed.
        vault: Seals and opens them.
        clock: Time, for their last use.
    """

    def __init__(self, *, store: Store, vault: Vault, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._operators: set[AccountId] = set()  # those whose key is in the settings

    async def held_by(self, owners: Sequence[str]) -> list[Held]:
        """Open the keys of these people, in this order; who has none is left out.

        A key that cannot be opened counts as refused: its owner hears of it.
        """
        wanted = [owner for owner in dict.fromkeys(owners) if owner]
        found = await self._store.accounts_with_key(wanted) if wanted else []
        held = [await self._held(owner, found) for owner in wanted]
        return [each for each in held if each.keys]

    async def _held(self, owner: str, found: Sequence[Account]) -> Held:
        keys: dict[RelayName, str] = {}
        accounts: dict[RelayName, AccountId] = {}
        for account in found:
            if account.owner != owner:
                continue
            key = await self._opened(account)
            if key is not None:
                keys[account.relay], accounts[account.relay] = key, account.id
        return Held(keys=keys, accounts=accounts)

    async def account_for(
        self, owners: Sequence[str], relay: RelayName
    ) -> AccountId | None:
        """Choose the first person's account whose key this relay does not refuse."""
        found = await self._store.accounts_with_key(owners)
        for account in sorted(found, key=lambda each: owners.index(each.owner)):
            refused = await self._store.fact(refused_fact(account.id)) is not None
            if account.relay == relay and not refused:
                return account.id
        return None

    async def key_of(self, account: AccountId) -> str | None:
        """Open an account's key; None: the operator's is used.

        Raises:
            CredentialError: There is one, and it cannot be opened.
        """
        if account in self._operators:
            return None
        found = await self._store.account_of(account)
        if found is not None and not found.owner:
            self._operators.add(account)
        if found is None or found.sealed is None:
            return None
        key = self._vault.open(found.sealed, about=found.about)
        await self._used(account)
        return key

    async def owner_of(self, account: AccountId) -> str:
        """Name whose account it is; "": the operator's."""
        found = await self._store.account_of(account)
        return found.owner if found else ""

    async def keep(self, relay: RelayName, owner: Person, key: str) -> None:
        """Keep a key in place of an earlier one; a trouble with that one is over."""
        account = await self._store.account(relay, owner.key)
        about = Account(id=account, relay=relay, owner=owner.key).about
        await self._store.save_key(account, self._vault.seal(key, about=about))
        await self._store.save_fact(_used_fact(account), None)
        await self.good(account)
        log.info("key.kept", account=account, relay=relay)

    async def forget(
        self, owner: Person, relay: RelayName | None = None
    ) -> list[RelayName]:
        """Erase a person's keys, or the one of a relay; name their relays."""
        gone = await self._store.forget_keys(owner.key, relay)
        for each in gone:
            account = await self._store.account(each, owner.key)
            await self._store.save_fact(_used_fact(account), None)
            log.info("key.forgotten", account=account, relay=each)
        return gone

    async def notes(self, owner: Person) -> list[KeyNote]:
        """Say of a person's keys what may be said."""
        return [
            KeyNote(
                relay=account.relay,
                used_at=await self._last_use(account.id),
                refused=await self._store.fact(refused_fact(account.id)) is not None,
            )
            for account in await self._store.accounts_with_key([owner.key])
        ]

    async def refused(self, account: AccountId, trouble: Trouble) -> None:
        """Note that a relay refuses a person's key; its owner is told once."""
        await self._store.save_fact(refused_fact(account), trouble)

    async def good(self, account: AccountId) -> None:
        """Note that a relay takes a person's key."""
        if await self._store.fact(refused_fact(account)) is not None:
            await self._store.save_fact(refused_fact(account), None)

    async def _opened(self, account: Account) -> str | None:
        try:
            key = self._vault.open(account.sealed or b"", about=account.about)
        except CredentialError:
            log.warning("key.unreadable", account=account.id)
            await self.refused(account.id, Trouble.BAD_KEY)
            return None
        await self._used(account.id)
        return key

    async def _used(self, account: AccountId) -> None:
        now, last = self._clock.now(), await self._last_use(account)
        if last is None or now - last >= _NOTED_EVERY:
            await self._store.save_fact(_used_fact(account), now.isoformat())

    async def _last_use(self, account: AccountId) -> datetime | None:
        noted = await self._store.fact(_used_fact(account))
        return None if noted is None else datetime.fromisoformat(noted)


def _used_fact(account: AccountId) -> str:
    return f"key-used:{account}"
