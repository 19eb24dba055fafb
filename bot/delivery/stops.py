"""What a stop interrupted: noted where it happens, given back all together.

A stop is not an attempt, and it must be quick: hundreds of rings may wait for their
pictures, and one write gives all their leases back.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import structlog

from bot.domain.notification import Notification, NotificationId
from bot.errors import StoreError
from bot.ports import TellMemory

log = structlog.get_logger(__name__)


class Stops:
    """Leases that a stop interrupted, and whether their tries left no trace."""

    def __init__(self) -> None:
        self._interrupted: dict[NotificationId, bool] = {}

    @contextmanager
    def noting(
        self, notes: Sequence[Notification], *, traceless: bool
    ) -> Iterator[None]:
        """Note these if a stop comes meanwhile.

        `traceless`: nothing of the try can have gone out, so its mark goes, too.
        """
        try:
            yield
        except asyncio.CancelledError:
            self._interrupted |= {note.id: traceless for note in notes}
            raise

    async def give_back(self, store: TellMemory) -> None:
        """Give back what was interrupted; what fails here comes back at the start."""
        interrupted, self._interrupted = self._interrupted, {}
        for traceless in (True, False):
            ids = [each for each, how in interrupted.items() if how is traceless]
            try:
                if ids:
                    await store.release(ids, clear_sending=traceless)
            except StoreError:
                log.warning("delivery.not_given_back", count=len(ids))
