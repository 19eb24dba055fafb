"""Posting one notification: sent, amended, or made sure of after an unsure try."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import assert_never

from bot.delivery import plan
from bot.delivery.desk import Desk
from bot.delivery.mending import Mending
from bot.delivery.plan import Way
from bot.delivery.posted import Picture, Posted, is_bad, without_files
from bot.domain.attachment import difference
from bot.domain.notification import Delivered, Notification, Outcome, Reason, Refused
from bot.domain.subscription import Receipt
from bot.ports import Letter
from bot.present.card import Card
from bot.present.ring import ring_card


class Poster:
    """Carries notifications out on one platform."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def post(self, note: Notification, picture: Picture) -> Posted:
        """Tell it, the result never twice."""
        now = self._desk.clock.now()
        since = note.sending_since
        safe = since is None or self._desk.messenger.repeats_safely(
            since=since, now=now
        )
        way = plan.way(note, repeats_safely=safe)
        match way:
            case Way.AMEND:
                return await self._amend(note, picture)
            case Way.LOOK:
                return await self._look(note, picture)
            case Way.SEND:
                return await self._send(note, picture)
            case _:
                assert_never(way)

    async def _amend(self, note: Notification, picture: Picture) -> Posted:
        if note.message is None:
            return _refused(Reason.MESSAGE_GONE)
        return await self._edit(note, note.message, picture)

    async def _look(self, note: Notification, picture: Picture) -> Posted:
        """A try is unsure: find it, or make sure without posting the result twice."""
        since = note.sending_since or note.created_at
        letter = await self._letter(note, picture)
        found = await self._desk.messenger.find(letter, since=since)
        if found is True:
            return await self._repair(note, letter, picture)
        if found is False:
            return await self._send(note, picture)
        return await self._found(note, found, picture)

    async def _found(
        self, note: Notification, message: Receipt, picture: Picture
    ) -> Posted:
        """It is there; whether it holds the picture is not known, so it is edited."""
        shown = await self._edit(note, message, picture)
        if isinstance(shown.outcome, Delivered):
            return shown
        owed = Picture(coming=bool(picture.files) or picture.coming)
        return Posted(outcome=Delivered(receipt=message), picture=owed)

    async def _repair(
        self, note: Notification, letter: Letter, picture: Picture
    ) -> Posted:
        """A message of ours becomes the result, and one short line rings.

        Pictures that would go out beside it may be there already: they are left out.
        """
        limits = self._desk.messenger.media_limits(note.destination)
        picture = replace(picture, files=picture.files[: limits.edit_count])
        mending = Mending(
            desk=self._desk,
            notes=[note],
            letter=letter,
            short=ring_card(note, await self._desk.reader(note), short=True),
            show=lambda message: self._edit(note, message, picture),
        )
        shown = await mending.silently()
        if not isinstance(shown.outcome, Delivered):
            return shown
        if note.card is not None and note.tell.final:
            await self._keep_as_result(note, shown.outcome.receipt)
        rung = await mending.ring(shown.outcome.receipt)
        return shown if isinstance(rung, Delivered) else Posted(outcome=rung)

    async def _keep_as_result(self, note: Notification, result: Receipt) -> None:
        """What was the live card holds the result now: nothing may shrink it.

        It stays the card, for another repair should this one be cut short.
        """
        await self._desk.store.card_shown(
            note.subscription,
            version=note.task.version,
            receipt=result,
            at=self._desk.clock.now(),
            over=True,
        )

    async def _send(self, note: Notification, picture: Picture) -> Posted:
        async def send(held: Picture) -> Outcome:
            return await self._desk.messenger.send(await self._letter(note, held))

        return await self._carried(note, picture, send)

    async def _edit(
        self, note: Notification, message: Receipt, picture: Picture
    ) -> Posted:
        async def show(held: Picture) -> Outcome:
            return await self._show(note, message, held)

        return await self._carried(note, picture, show)

    async def _carried(
        self,
        note: Notification,
        picture: Picture,
        call: Callable[[Picture], Awaitable[Outcome]],
    ) -> Posted:
        """Carry it out: where files are refused with their bytes, else without."""
        outcome = await call(picture)
        if is_bad(outcome) and any(file.file_id for file in picture.files):
            picture = await self._anew(note)
            outcome = await call(picture)
        if picture.files and (problem := without_files(outcome)):
            picture = Picture(problem=problem)
            outcome = await call(picture)
        return Posted(outcome=outcome, picture=picture)

    async def _anew(self, note: Notification) -> Picture:
        """Fetch pictures whose earlier uploads the platform does not know any more."""
        seconds = self._desk.options.picture_wait_seconds
        picture = await self._desk.picture(note, seconds=seconds, anew=True)
        return Picture(problem=Reason.TIMEOUT) if picture.coming else picture

    async def _show(
        self, note: Notification, message: Receipt, picture: Picture
    ) -> Outcome:
        return await self._desk.messenger.edit(
            message,
            await self._card(note, picture),
            to=note.destination,
            files=picture.files,
        )

    async def _letter(self, note: Notification, picture: Picture) -> Letter:
        return Letter(
            card=await self._card(note, picture),
            to=note.destination,
            key=plan.key_of(note),
            loud=not note.settings.silent,
            reply_to=note.card,
            files=picture.files,
        )

    async def _card(self, note: Notification, picture: Picture) -> Card:
        return ring_card(
            note,
            await self._desk.reader(note),
            picture_problem=picture.problem or difference(picture.files),
            picture_coming=picture.coming,
        )


def _refused(reason: Reason) -> Posted:
    return Posted(outcome=Refused(reason=reason))
