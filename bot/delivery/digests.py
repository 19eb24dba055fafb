"""Telling a crowd: one message for many tells of one place, settled as one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

import structlog

from bot.delivery import albums, counts
from bot.delivery.albums import Album
from bot.delivery.desk import Desk
from bot.delivery.mending import Mending
from bot.delivery.posted import Posted, is_bad, without_files
from bot.delivery.settling import Settler
from bot.domain.attachment import Attachment
from bot.domain.notification import (
    Delivered,
    Notification,
    NotificationId,
    Outcome,
    Reason,
)
from bot.domain.subscription import Receipt
from bot.errors import StoreError
from bot.ports import Letter
from bot.present.board import digest_card, digest_short
from bot.present.card import Card

log = structlog.get_logger(__name__)


class _Posted(NamedTuple):
    """What came of posting, and which pictures went along or are to follow."""

    outcome: Outcome
    album: Album


class _Draft(NamedTuple):
    """What is to be sent, made before the try begins."""

    card: Card
    album: Album


class Digests:
    """Tells one digest at a time; the dispatcher runs many side by side."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._settler = Settler(desk)

    async def tell(
        self, notes: Sequence[Notification], *, hurried: bool
    ) -> Sequence[Notification]:
        """Tell them in one message and keep what came of it.

        Args:
            notes: All of one place; those told together before are whole.
            hurried: So much waits that no message can wait for its pictures.

        Returns:
            Those that cannot be told so: each is to be told alone.

        Raises:
            StoreError: Memory failed; the leases run out, and the rows come again.
        """
        fresh = all(note.sending_since is None for note in notes)
        named = [replace(note, digest=_name(notes)) for note in notes]
        draft = None
        try:
            with self._desk.stops.noting(named, traceless=fresh):
                draft = await self._ready(named, wait=fresh and not hurried)
            if draft is None:
                return ()
            with self._desk.stops.noting(named, traceless=False):
                posted = await self._post(named, draft)
                return await self._keep(named, posted, fresh=fresh)
        except StoreError:
            raise
        except Exception:
            log.exception("delivery.poison_digest", digest=_name(notes))
            return await self._split(named, unsent=fresh and draft is None)

    async def _ready(
        self, notes: Sequence[Notification], *, wait: bool
    ) -> _Draft | None:
        """Wait for pictures and turn, and mark the try; None: it was put back."""
        album = await albums.at_once(self._desk, notes, wait=wait)
        reader = await self._desk.reader(notes[0])
        card = digest_card(notes, reader, pictures_coming=bool(album.owed))
        to, files = notes[0].destination, len(album.files)
        if seconds := await self._desk.take_turn(to, files=files):
            await put_back(self._desk, notes, seconds=seconds)
            return None
        await self._desk.store.mark_digest(
            [note.id for note in notes],
            digest=_name(notes),
            at=self._desk.clock.now(),
        )
        return _Draft(card, album)

    async def _post(self, notes: Sequence[Notification], draft: _Draft) -> _Posted:
        """Send it, or make sure of an earlier try: then pictures are left to buttons."""
        since = min((n.sending_since for n in notes if n.sending_since), default=None)
        now = self._desk.clock.now()
        messenger = self._desk.messenger
        if since is None or messenger.repeats_safely(since=since, now=now):
            return _Posted(await self._send(notes, draft), draft.album)
        letter = _letter(notes, draft.card)
        found = await messenger.find(letter, since=since)
        if found is False:
            return _Posted(await self._send(notes, draft), draft.album)
        if found is True:
            return _Posted(await self._repair(notes, letter), Album())
        return _Posted(Delivered(receipt=found), Album())

    async def _send(self, notes: Sequence[Notification], draft: _Draft) -> Outcome:
        send, files = self._desk.messenger.send, draft.album.files
        outcome = await send(_letter(notes, draft.card, files=files))
        if files and without_files(outcome):
            return await send(_letter(notes, draft.card))
        return outcome

    async def _repair(self, notes: Sequence[Notification], letter: Letter) -> Outcome:
        """A message of ours becomes the digest, and one short line rings."""
        reader = await self._desk.reader(notes[0])
        card, edit = digest_card(notes, reader), self._desk.messenger.edit

        async def show(message: Receipt) -> Posted:
            return Posted(outcome=await edit(message, card, to=letter.to))

        mending = Mending(
            desk=self._desk,
            notes=notes,
            letter=letter,
            short=digest_short(notes, reader),
            show=show,
        )
        shown = (await mending.silently()).outcome
        if not isinstance(shown, Delivered):
            return shown
        rung = await mending.ring(shown.receipt)
        return shown if isinstance(rung, Delivered) else rung

    async def _keep(
        self, notes: Sequence[Notification], posted: _Posted, *, fresh: bool
    ) -> Sequence[Notification]:
        outcome, album = posted
        self._desk.heed(outcome)
        if is_bad(outcome):  # one of the lines alone may be to blame
            log.warning("delivery.digest_refused", digest=_name(notes))
            return await self._split(notes, unsent=fresh)
        if not isinstance(outcome, Delivered):
            for note in notes:
                await self._settler.keep(note, Posted(outcome=outcome))
            return ()
        at = self._desk.clock.now()
        await self._desk.store.settle_digest(
            notes,
            receipt=outcome.receipt,
            uploads=album.uploads(outcome.uploads),
            owed=album.owed,
            at=at,
        )
        platform = self._desk.messenger.platform
        for note in notes:
            counts.told(self._desk.metrics, note, platform=platform, at=at)
        return ()

    async def _split(
        self, notes: Sequence[Notification], *, unsent: bool
    ) -> Sequence[Notification]:
        """Let each be told alone; an earlier try that may be out stays in mind."""
        ids = [note.id for note in notes]
        await self._desk.store.split_digest(ids, clear_sending=unsent)
        since = None if unsent else self._desk.clock.now()
        return [replace(note, digest=None, sending_since=since) for note in notes]


async def put_back(
    desk: Desk,
    notes: Sequence[Notification],
    *,
    seconds: float,
    attempted: bool = False,
) -> None:
    """Try them again later, as nothing of them went out; a mark of before stays."""
    counts.put_back(
        desk.metrics, Reason.WAITING.value, platform=desk.messenger.platform
    )
    await desk.store.postpone_digest(
        [note.id for note in notes],
        until=desk.clock.now() + timedelta(seconds=seconds),
        reason=Reason.WAITING.value,
        counts=attempted,
        clear_sending=all(note.sending_since is None for note in notes),
    )


def _name(notes: Sequence[Notification]) -> NotificationId:
    """The first one's id names a digest, even when that one is gone."""
    return notes[0].digest or notes[0].id


def _letter(
    notes: Sequence[Notification], card: Card, *, files: tuple[Attachment, ...] = ()
) -> Letter:
    return Letter(
        card=card,
        to=notes[0].destination,
        key=f"mjw-t{_name(notes):x}",
        loud=not notes[0].settings.silent,
        files=files,
    )
