"""Relay accounts: how each is asked, and the vault in which people's keys lie."""

from collections.abc import Awaitable, Callable

import structlog

from bot.domain.task import AccountId
from bot.errors import CredentialError
from bot.keyring import Keyring
from bot.ports import Clock, Store
from bot.relay.relays import Relays
from bot.settings import Settings, obtain_secret_key
from bot.watch.watcher import Access

log = structlog.get_logger(__name__)


def open_keyring(settings: Settings, store: Store, *, clock: Clock) -> Keyring:
    """Open the vault with SECRET_KEY.

    Raises:
        SettingsError: There is none, and none can be made.
    """
    from storage.vault import Vault

    vault = Vault(obtain_secret_key(settings))
    return Keyring(store=store, vault=vault, clock=clock)


async def relay_access(
    relays: Relays, store: Store, keyring: Keyring
) -> Callable[[AccountId], Awaitable[Access | None]]:
    """Say how to ask for an account's tasks: by the operator's key, or its owner's.

    Where a person has taken their key back, the operator's account is asked on.
    """
    operators = {
        await store.account(client.name): Access(relay=client.name, client=client)
        for client in relays
    }

    async def access(account: AccountId) -> Access | None:
        if account in operators:
            return operators[account]
        found = await store.account_of(account)
        if found is None or found.relay not in relays:
            return None
        try:
            key = await keyring.key_of(account)
        except CredentialError:
            log.debug("key.unreadable", account=account)  # its owner is told
            return None
        return Access(relay=found.relay, client=relays[found.relay], key=key)

    return access
