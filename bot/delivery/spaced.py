"""A platform's calls, never more in any second than it takes."""

import asyncio
from typing import Final

from bot.domain.attachment import Attachment
from bot.domain.notification import Outcome
from bot.domain.subscription import Destination, Receipt
from bot.ports import Letter, Messenger
from bot.present.card import Card

SLACK_SECONDS: Final = 0.03  # of lateness that may be caught up


class Spaced:
    """A messenger whose messages and edits keep a distance, first come, first gone.

    Lanes decide who may go, and keep the rate on average: what they let go at once
    would be more than a platform takes in one second. Answers to people do not come
    by here.
    """

    def __init__(self, messenger: Messenger) -> None:
        self._messenger = messenger
        self._distance = 1.0 / messenger.calls_a_second
        self._next_at = float("-inf")

    def __getattr__(self, wanted: str) -> object:
        """Give all else as the messenger has it."""
        return getattr(self._messenger, wanted)

    async def send(self, letter: Letter) -> Outcome:
        """Send when it is its turn."""
        await self._turn()
        return await self._messenger.send(letter)

    async def edit(
        self,
        receipt: Receipt,
        card: Card,
        *,
        to: Destination,
        files: tuple[Attachment, ...] = (),
    ) -> Outcome:
        """Edit when it is its turn."""
        await self._turn()
        return await self._messenger.edit(receipt, card, to=to, files=files)

    async def _turn(self) -> None:
        now = asyncio.get_running_loop().time()
        at = max(self._next_at, now - SLACK_SECONDS)
        self._next_at = at + self._distance
        if at > now:
            await asyncio.sleep(at - now)
