"""Posting one notification: sent, amended, or made sure of after an unsure try."""

from dataclasses import dataclass, replace
from typing import Final, assert_never

from bot.delivery import plan
from bot.delivery.desk import Desk
from bot.delivery.plan import Way
from bot.domain.attachment import Attachment, difference
from bot.domain.notification import (
    Delivered,
    Notification,
    Outcome,
    Reason,
    Refused,
)
from bot.domain.subscription import Receipt
from bot.ports import Letter
from bot.present.build import ring_card
from bot.present.card import Card
from bot.present.reader import Reader

# With files in it such a letter may be to blame for its pictures alone.
_BAD_FILES: Final = frozenset({Reason.TOO_LARGE, Reason.INVALID})


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What became of a ring's picture by the time it must go."""

    files: tuple[Attachment, ...] = ()
    problem: str | None = None  # why there is none, for good or for now
    coming: bool = False  # it is late: the message will be edited to hold it


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What came of posting, and what the message then holds."""

    outcome: Outcome
    picture: Picture


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
        found = await self._desk.messenger.find(
            plan.key_of(note), note.destination, since=since
        )
        if found is True:
            return await self._repair(note, picture)
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

    async def _repair(self, note: Notification, picture: Picture) -> Posted:
        """A message of ours becomes the result, silently; one short line rings.

        An edit can be repeated, so only the line can come twice.
        """
        shown = await self._become_result(note, picture)
        if not isinstance(shown.outcome, Delivered):
            return shown
        if note.card is not None and note.tell.final:
            await self._keep_as_result(note, shown.outcome.receipt)
        now_card = replace(note, card=shown.outcome.receipt)
        rung = await self._letter(now_card, await self._short(note), (), part="s")
        done = isinstance(rung, Delivered)
        return shown if done else Posted(outcome=rung, picture=picture)

    async def _become_result(self, note: Notification, picture: Picture) -> Posted:
        """Edit the card, else the chat's board, else a message made for it."""
        message = note.message or note.card or await self._board(note)
        if message is not None:
            posted = await self._edit(note, message, picture)
            if not isinstance(posted.outcome, Refused):
                return posted
        stand_in = await self._stand_in(note)
        if not isinstance(stand_in, Delivered):
            return Posted(outcome=stand_in, picture=picture)
        return await self._edit(note, stand_in.receipt, picture)

    async def _board(self, note: Notification) -> Receipt | None:
        """Take the chat's board, which is posted anew; a second try finds it again."""
        return await self._desk.store.take_board(note.destination, notes=[note.id])

    async def _stand_in(self, note: Notification) -> Outcome:
        """Post a line that makes no sound and tells no result: it may come twice."""
        line = replace(await self._short(note), mentions=())
        posted = await self._letter(note, line, (), part="r", loud=False)
        if isinstance(posted, Delivered):
            await self._desk.store.keep_message([note.id], posted.receipt)
        return posted

    async def _short(self, note: Notification) -> Card:
        return ring_card(note, await self._reader(note), short=True)

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
        card = await self._card(note, picture)
        outcome = await self._letter(note, card, picture.files)
        if not _files_refused(outcome, picture):
            return Posted(outcome=outcome, picture=picture)
        without = Picture(problem=Reason.TOO_LARGE)
        card = await self._card(note, without)
        return Posted(outcome=await self._letter(note, card, ()), picture=without)

    async def _edit(
        self, note: Notification, message: Receipt, picture: Picture
    ) -> Posted:
        outcome = await self._show(note, message, picture)
        if not _files_refused(outcome, picture):
            return Posted(outcome=outcome, picture=picture)
        without = Picture(problem=Reason.TOO_LARGE)
        outcome = await self._show(note, message, without)
        return Posted(outcome=outcome, picture=without)

    async def _show(
        self, note: Notification, message: Receipt, picture: Picture
    ) -> Outcome:
        return await self._desk.messenger.edit(
            message,
            await self._card(note, picture),
            to=note.destination,
            files=picture.files,
        )

    async def _letter(
        self,
        note: Notification,
        card: Card,
        files: tuple[Attachment, ...],
        *,
        part: str = "",
        loud: bool = True,
    ) -> Outcome:
        return await self._desk.messenger.send(
            Letter(
                card=card,
                to=note.destination,
                key=plan.key_of(note, part=part),
                loud=loud and not note.settings.silent,
                reply_to=note.card,
                files=files,
            )
        )

    async def _card(self, note: Notification, picture: Picture) -> Card:
        return ring_card(
            note,
            await self._reader(note),
            picture_problem=picture.problem or difference(picture.files),
            picture_coming=picture.coming,
        )

    async def _reader(self, note: Notification) -> Reader:
        return await self._desk.readers.of_chat(
            note.destination, note.settings, note.askers
        )


def _files_refused(outcome: Outcome, picture: Picture) -> bool:
    refused = isinstance(outcome, Refused) and outcome.reason in _BAD_FILES
    return refused and bool(picture.files)


def _refused(reason: Reason) -> Posted:
    return Posted(outcome=Refused(reason=reason), picture=Picture())
