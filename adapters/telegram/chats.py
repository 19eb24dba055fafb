"""What becomes of chats: they move, they end, and then somebody wants to know."""

from collections.abc import Sequence

import structlog

from adapters.telegram.limits import PLATFORM
from adapters.telegram.memory import DoorMemory
from adapters.telegram.messenger import TelegramMessenger
from bot.domain.notification import Reason
from bot.domain.subscription import Destination, Person, Place
from bot.domain.task import TaskId
from bot.i18n import negotiate
from bot.ports import Clock
from bot.present.build import Reader, chat_gone

log = structlog.get_logger(__name__)


class Chats:
    """Keeps memory in step with the chats.

    Args:
        memory: Where subscriptions are.
        messenger: To tell people whose chat is gone.
        clock: The time.
        language: For people who have not chosen.
    """

    def __init__(
        self,
        *,
        memory: DoorMemory,
        messenger: TelegramMessenger,
        clock: Clock,
        language: str,
    ) -> None:
        self._memory = memory
        self._messenger = messenger
        self._clock = clock
        self._language = language

    async def moved(self, old: str, new: str) -> None:
        """A group has become a supergroup: all that is stored follows."""
        await self._memory.move_chat(PLATFORM, old, new)
        log.info("telegram.chat_moved", old=old, new=new)

    async def ended(
        self, destination: Destination, reason: Reason, *, name: str = ""
    ) -> None:
        """The chat is closed to us: its watches end, and those who asked are told."""
        people = await self._memory.end_chat(
            destination, reason=reason, at=self._clock.now()
        )
        log.info("telegram.chat_ended", chat=destination.chat, reason=reason)
        if destination.place is Place.PRIVATE:
            return
        for person, tasks in people.items():
            await self._tell(person, name, tasks)

    async def _tell(self, person: Person, chat: str, tasks: Sequence[TaskId]) -> None:
        chosen = await self._memory.person_language(person)
        reader = Reader(
            language=negotiate(chosen, self._language), now=self._clock.now()
        )
        card = chat_gone(reader, tasks, chat=chat)
        await self._messenger.tell_person(person, card, key="")
