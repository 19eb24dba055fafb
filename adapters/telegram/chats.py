"""What becomes of chats: they move, and they end."""

import structlog

from adapters.telegram.limits import PLATFORM
from adapters.telegram.memory import DoorMemory
from bot.domain.notification import Reason
from bot.domain.subscription import Destination, Place
from bot.ports import Clock

log = structlog.get_logger(__name__)


class Chats:
    """Keeps memory in step with the chats.

    Args:
        memory: Where subscriptions are.
        clock: The time.
    """

    def __init__(self, *, memory: DoorMemory, clock: Clock) -> None:
        self._memory = memory
        self._clock = clock

    async def moved(self, old: str, new: str) -> None:
        """A group has become a supergroup: all that is stored follows."""
        await self._memory.move_chat(PLATFORM, old, new)
        log.info("telegram.chat_moved", old=old, new=new)

    async def ended(
        self, destination: Destination, reason: Reason, *, name: str = ""
    ) -> None:
        """The chat is closed to us: its watches end, and those who asked are told."""
        alone = destination.place is Place.PRIVATE
        await self._memory.end_chat(
            destination,
            reason=reason,
            at=self._clock.now(),
            name=None if alone else name,
        )
        log.info("telegram.chat_ended", chat=destination.chat, reason=reason)
