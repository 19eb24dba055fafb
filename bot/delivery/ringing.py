"""Telling one notification: the picture in time, the message once, the outcome kept."""

import structlog

from bot.delivery import plan
from bot.delivery.desk import Desk
from bot.delivery.marking import Marks
from bot.delivery.posted import Picture
from bot.delivery.posting import Poster
from bot.delivery.settling import Settler
from bot.delivery.sharing import Uploads
from bot.domain.notification import Notification, Reason
from bot.domain.transition import Tell
from bot.errors import StoreError

log = structlog.get_logger(__name__)


class Ringer:
    """Tells one notification at a time; the dispatcher runs many side by side."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._poster = Poster(desk)
        self._settler = Settler(desk)
        self._uploads = Uploads()
        self._marks = Marks(desk)

    async def tell(self, note: Notification) -> None:
        """Tell one notification and keep what came of it.

        A stop is not an attempt. While nothing is on its way it leaves no trace; once
        the call has begun the mark stays, and the next start looks what became of it.

        Raises:
            StoreError: Memory failed; the lease runs out, and the row comes again.
        """
        stops = self._desk.stops
        try:
            with stops.noting([note], traceless=note.sending_since is None):
                picture = await self._ready(note)
            if picture is None:
                return
            with stops.noting([note], traceless=False):
                posted = await self._poster.post(note, picture)
                self._uploads.told(posted)
                self._desk.heed(posted.outcome)
                await self._settler.keep(note, posted)
        except StoreError:
            raise
        except Exception:
            log.exception("delivery.poison", notification=note.id, tell=note.tell)
            await self._settler.bury(note, "poison")
        finally:
            self._uploads.over(note)

    async def _ready(self, note: Notification) -> Picture | None:
        """Wait for picture and turn, and mark the try; None: it was put back."""
        picture = await self._picture(note)
        picture = await self._uploads.shared(note, picture, again=self._picture)
        return await self._begun(note, picture)

    async def _begun(self, note: Notification, picture: Picture) -> Picture | None:
        if picture.coming and note.tell is Tell.AMEND:
            return await self._still_owed(note)
        if not await self._turn(note, files=len(picture.files)):
            return None
        if note.sending_since is None and note.tell is not Tell.AMEND:
            await self._marks.mark(note.id)
        return picture

    async def _picture(self, note: Notification) -> Picture:
        """Get the picture, but never hold the ring for it."""
        if not plan.wants_picture(note):
            return Picture()
        wait = plan.picture_wait(
            note,
            now=self._desk.clock.now(),
            most_seconds=self._desk.options.picture_wait_seconds,
        )
        seconds = max(wait, self._queued(note))
        return await self._desk.picture(note, seconds=seconds)

    def _queued(self, note: Notification) -> float:
        """Seconds that the message waits for its turn anyway; its picture may take them."""
        now = self._desk.clock.monotonic()
        queued = self._desk.lanes.ring_at(note.destination, now) - now
        return min(queued, self._desk.options.lane_wait_seconds)

    async def _still_owed(self, note: Notification) -> Picture | None:
        """Try again for a late picture, or say in the end that it did not come."""
        if note.attempts >= self._desk.options.picture_tries:
            return Picture(problem=Reason.TIMEOUT)
        await self._settler.put_back(
            note,
            seconds=plan.owed_again(note.attempts),
            reason=Reason.WAITING,
            counts=True,
        )
        return None

    async def _turn(self, note: Notification, *, files: int) -> bool:
        """Wait for the chat's turn; put the ring back if that takes long."""
        seconds = await self._desk.take_turn(note.destination, files=files)
        if not seconds:
            return True
        await self._settler.put_back(note, seconds=seconds, reason=Reason.WAITING)
        return False
