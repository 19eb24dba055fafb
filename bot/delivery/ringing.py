"""Telling one notification: the picture in time, the message once, the outcome kept."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from bot.delivery import counts as counted
from bot.delivery import plan
from bot.delivery.desk import Desk
from bot.delivery.plan import Way
from bot.delivery.retry import FORBIDDEN_MOST, backoff, exhausted
from bot.domain.attachment import Attachment
from bot.domain.notification import (
    Deferred,
    Delivered,
    Moved,
    Notification,
    Outcome,
    Reason,
    Refused,
    Unsure,
)
from bot.domain.subscription import Receipt
from bot.domain.transition import Tell
from bot.errors import PictureError
from bot.ports import Letter
from bot.present.build import chat_gone, ring_card
from bot.present.card import Card
from bot.present.reader import Reader

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Picture:
    """What became of a ring's picture by the time it must go."""

    files: tuple[Attachment, ...] = ()
    problem: str | None = None  # why there is none, for good or for now
    coming: bool = False  # it is late: the message will be edited to hold it


class Ringer:
    """Tells one notification at a time; the dispatcher runs many side by side."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def tell(self, note: Notification) -> None:
        """Tell one notification and keep what came of it.

        A stop while nothing is on its way gives the lease back uncounted; once the
        call has begun, the mark stays, and the next start looks what became of it.
        """
        begun = False
        try:
            picture = await self._picture(note)
            if not await self._turn(note):
                return
            begun = await self._begin(note)
            outcome = await self._carry_out(note, picture)
            await self._keep(note, outcome, picture)
        except asyncio.CancelledError:
            if not begun:
                await self._desk.store.release([note.id], clear_sending=False)
            raise
        except Exception:
            log.exception("delivery.poison", notification=note.id, tell=note.tell)
            await self._bury(note, "poison")

    async def _picture(self, note: Notification) -> _Picture:
        """Get the picture, but never hold the ring for it."""
        if not plan.wants_picture(note):
            return _Picture()
        wait = plan.picture_wait(
            note,
            now=self._desk.clock.now(),
            most_seconds=self._desk.options.picture_wait_seconds,
        )
        try:
            async with asyncio.timeout(wait):
                files = await self._desk.gallery.files(
                    note.task,
                    platform=self._desk.messenger.platform,
                    limits=self._desk.messenger.media_limits(note.destination),
                )
        except TimeoutError:
            return _Picture(coming=True)
        except PictureError as error:
            return _Picture(problem=error.reason)
        return _Picture(files=tuple(files))

    async def _turn(self, note: Notification) -> bool:
        """Wait for the chat's turn; put the ring back if that takes long."""
        while True:
            now = self._desk.clock.monotonic()
            at = self._desk.lanes.ring_at(note.destination, now)
            if at <= now:
                self._desk.lanes.rang(note.destination, now)
                return True
            if at - now > self._desk.options.lane_wait_seconds:
                await self._put_back(note, seconds=at - now, reason=Reason.WAITING)
                return False
            await asyncio.sleep(at - now)

    async def _begin(self, note: Notification) -> bool:
        if note.sending_since is None and note.tell is not Tell.AMEND:
            await self._desk.store.mark_sending([note.id], at=self._desk.clock.now())
        return True

    async def _carry_out(self, note: Notification, picture: _Picture) -> Outcome:
        since = note.sending_since
        now = self._desk.clock.now()
        safe = since is None or self._desk.messenger.repeats_safely(
            since=since, now=now
        )
        match plan.way(note, repeats_safely=safe):
            case Way.AMEND:
                return await self._amend(note, picture)
            case Way.LOOK:
                return await self._look(note, picture)
            case Way.SEND:
                return await self._send(
                    note, await self._card(note, picture), picture.files
                )

    async def _amend(self, note: Notification, picture: _Picture) -> Outcome:
        if note.message is None:
            return Refused(reason=Reason.MESSAGE_GONE)
        return await self._desk.messenger.edit(
            note.message,
            await self._card(note, picture),
            to=note.destination,
            files=picture.files,
        )

    async def _look(self, note: Notification, picture: _Picture) -> Outcome:
        """A try is unsure: find it, or make sure without posting the result twice."""
        since = note.sending_since or note.created_at
        found = await self._desk.messenger.find(
            plan.key_of(note), note.destination, since=since
        )
        if found is True:
            return await self._repair(note, picture)
        if found is False:
            return await self._send(
                note, await self._card(note, picture), picture.files
            )
        return Delivered(receipt=found)

    async def _repair(self, note: Notification, picture: _Picture) -> Outcome:
        """The card becomes the result, which can be repeated; one short line rings."""
        if note.card is None:
            card = await self._card(note, picture, maybe_repeated=True)
            return await self._send(note, card, picture.files)
        shown = await self._desk.messenger.edit(
            note.card,
            await self._card(note, picture),
            to=note.destination,
            files=picture.files,
        )
        if isinstance(shown, Refused) and shown.reason is Reason.MESSAGE_GONE:
            return await self._repair(replace(note, card=None), picture)
        if not isinstance(shown, Delivered):
            return shown
        short = ring_card(note, await self._reader(note), short=True)
        rung = await self._send(replace(note, card=shown.receipt), short, (), part="s")
        return shown if isinstance(rung, Delivered) else rung

    async def _send(
        self,
        note: Notification,
        card: Card,
        files: tuple[Attachment, ...],
        *,
        part: str = "",
    ) -> Outcome:
        letter = Letter(
            card=card,
            to=note.destination,
            key=plan.key_of(note, part=part),
            loud=not note.settings.silent,
            reply_to=note.card,
            files=files,
        )
        outcome = await self._desk.messenger.send(letter)
        if (
            files
            and isinstance(outcome, Refused)
            and outcome.reason is Reason.TOO_LARGE
        ):
            again = await self._card(note, _Picture(problem=Reason.TOO_LARGE))
            return await self._desk.messenger.send(
                replace(letter, card=again, files=())
            )
        return outcome

    async def _card(
        self, note: Notification, picture: _Picture, *, maybe_repeated: bool = False
    ) -> Card:
        return ring_card(
            note,
            await self._reader(note),
            picture_problem=picture.problem,
            picture_coming=picture.coming,
            maybe_repeated=maybe_repeated,
        )

    async def _reader(self, note: Notification) -> Reader:
        return await self._desk.readers.of_chat(
            note.destination, note.settings, note.askers
        )

    async def _keep(
        self, note: Notification, outcome: Outcome, picture: _Picture
    ) -> None:
        match outcome:
            case Delivered(receipt=receipt, uploads=uploads):
                await self._settle(note, receipt, uploads, picture)
            case Deferred():
                await self._defer(note, outcome)
            case Moved(chat=chat):
                here = note.destination
                await self._desk.store.move_chat(here.platform, here.chat, chat)
                await self._desk.store.release([note.id], clear_sending=True)
            case Refused():
                await self._refused(note, outcome)
            case Unsure():
                await self._put_back(
                    note, seconds=1.0, reason=outcome.reason, sure=False
                )

    async def _settle(
        self,
        note: Notification,
        receipt: Receipt,
        uploads: dict[int, str],
        picture: _Picture,
    ) -> None:
        if note.tell is Tell.AMEND and picture.coming and not self._tired(note):
            await self._put_back(note, seconds=5.0, reason=Reason.WAITING, counts=True)
            return
        kinds = {file.position: file.kind.value for file in picture.files}
        await self._desk.store.settle(
            note,
            receipt=receipt,
            uploads={
                (kinds[at], at): name for at, name in uploads.items() if at in kinds
            },
            picture_owed=picture.coming and note.tell is not Tell.AMEND,
            at=self._desk.clock.now(),
        )
        counted.told(
            self._desk.metrics,
            note,
            platform=self._desk.messenger.platform,
            at=self._desk.clock.now(),
        )

    def _tired(self, note: Notification) -> bool:
        return note.attempts >= self._desk.options.picture_tries

    async def _defer(self, note: Notification, outcome: Deferred) -> None:
        until = self._desk.clock.monotonic() + outcome.after_seconds
        if outcome.whole_platform:
            self._desk.lanes.pause_all(until=until)
        else:
            self._desk.lanes.pause(note.destination, until=until)
        if outcome.counts and exhausted(note.attempts + 1):
            await self._bury(note, outcome.reason.value)
            return
        await self._put_back(
            note,
            seconds=outcome.after_seconds,
            reason=outcome.reason,
            counts=outcome.counts,
        )

    async def _refused(self, note: Notification, outcome: Refused) -> None:
        reason = outcome.reason
        log.warning("delivery.refused", notification=note.id, reason=reason)
        if reason is Reason.FORBIDDEN and note.attempts + 1 < FORBIDDEN_MOST:
            wait = backoff(
                note.attempts + 1, chance=self._desk.chance()
            ).total_seconds()
            await self._put_back(note, seconds=wait, reason=reason, counts=True)
            return
        await self._bury(note, reason.value)
        if reason in {Reason.BLOCKED, Reason.GONE, Reason.FORBIDDEN}:
            await self._leave(note, reason)

    async def _leave(self, note: Notification, reason: Reason) -> None:
        """The chat is no more: end what is watched for it, tell those who asked once."""
        whole = replace(note.destination, thread=None)
        here = note.destination if reason is Reason.FORBIDDEN else whole
        people = await self._desk.store.end_chat(
            here, reason=reason.value, at=self._desk.clock.now()
        )
        if reason is Reason.BLOCKED:
            return
        card = chat_gone(await self._reader(note))
        for person in people:
            await self._desk.messenger.tell_person(
                person, card, key=plan.key_of(note, part="g")
            )

    async def _bury(self, note: Notification, reason: str) -> None:
        await self._desk.store.give_up(
            note.id, reason=reason, at=self._desk.clock.now()
        )
        counted.given_up(
            self._desk.metrics, reason, platform=self._desk.messenger.platform
        )

    async def _put_back(
        self,
        note: Notification,
        *,
        seconds: float,
        reason: Reason,
        counts: bool = False,
        sure: bool = True,
    ) -> None:
        counted.put_back(
            self._desk.metrics, reason.value, platform=self._desk.messenger.platform
        )
        await self._desk.store.postpone(
            note.id,
            until=self._desk.clock.now() + timedelta(seconds=seconds),
            reason=reason.value,
            counts=counts,
            clear_sending=sure,
        )
