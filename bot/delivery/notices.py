"""What the operator's chat is told: relays that are silent or refuse, dead letters.

One message for each trouble, edited while it lasts; a new one when it is over.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

import structlog

from bot.delivery.operator_chat import OperatorChat
from bot.delivery.undelivered import Undelivered
from bot.domain.look import Denied, Trouble
from bot.domain.subscription import Receipt, refused_fact
from bot.domain.task import AccountId, RelayName
from bot.errors import StoreError
from bot.present.answers import relay_back, relay_denied, relay_silent
from bot.present.card import Card

log = structlog.get_logger(__name__)

LOOK_SECONDS: Final = 5.0
EDIT_SECONDS: Final = 300.0  # between two edits of a notice that lasts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Notice:
    """What stands in the operator's chat about one relay."""

    receipt: str
    since: str  # as ISO 8601
    shown_at: str


@dataclass(frozen=True, kw_only=True)
class Notices(OperatorChat):
    """Tells the operator what needs a person.

    Attributes:
        accounts: The operator's accounts, by which silence is known.
    """

    accounts: Mapping[AccountId, RelayName]

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
        dead_letters = Undelivered(
            messenger=self.messenger,
            to=self.to,
            store=self.store,
            readers=self.readers,
            clock=self.clock,
        )
        told = await dead_letters.turn()
        for account, relay in self.accounts.items():
            told += await self._relay(account, relay)
        return told

    async def _relay(self, account: AccountId, relay: RelayName) -> int:
        since = await self.store.silent_since(account)
        refusal = await self.store.fact(refused_fact(account))
        held = await self.store.fact(_fact(account))
        notice = _Notice(**json.loads(held)) if held else None
        if since is None and refusal is None:
            return await self._over(account, relay, notice) if notice else 0
        card = self._card(relay, since, refusal)
        if notice is None:
            return await self._begin(account, card, since or self.clock.now())
        return await self._refresh(account, card, notice)

    def _card(
        self, relay: RelayName, since: datetime | None, refusal: str | None
    ) -> Card:
        if refusal is not None:
            denied = Denied(relay=relay, trouble=Trouble(refusal))
            return relay_denied(denied, self.reader)
        return relay_silent(relay, since or self.clock.now(), self.reader)

    async def _begin(self, account: AccountId, card: Card, since: datetime) -> int:
        key = f"mjw-op{account:x}-{int(since.timestamp()):x}"
        receipt = await self.tell(card, key=key, loud=True)
        if receipt is None:
            return 0
        await self._keep(account, receipt, since.isoformat())
        return 1

    async def _refresh(self, account: AccountId, card: Card, notice: _Notice) -> int:
        age = self.clock.now() - datetime.fromisoformat(notice.shown_at)
        if age.total_seconds() < EDIT_SECONDS:
            return 0
        await self.messenger.edit(Receipt(notice.receipt), card, to=self.to)
        await self._keep(account, notice.receipt, notice.since)
        return 1

    async def _over(self, account: AccountId, relay: RelayName, notice: _Notice) -> int:
        since = datetime.fromisoformat(notice.since)
        card = relay_back(relay, self.clock.now() - since, self.reader)
        key = f"mjw-op{account:x}-{int(since.timestamp()):x}b"
        if await self.tell(card, key=key, loud=True) is None:
            return 0
        await self.store.save_fact(_fact(account), None)
        return 1

    async def _keep(self, account: AccountId, receipt: str, since: str) -> None:
        now = self.clock.now().isoformat()
        notice = _Notice(receipt=receipt, since=since, shown_at=now)
        await self.store.save_fact(_fact(account), json.dumps(asdict(notice)))


def _fact(account: AccountId) -> str:
    return f"notice:{account}"
