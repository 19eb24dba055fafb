"""Live cards: each shows its task's newest state, no oftener than its chat allows.

Nothing is queued: what is stale is asked of the store when a lane is free, so an
older state can never be shown after a newer one, and a restart loses nothing.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Final, assert_never

import structlog

from bot.delivery import counts
from bot.delivery.boards import Boards
from bot.delivery.desk import TOKEN_REFUSED, Desk
from bot.delivery.farewells import leave
from bot.domain.notification import (
    Deferred,
    Delivered,
    LiveCard,
    Moved,
    Outcome,
    Reason,
    Refused,
    Unsure,
)
from bot.domain.subscription import Receipt
from bot.doorbell import Doorbell
from bot.errors import StoreError
from bot.ports import Letter
from bot.present.board import boarded_card
from bot.present.card import Card
from bot.present.task_card import shrunk_card, task_card

log = structlog.get_logger(__name__)

AT_ONCE: Final = 100  # edits in one turn
BREATH_SECONDS: Final = 0.5  # between two questions for what is stale
IDLE_SECONDS: Final = 2.0
REST_SECONDS: Final = 5.0  # after memory could not be read or written
OLD: Final = timedelta(hours=1)


class LiveCards:
    """Keeps one platform's live cards fresh.

    Args:
        desk: The platform.
        bell: Rings when something may have changed.
    """

    def __init__(self, desk: Desk, *, bell: Doorbell) -> None:
        self._desk = desk
        self._bell = bell
        self._boards = Boards(desk)
        self._turning = asyncio.Lock()
        self._stopping = False

    async def run(self) -> None:
        """Keep cards fresh for ever; only cancellation ends it."""
        while True:
            try:
                worked = await self.turn()
            except StoreError:
                worked = 0
                await asyncio.sleep(REST_SECONDS)
            await self._bell.wait(BREATH_SECONDS if worked else self._idle_seconds())
            await asyncio.sleep(BREATH_SECONDS)

    async def turn(self) -> int:
        """Show what is stale where a lane is free; say how many messages that was."""
        async with self._turning:
            return 0 if self._stopping else await self._turn()

    async def drain(self) -> None:
        """Begin nothing more; wait for what is on its way, so that it is noted."""
        self._stopping = True
        async with self._turning:
            return

    async def _turn(self) -> int:
        now = self._desk.clock.monotonic()
        if self._desk.lanes.all_paused_until() > now:
            return 0
        boards = await self._boards.turn()
        stale = await self._desk.store.stale_cards(
            self._desk.messenger.platform,
            limit=AT_ONCE,
            busy=self._desk.lanes.resting(now),
        )
        chosen = [card for card in stale if self._claims(card, now)]
        async with asyncio.TaskGroup() as group:
            for card in chosen:
                group.create_task(self._show(card))
        return boards + len(chosen)

    def _claims(self, card: LiveCard, now: float) -> bool:
        """Take the chat's turn for this card, if it is free: one card a chat and turn."""
        if self._desk.lanes.edit_at(card.destination, now) > now:
            return False
        made = card.sent_at or self._desk.clock.now()
        self._desk.lanes.edited(
            card.destination, now, old=self._desk.clock.now() - made > OLD
        )
        return True

    async def _show(self, live: LiveCard) -> None:
        try:
            await self._try(live)
        except StoreError:
            log.warning("card.not_written", subscription=live.subscription)

    async def _try(self, live: LiveCard) -> None:
        try:
            card = await self._card(live)
            outcome = await self._carry_out(live, card)
            await self._keep(live, outcome)
        except StoreError:
            raise
        except Exception:
            log.exception("card.poison", subscription=live.subscription)
            await self._shown(live, receipt=live.receipt)

    async def _card(self, live: LiveCard) -> Card:
        reader = await self._desk.reader(live)
        if live.boarded:
            return boarded_card(live.task, reader)
        if live.told:
            return shrunk_card(live.task, reader)
        silent = await self._desk.store.silent_since(live.task.account)
        return task_card(live.task, reader, watched=not live.ended, silent_since=silent)

    async def _carry_out(self, live: LiveCard, card: Card) -> Outcome:
        if live.receipt is not None:
            return await self._desk.messenger.edit(
                live.receipt, card, to=live.destination
            )
        letter = Letter(card=card, to=live.destination, key=_key(live))
        return await self._desk.messenger.send(letter)

    async def _keep(self, live: LiveCard, outcome: Outcome) -> None:
        counts.edited(
            self._desk.metrics, outcome, platform=self._desk.messenger.platform
        )
        match outcome:
            case Delivered(receipt=receipt):
                await self._shown(live, receipt=receipt)
            case Deferred():
                self._desk.pause(live.destination, outcome)
            case Moved(chat=chat):
                here = live.destination
                await self._desk.store.move_chat(here.platform, here.chat, chat)
            case Refused(reason=Reason.TOKEN):
                self._desk.pause(live.destination, TOKEN_REFUSED)
            case Refused(reason=reason):
                await self._refused(live, reason)
            case Unsure():
                await self._unsure(live)
            case _:
                assert_never(outcome)

    async def _unsure(self, live: LiveCard) -> None:
        """Let an edit be repeated; a card that may be there is not made twice."""
        now = self._desk.clock.now()
        safe = self._desk.messenger.repeats_safely(since=now, now=now)
        if live.receipt is None and not safe:
            await self._shown(live, receipt=None)

    async def _refused(self, live: LiveCard, reason: Reason) -> None:
        log.info("card.refused", subscription=live.subscription, reason=reason)
        if reason in {Reason.BLOCKED, Reason.GONE}:
            await leave(self._desk, live.destination, reason=reason)
        runs = not (live.told or live.ended or live.boarded)
        if reason is Reason.MESSAGE_GONE and live.receipt is not None and runs:
            await self._try(replace(live, receipt=None))
            return
        await self._shown(live, receipt=None)

    async def _shown(self, live: LiveCard, *, receipt: Receipt | None) -> None:
        await self._desk.store.card_shown(
            live.subscription,
            version=live.version,
            receipt=receipt,
            at=self._desk.clock.now(),
            over=live.boarded,
        )

    def _idle_seconds(self) -> float:
        now = self._desk.clock.monotonic()
        ends = self._desk.lanes.next_rest_ends_at(now)
        return min(max(ends - now, 0.0), IDLE_SECONDS) or IDLE_SECONDS


def _key(live: LiveCard) -> str:
    """Name the message; one that takes a deleted one's place is another."""
    before = f"{int(live.sent_at.timestamp()):x}" if live.sent_at else "card"
    return f"mjw-{live.subscription:x}-{before}"
