"""A chat that is no more: what was watched for it ends, those who asked hear of it."""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog

from bot.delivery.desk import Desk
from bot.domain.notification import Deferred, Farewell, Outcome, Reason, Refused, Unsure
from bot.domain.subscription import Destination, Place
from bot.errors import StoreError
from bot.present.answers import chat_gone

log = structlog.get_logger(__name__)
GONE: Final = frozenset({Reason.BLOCKED, Reason.GONE, Reason.FORBIDDEN})
LOOK_SECONDS: Final = 3.0


async def leave(desk: Desk, here: Destination, *, reason: Reason) -> None:
    """End all that a chat waits for; each person who had asked is to hear of it, once.

    Where only a thread is gone or closed to us, the rest of the chat goes on. One
    who has blocked us, or whose private chat it is, is not written to.
    """
    blocked = reason is Reason.BLOCKED
    untold = blocked or here.place is Place.PRIVATE
    await desk.store.end_chat(
        replace(here, thread=None) if blocked else here,
        reason=reason.value,
        at=desk.clock.now(),
        name=None if untold else desk.messenger.chat_name(here),
    )


class Farewells:
    """Tells them alone; what is to be told was written down with the chat's end."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._unsure_since: dict[str, datetime] = {}
        self._not_before: dict[str, float] = {}  # steady seconds

    async def run(self) -> None:
        """Tell for ever; only cancellation ends it."""
        while True:
            try:
                await self.turn()
            except StoreError:
                log.warning("delivery.farewells_postponed")
            await asyncio.sleep(LOOK_SECONDS)

    async def turn(self) -> None:
        """Tell who is to be told; what the platform does not take now comes again."""
        for each in await self._desk.store.farewells(self._desk.messenger.platform):
            now = self._desk.clock.monotonic()
            whole = self._desk.lanes.all_paused_until()
            if max(whole, self._not_before.get(each.fact, whole)) > now:
                continue
            if self._is_over(each.fact, await self._tell(each)):
                await self._desk.store.save_fact(each.fact, None)
                self._unsure_since.pop(each.fact, None)
                self._not_before.pop(each.fact, None)

    async def _tell(self, farewell: Farewell) -> Outcome:
        reader = await self._desk.readers.of_person(farewell.person, None)
        try:
            card = chat_gone(reader, farewell.tasks, chat=farewell.chat)
            return await self._desk.messenger.tell_person(
                farewell.person, card, key=farewell.key
            )
        except Exception:
            log.exception("delivery.poison_farewell")
            return Refused(reason=Reason.INVALID)

    def _is_over(self, fact: str, outcome: Outcome) -> bool:
        """Whether there is nothing more to be tried."""
        match outcome:
            case Deferred(after_seconds=seconds):
                self._not_before[fact] = self._desk.clock.monotonic() + seconds
                return False
            case Unsure():
                return self._was_unsure(fact)
            case Refused(reason=Reason.TOKEN):
                return False
            case _:
                return True

    def _was_unsure(self, fact: str) -> bool:
        """Try once more what is unsure, and while that cannot come twice."""
        now = self._desk.clock.now()
        before = fact in self._unsure_since
        since = self._unsure_since.setdefault(fact, now)
        return before and not self._desk.messenger.repeats_safely(since=since, now=now)
