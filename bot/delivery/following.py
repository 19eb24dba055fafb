"""Pictures that follow a digest: a silent album, as its chat has room for it."""

from collections.abc import Sequence
from typing import Final

import structlog

from bot.delivery import albums, plan
from bot.delivery.albums import Album, Found
from bot.delivery.desk import Desk
from bot.delivery.digests import put_back
from bot.delivery.posted import Posted, without_files
from bot.delivery.settling import Settler
from bot.domain.notification import Delivered, Notification, Outcome
from bot.errors import StoreError
from bot.ports import Letter
from bot.present.board import album_card

log = structlog.get_logger(__name__)

ROOM_SECONDS: Final = 5.0  # until a chat without room is asked again


class Following:
    """Sends the pictures that a digest owes; each stays a button's press away."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._settler = Settler(desk)

    async def tell(self, notes: Sequence[Notification]) -> None:
        """Send what is there of these pictures, and keep what came of it.

        Raises:
            StoreError: Memory failed; the leases run out, and the rows come again.
        """
        fresh = all(note.sending_since is None for note in notes)
        try:
            with self._desk.stops.noting(notes, traceless=fresh):
                found = await self._ready(notes, fresh=fresh)
            if found is None:
                return
            with self._desk.stops.noting(notes, traceless=False):
                await self._send(found)
        except StoreError:
            raise
        except Exception:
            log.exception("delivery.poison_album", notification=notes[0].id)
            await self._settle(notes, None)

    async def _ready(
        self, notes: Sequence[Notification], *, fresh: bool
    ) -> list[Found] | None:
        """Get the pictures; None: there is nothing to send, or not now."""
        if not fresh and not await self._may_repeat(notes):
            await self._settle(notes, None)
            return None
        found = await albums.look(self._desk, notes)
        if any(each.late for each in found) and self._waits(notes):
            again = plan.owed_again(notes[0].attempts)
            await put_back(self._desk, notes, seconds=again, attempted=True)
            return None
        if not any(each.file for each in found):
            await self._settle(notes, None)
            return None
        return found

    async def _may_repeat(self, notes: Sequence[Notification]) -> bool:
        """Whether an unsure try can go out again and be seen once."""
        now = self._desk.clock.now()
        since = min(n.sending_since for n in notes if n.sending_since)
        return self._desk.messenger.repeats_safely(since=since, now=now)

    def _waits(self, notes: Sequence[Notification]) -> bool:
        return notes[0].attempts < self._desk.options.picture_tries

    async def _send(self, found: Sequence[Found]) -> None:
        """Send as many as there is room for; the others come in the next album."""
        shown = albums.fitting(self._desk, found)
        if not shown:
            await self._later(found, seconds=ROOM_SECONDS)
            return
        album = Album(shown=shown)
        last = max(each.note.id for each in shown)
        now_done = [each.note for each in found if each.note.id <= last]
        rest = [each for each in found if each.note.id > last]
        if seconds := await self._turn(album):
            await self._later(found, seconds=seconds)
            return
        await self._desk.store.mark_sending(
            [note.id for note in now_done], at=self._desk.clock.now()
        )
        await self._keep(now_done, album, await self._post(album))
        await self._later(rest, seconds=0.0)

    async def _turn(self, album: Album) -> float:
        """Pictures never go before a ring or an edit: theirs is what is left."""
        lanes, to = self._desk.lanes, album.shown[0].note.destination
        now = self._desk.clock.monotonic()
        if (at := lanes.edit_at(to, now)) > now:
            return at - now
        return await self._desk.take_turn(to, files=len(album.files))

    async def _post(self, album: Album) -> Outcome:
        first = album.shown[0].note
        reader = await self._desk.reader(first)
        return await self._desk.messenger.send(
            Letter(
                card=album_card(len(album.files), reader),
                to=first.destination,
                key=f"mjw-t{first.id:x}-album",
                reply_to=first.message,
                files=album.files,
            )
        )

    async def _keep(
        self, notes: Sequence[Notification], album: Album, outcome: Outcome
    ) -> None:
        self._desk.heed(outcome)
        match outcome:
            case Delivered():
                await self._settle(notes, outcome, album=album)
            case _ if without_files(outcome):
                log.warning("delivery.album_refused", notification=notes[0].id)
                await self._settle(notes, None)
            case _:
                for note in notes:
                    await self._settler.keep(note, Posted(outcome=outcome))

    async def _later(self, found: Sequence[Found], *, seconds: float) -> None:
        if notes := [each.note for each in found]:
            await put_back(self._desk, notes, seconds=seconds)

    async def _settle(
        self,
        notes: Sequence[Notification],
        outcome: Delivered | None,
        *,
        album: Album | None = None,
    ) -> None:
        """Done with these: shown, or left to their buttons."""
        await self._desk.store.settle_digest(
            notes,
            receipt=outcome.receipt if outcome else notes[0].message,
            uploads=album.uploads(outcome.uploads) if album and outcome else {},
            at=self._desk.clock.now(),
        )
