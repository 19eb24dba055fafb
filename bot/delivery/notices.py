"""What the operator's chat is told: relays that are silent or refuse, dead letters.

One message for each trouble, edited while it lasts; a new one when it is over.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from bot.delivery.undelivered import Undelivered
from bot.domain.look import Denied, Trouble
from bot.domain.notification import Delivered
from bot.domain.subscription import Destination, Receipt, refused_fact
from bot.domain.task import AccountId, RelayName
from bot.errors import StoreError
from bot.ports import Clock, Letter, Messenger, Store
from bot.present.answers import relay_back, relay_denied, relay_silent
from bot.present.card import Card
from bot.readers import Readers

log = structlog.get_logger(__name__)

LOOK_SECONDS: Final = 5.0
EDIT_SECONDS: Final = 300.0  # between two edits of a notice that lasts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Notice:
    """What stands in the operator's chat about one relay."""

    receipt: str
    since: datetime
    shown_at: datetime

    def to_json(self) -> str:
        """Write it as a stored fact."""
        return json.dumps(
            {
                "receipt": self.receipt,
                "since": self.since.isoformat(),
                "shown_at": self.shown_at.isoformat(),
            }
        )

    @classmethod
    def from_json(cls, text: str) -> "_Notice":
        """Read it back."""
        held = json.loads(text)
        return cls(
            receipt=held["receipt"],
            since=datetime.fromisoformat(held["since"]),
            shown_at=datetime.fromisoformat(held["shown_at"]),
        )


class Notices:
    """Tells the operator what needs a person.

    Args:
        messenger: The platform of the operator's chat.
        to: The operator's chat.
        accounts: The operator's accounts, by which silence is known.
        store: Memory; what was told survives a restart.
        readers: Languages.
        clock: Time.
    """

    def __init__(
        self,
        *,
        messenger: Messenger,
        to: Destination,
        accounts: Mapping[AccountId, RelayName],
        store: Store,
        readers: Readers,
        clock: Clock,
    ) -> None:
        self._messenger = messenger
        self._to = to
        self._accounts = accounts
        self._store = store
        self._readers = readers
        self._clock = clock
        self._undelivered = Undelivered(
            messenger=messenger, to=to, store=store, readers=readers, clock=clock
        )

    async def run(self) -> None:
        """Keep the operator's chat up to date for ever; only cancellation ends it."""
        while True:
            try:
                await self.turn()
            except StoreError:
                log.warning("notices.postponed")
            await asyncio.sleep(LOOK_SECONDS)

    async def turn(self) -> int:
        """Tell what is new or over; say how many messages that was."""
        told = await self._undelivered.turn()
        for account, relay in self._accounts.items():
            told += await self._relay(account, relay)
        return told

    async def _relay(self, account: AccountId, relay: RelayName) -> int:
        since = await self._store.silent_since(account)
        refusal = await self._store.fact(refused_fact(account))
        held = await self._store.fact(_fact(account))
        notice = _Notice.from_json(held) if held else None
        if since is None and refusal is None:
            return await self._over(account, relay, notice) if notice else 0
        card = self._card(relay, since, refusal)
        if notice is None:
            return await self._begin(account, card, since or self._clock.now())
        return await self._refresh(account, card, notice)

    def _card(
        self, relay: RelayName, since: datetime | None, refusal: str | None
    ) -> Card:
        reader = self._readers.of_operator()
        if refusal is not None:
            return relay_denied(Denied(relay=relay, trouble=Trouble(refusal)), reader)
        return relay_silent(relay, since or reader.now, reader)

    async def _begin(self, account: AccountId, card: Card, since: datetime) -> int:
        key = f"mjw-op{account:x}-{int(since.timestamp()):x}"
        letter = Letter(card=card, to=self._to, key=key, loud=True)
        sent = await self._messenger.send(letter)
        if not isinstance(sent, Delivered):
            return 0
        await self._keep(account, sent.receipt, since)
        return 1

    async def _refresh(self, account: AccountId, card: Card, notice: _Notice) -> int:
        age = (self._clock.now() - notice.shown_at).total_seconds()
        if age < EDIT_SECONDS:
            return 0
        await self._messenger.edit(Receipt(notice.receipt), card, to=self._to)
        await self._keep(account, notice.receipt, notice.since)
        return 1

    async def _over(self, account: AccountId, relay: RelayName, notice: _Notice) -> int:
        reader = self._readers.of_operator()
        card = relay_back(relay, reader.now - notice.since, reader)
        key = f"mjw-op{account:x}-{int(notice.since.timestamp()):x}b"
        letter = Letter(card=card, to=self._to, key=key, loud=True)
        if not isinstance(await self._messenger.send(letter), Delivered):
            return 0
        await self._store.save_fact(_fact(account), None)
        return 1

    async def _keep(self, account: AccountId, receipt: str, since: datetime) -> None:
        notice = _Notice(receipt=receipt, since=since, shown_at=self._clock.now())
        await self._store.save_fact(_fact(account), notice.to_json())


def _fact(account: AccountId) -> str:
    return f"notice:{account}"
