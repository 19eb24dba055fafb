"""Telling people, once, that a relay does not take their own key any more."""

import asyncio
from collections.abc import Mapping
from typing import Final

import structlog

from bot.domain.notification import Delivered, Refused
from bot.domain.subscription import Person, Platform
from bot.errors import StoreError
from bot.ports import Account, Messenger, Store
from bot.present.keys import key_turned_down
from bot.readers import Readers

log = structlog.get_logger(__name__)

LOOK_SECONDS: Final = 5.0
_TOLD: Final = "key-told"  # the fact that lists the accounts whose owner was told


class TurnedDown:
    """Writes to the owners of refused keys in private.

    Args:
        messengers: By platform.
        store: Memory; who was told survives a restart.
        readers: Languages.
    """

    def __init__(
        self,
        *,
        messengers: Mapping[Platform, Messenger],
        store: Store,
        readers: Readers,
    ) -> None:
        self._messengers = messengers
        self._store = store
        self._readers = readers

    async def run(self) -> None:
        """Tell for ever; only cancellation ends it."""
        while True:
            try:
                await self.turn()
            except StoreError:
                log.warning("key.notice_postponed")
            await asyncio.sleep(LOOK_SECONDS)

    async def turn(self) -> int:
        """Tell those who were not told yet; forget whose key is good again."""
        refused = {str(each.id): each for each in await self._store.refused_keys()}
        before = (await self._store.fact(_TOLD) or "").split()
        told = [number for number in before if number in refused]
        fresh = [number for number in refused if number not in told]
        told += [number for number in fresh if await self._tell(refused[number])]
        if told != before:
            await self._store.save_fact(_TOLD, " ".join(told) or None)
        return len(told)

    async def _tell(self, account: Account) -> bool:
        """Tell one owner; whether there is nothing more to be tried."""
        platform, _, number = account.owner.partition(":")
        messenger = self._messengers.get(Platform(platform))
        if messenger is None:
            return False
        person = Person(platform=Platform(platform), id=number)
        reader = await self._readers.of_person(person, None)
        outcome = await messenger.tell_person(
            person, key_turned_down(account.relay, reader), key=f"mjw-k{account.id:x}"
        )
        return isinstance(outcome, Delivered | Refused)
