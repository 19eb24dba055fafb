"""Updates that we fetch: each is confirmed once it is done, and not before."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final

import structlog
from telegram import Bot, Update
from telegram.error import RetryAfter, TelegramError

from adapters.telegram.limits import POLL_SECONDS, UPDATES_AT_ONCE, UPDATES_IN_BATCH
from adapters.telegram.reading import reading
from adapters.telegram.standing import NO_ANSWER, OTHER_POLLER, Standing
from adapters.telegram.updates import ALLOWED, Updates, place_of

log = structlog.get_logger(__name__)

READ_SECONDS: Final = 20.0  # an upload is answered when Telegram has looked at it
# Between two calls that would bring the same: sooner the server shows one update only
# (github.com/tdlib/telegram-bot-api, Client::process_get_updates_query).
_SPACING_SECONDS: Final = 0.5
_REMEMBERED: Final = 1_000  # updates; more than one answer and all that is in hand hold
_SETTLE_SECONDS: Final = 3.0
_FAREWELL_SECONDS: Final = 2.0
_BEGUN_SECONDS: Final = 1.0  # a refusal would have come by then
_BEGUN_AFTER: Final = {
    OTHER_POLLER: 5.0,  # its refusal is held back for three
    NO_ANSWER: 100.0,  # only an answer ends that: the next silence is noticed before
}


class Poller:
    """Fetches updates; each is worked at on its own, so none waits for another.

    Telegram forgets what stands before the offset of a call. So the offset is that of
    the oldest update which is not done: whatever kills us, the next start is brought
    it again with all that follow, and memory knows those that are done. Nothing is
    written down here, for a message may hold somebody's key.

    Args:
        bot: The library's client.
        updates: Where they go.
        standing: Told how it goes.
        again_seconds: Before an update that memory would not take comes again.
    """

    def __init__(
        self, *, bot: Bot, updates: Updates, standing: Standing, again_seconds: float
    ) -> None:
        self._bot = bot
        self._updates = updates
        self._standing = standing
        self._again_seconds = again_seconds
        self._room = asyncio.Semaphore(UPDATES_AT_ONCE)
        self._next: int | None = None  # after the last one that was brought
        self._held: set[int] = set()  # in hand: not to be confirmed yet
        self._seen: dict[int, None] = {}  # the latest, oldest first
        self._asked: int | None = None  # the offset of the last call
        self._idle = asyncio.Event()

    async def run(self, group: asyncio.TaskGroup) -> None:
        """Fetch for ever; only cancellation or trouble of Telegram's ends it."""
        await self._end_webhook()
        try:
            seconds = 0  # the first is answered at once: then polling is known to run
            while True:
                begun = asyncio.get_running_loop().time()
                batch = await self._fetch(seconds)
                fresh = await self._begin(batch, group)
                empty_handed = bool(seconds) and not fresh
                await self._rest(until=begun + _SPACING_SECONDS * empty_handed)
                seconds = POLL_SECONDS
        except asyncio.CancelledError:
            await self._farewell()
            raise

    @property
    def _offset(self) -> int | None:
        return min(self._held, default=self._next)

    async def _end_webhook(self) -> None:
        """Take a webhook away; where that fails, polling tells whether it matters."""
        try:
            await self._bot.delete_webhook()
        except RetryAfter:
            raise
        except TelegramError as error:
            log.warning("telegram.webhook_stays", error=type(error).__name__)

    async def _fetch(self, seconds: int) -> tuple[Update, ...]:
        """Wait for updates, as patiently whether Telegram hurries as asked or not."""
        begun = self._when_begun()
        self._asked = self._offset
        try:
            with reading():
                found = await self._bot.get_updates(
                    offset=self._asked,
                    timeout=seconds,
                    read_timeout=READ_SECONDS + POLL_SECONDS - seconds,
                    allowed_updates=ALLOWED,
                )
        finally:
            begun.cancel()
        if seconds:
            self._standing.lasts()
        # Against another poller a short call always wins, and proves nothing.
        if seconds or self._standing.trouble != OTHER_POLLER:
            self._standing.well()
        return found

    def _when_begun(self) -> asyncio.TimerHandle:
        """Count a poll that is not refused as one that runs, answered or not."""
        wait = _BEGUN_AFTER.get(self._standing.trouble or "", _BEGUN_SECONDS)
        return asyncio.get_running_loop().call_later(wait, self._standing.well)

    async def _begin(
        self, batch: Sequence[Update], group: asyncio.TaskGroup
    ) -> Sequence[Update]:
        """Take in hand what is new of a batch, and say what that was."""
        fresh = [each for each in batch if each.update_id not in self._seen]
        for update in fresh:
            await self._room.acquire()
            self._take_in_hand(update.update_id)
            group.create_task(self._work(update))
        if batch:
            self._next = max(each.update_id for each in batch) + 1
        if len(batch) >= UPDATES_IN_BATCH and not fresh:
            self._let_go()
        return fresh

    def _take_in_hand(self, number: int) -> None:
        self._held.add(number)
        self._idle.clear()
        self._seen[number] = None
        if len(self._seen) > _REMEMBERED:
            del self._seen[next(iter(self._seen))]

    def _let_go(self) -> None:
        """Confirm the older half of what is in hand: it hides what came later."""
        older = sorted(self._held)[: len(self._held) // 2 + 1]
        log.warning("telegram.updates_not_awaited", count=len(older))
        self._drop(*older)

    def _drop(self, *numbers: int) -> None:
        self._held.difference_update(numbers)
        if not self._held:
            self._idle.set()

    async def _rest(self, *, until: float) -> None:
        """Wait while a call would bring nothing but what is known."""
        if self._held:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_SPACING_SECONDS):
                    await self._idle.wait()
        await asyncio.sleep(max(until - asyncio.get_running_loop().time(), 0.0))

    async def _work(self, update: Update) -> None:
        try:
            await self._updates.take(update)
            self._drop(update.update_id)
        except Exception as error:  # noqa: BLE001 - one update must not end the others
            log.warning("telegram.update_failed", **place_of(error))
            await asyncio.sleep(self._again_seconds)
            self._seen.pop(update.update_id, None)  # so the next call brings it again
        finally:
            self._room.release()

    async def _farewell(self) -> None:
        """Let what was taken end, and confirm it; the rest comes again later."""
        if self._held:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_SETTLE_SECONDS):
                    await self._idle.wait()
        if self._offset in {None, self._asked}:
            return
        try:
            async with asyncio.timeout(_FAREWELL_SECONDS):
                await self._fetch(0)
        except (TelegramError, TimeoutError) as error:
            log.info("telegram.farewell_failed", error=type(error).__name__)
