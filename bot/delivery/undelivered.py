"""What the operator's chat is told of messages that could not be delivered at all.

One line with a count for each day that has any, edited as it grows.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.delivery.operator_chat import OperatorChat
from bot.domain.subscription import Receipt
from bot.present.answers import undelivered

FACT: Final = "notice:undelivered"
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Day:
    """The day that is counted, and the line about it, once there is one."""

    since: str
    count: int = 0
    receipt: str | None = None

    def over(self, now: datetime) -> bool:
        """Whether another day has begun."""
        return now - datetime.fromisoformat(self.since) >= _DAY


class Undelivered(OperatorChat):
    """Counts dead letters for the operator."""

    async def turn(self) -> int:
        """Tell what is new; say how many messages were sent or edited."""
        day = await self._day()
        count = await self.store.dead_letters(datetime.fromisoformat(day.since))
        if count <= day.count:
            return 0
        receipt = await self._show(day, count)
        if receipt is None:
            return 0
        await self._keep(replace(day, count=count, receipt=receipt))
        return 1

    async def _day(self) -> _Day:
        now, kept = self.clock.now(), await self.store.fact(FACT)
        day = _Day(**json.loads(kept)) if kept else None
        if day is None or day.over(now):
            day = _Day(since=now.isoformat())
            await self._keep(day)
        return day

    async def _show(self, day: _Day, count: int) -> str | None:
        card = undelivered(count, self.reader)
        if day.receipt is not None:
            receipt = Receipt(day.receipt)
            await self.messenger.edit(receipt, card, to=self.to)
            return receipt
        begun = datetime.fromisoformat(day.since)
        key = f"mjw-ud{int(begun.timestamp()):x}"
        return await self.tell(card, key=key, loud=False)

    async def _keep(self, day: _Day) -> None:
        await self.store.save_fact(FACT, json.dumps(asdict(day)))
