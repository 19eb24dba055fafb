"""Keeping what came of telling: told, later, elsewhere, never."""

from datetime import timedelta
from typing import assert_never

import structlog

from bot.delivery import counts as counted
from bot.delivery.desk import TOKEN_REFUSED, Desk
from bot.delivery.farewells import GONE, leave
from bot.delivery.posted import Posted
from bot.delivery.retry import FORBIDDEN_MOST, backoff, exhausted
from bot.domain.notification import (
    Deferred,
    Delivered,
    Moved,
    Notification,
    Reason,
    Refused,
    Unsure,
)
from bot.domain.transition import Tell

log = structlog.get_logger(__name__)


class Settler:
    """Writes down the outcomes of one platform."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def keep(self, note: Notification, posted: Posted) -> None:
        """Write down what came of a try."""
        outcome = posted.outcome
        match outcome:
            case Delivered() as delivered:
                await self._settle(note, delivered, posted)
            case Deferred() as deferred:
                await self._defer(note, deferred)
            case Moved(chat=chat):
                here = note.destination
                await self._desk.store.move_chat(here.platform, here.chat, chat)
                await self._desk.store.release(
                    [note.id], clear_sending=note.sending_since is None
                )
            case Refused(reason=Reason.TOKEN):
                await self._defer(note, TOKEN_REFUSED)
            case Refused(reason=reason, detail=detail):
                log.warning(
                    "delivery.refused",
                    notification=note.id,
                    reason=reason,
                    detail=detail,
                )
                await self._refused(note, reason)
            case Unsure(reason=reason):
                await self._attempted(note, reason, sure=False)
            case _:
                assert_never(outcome)

    async def put_back(
        self,
        note: Notification,
        *,
        seconds: float,
        reason: Reason,
        counts: bool = False,
        sure: bool = True,
    ) -> None:
        """Try again later.

        Args:
            note: What was not told.
            seconds: How much later.
            reason: Why.
            counts: Whether that was an attempt.
            sure: Nothing of this try can be in the chat. The mark of an earlier one
                stays in any case: until it is settled, its message may be there.
        """
        counted.put_back(
            self._desk.metrics, reason.value, platform=self._desk.messenger.platform
        )
        await self._desk.store.postpone(
            note.id,
            until=self._desk.clock.now() + timedelta(seconds=seconds),
            reason=reason.value,
            counts=counts,
            clear_sending=sure and note.sending_since is None,
        )

    async def bury(self, note: Notification, reason: str) -> None:
        """Make it a dead letter, out of everybody's way."""
        await self._desk.store.give_up(
            note.id, reason=reason, at=self._desk.clock.now()
        )
        counted.given_up(
            self._desk.metrics, reason, platform=self._desk.messenger.platform
        )

    async def _settle(
        self, note: Notification, delivered: Delivered, posted: Posted
    ) -> None:
        kinds = {file.position: file.upload_kind for file in posted.picture.files}
        uploads = delivered.uploads.items()
        at = self._desk.clock.now()
        await self._desk.store.settle(
            note,
            receipt=delivered.receipt,
            uploads={(kinds[n], n): name for n, name in uploads if n in kinds},
            picture_owed=posted.picture.coming and note.tell is not Tell.AMEND,
            at=at,
        )
        platform = self._desk.messenger.platform
        counted.told(self._desk.metrics, note, platform=platform, at=at)

    async def _defer(self, note: Notification, outcome: Deferred) -> None:
        self._desk.pause(note.destination, outcome)
        seconds, reason = outcome.after_seconds, outcome.reason
        if outcome.counts and not outcome.whole_platform:
            await self._attempted(note, reason, least_seconds=seconds)
        else:
            await self.put_back(note, seconds=seconds, reason=reason)

    async def _attempted(
        self,
        note: Notification,
        reason: Reason,
        *,
        least_seconds: float = 0.0,
        sure: bool = True,
    ) -> None:
        """Count it, and try again after a growing while, for a day at least."""
        tries = note.attempts + 1
        if exhausted(tries, age=self._desk.clock.now() - note.created_at):
            await self.bury(note, reason.value)
            return
        wait = backoff(tries, chance=self._desk.chance()).total_seconds()
        await self.put_back(
            note,
            seconds=max(self._desk.outage.again(wait), least_seconds),
            reason=reason,
            counts=True,
            sure=sure,
        )

    async def _refused(self, note: Notification, reason: Reason) -> None:
        if reason is Reason.FORBIDDEN and note.attempts + 1 < FORBIDDEN_MOST:
            await self._attempted(note, reason)
            return
        if reason in GONE:
            # Before the letter is buried: that would end its subscription, and
            # those who asked would not be found any more.
            await leave(self._desk, note.destination, reason=reason)
        await self.bury(note, reason.value)
