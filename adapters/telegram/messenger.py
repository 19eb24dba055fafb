"""Cards on their way to Telegram; every refusal becomes an Outcome."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog
from telegram import Bot, Message
from telegram.error import TelegramError

from adapters.telegram import posting
from adapters.telegram.files import alike
from adapters.telegram.ledger import Ledger
from adapters.telegram.limits import (
    ALBUM_FILES,
    CALLS_A_SECOND,
    MEDIA,
    PLATFORM,
    pace_of,
)
from adapters.telegram.outcomes import DOWN, NO_METHOD, outcome_of, says
from adapters.telegram.posting import album_head, spot_of
from adapters.telegram.reading import reading
from adapters.telegram.receipts import Holds, Sent, file_id, read_receipt
from adapters.telegram.render import render
from bot.domain.attachment import Attachment, MediaLimits
from bot.domain.notification import (
    Deferred,
    Delivered,
    Outcome,
    Reason,
    Refused,
    Unsure,
)
from bot.domain.subscription import Destination, Person, Place, Platform, Receipt
from bot.ports import Letter, Pace
from bot.present.card import Card

log = structlog.get_logger(__name__)

_NO_FILE: Final = Deferred(
    after_seconds=5.0, reason=Reason.WAITING
)  # it left the cache; fetched anew
_THREAD_GONE: Final = "message thread not found"
_UNCHANGED: Final = "message is not modified"
_NO_TEXT: Final = "there is no text in the message"
_NO_CAPTION: Final = "there is no caption in the message"


class TelegramMessenger:
    """The messenger port, over one bot.

    Args:
        bot: The library's client; its session belongs to the caller.
        ledger: What the chats have been sent; shared by all that send.
        answers: What is sent are answers to people; they leave room for rings.
    """

    def __init__(self, bot: Bot, *, ledger: Ledger, answers: bool = False) -> None:
        self._bot = bot
        self._ledger = ledger
        self._answers = answers
        self._doubtful = False  # a send is unsure, and none has been sure since

    @property
    def platform(self) -> Platform:
        """`telegram`."""
        return PLATFORM

    @property
    def calls_a_second(self) -> float:
        """All chats together."""
        return CALLS_A_SECOND

    def pace(self, destination: Destination) -> Pace:
        """Private chats bear more than groups and channels; answers there count."""
        pace = pace_of(destination.place)
        left = pace.calls_a_minute - self._ledger.answers(destination)
        return replace(pace, calls_a_minute=left)

    def media_limits(self, destination: Destination) -> MediaLimits:
        """The same everywhere."""
        del destination
        return MEDIA

    def chat_name(self, destination: Destination) -> str:
        """Not known here."""
        del destination
        return ""

    def repeats_safely(self, *, since: datetime, now: datetime) -> bool:
        """Never: Telegram has no key that makes two calls one message."""
        del since, now
        return False

    async def find(self, letter: Letter, *, since: datetime) -> Receipt | bool:
        """Telegram cannot say: a bot cannot read a chat's history."""
        del letter, since
        return True

    async def send(self, letter: Letter) -> Outcome:
        """Send a new message; several files go as an album, the card below it."""
        if down := self._doubtful and await self._down():
            return down
        if wait := self._spend(letter.to, _calls(letter.files)):
            return wait
        outcome = self._noted(letter.to, await self._send(letter))
        self._doubtful = isinstance(outcome, Unsure)
        return outcome

    async def _down(self) -> Deferred | None:
        """Try what may be repeated before another message is at stake.

        After a failure nobody knows whether a message went out, so in an outage each
        try would cost a chat its ring with the picture. None: Telegram answers.
        """
        try:
            with reading():
                await self._bot.get_me()
        except TelegramError as error:
            said = outcome_of(error, sending=False)
            if isinstance(said, Deferred) and said.reason is not DOWN.reason:
                return said
            return DOWN
        return None

    def _spend(self, to: Destination, calls: int) -> Deferred | None:
        return self._ledger.spend(to, calls, answer=self._answers)

    def _noted(self, to: Destination, outcome: Outcome) -> Outcome:
        """Let everybody leave a chat alone that asks for it."""
        if isinstance(outcome, Deferred) and outcome.reason is Reason.RATE_LIMITED:
            self._ledger.rest(to, outcome.after_seconds)
        return outcome

    async def _send(self, letter: Letter) -> Outcome:
        try:
            with ExitStack() as stack:
                return await self._post(letter, stack)
        except OSError:
            return _NO_FILE
        except TelegramError as error:
            again = _otherwise(letter, error)
            return await self._send(again) if again else outcome_of(error, sending=True)

    async def edit(
        self,
        receipt: Receipt,
        card: Card,
        *,
        to: Destination,
        files: tuple[Attachment, ...] = (),
    ) -> Outcome:
        """Show another card in the same message; its keyboard always goes along.

        Several files: the first comes into the message, the others below it once,
        when the message turns from text into a picture.
        """
        shown = read_receipt(receipt)
        if shown is None:
            return Refused(reason=Reason.MESSAGE_GONE)
        if wait := self._spend(to, _calls_of_edit(shown, files)):
            return wait
        return self._noted(to, await self._edit(shown, card, to, files))

    async def _edit(
        self,
        shown: Sent,
        card: Card,
        to: Destination,
        files: tuple[Attachment, ...],
    ) -> Outcome:
        try:
            with ExitStack() as stack:
                return await self._change(shown, card, to, files, stack)
        except OSError:
            return _NO_FILE
        except TelegramError as error:
            again = _shown_otherwise(shown, error)
            if again is None:
                return _edit_outcome(shown, files, error)
            return await self._edit(again, card, to, files)

    async def tell_person(self, person: Person, card: Card, *, key: str) -> Outcome:
        """Write to a person's private chat, which bears their number."""
        to = Destination(platform=PLATFORM, chat=person.id, place=Place.PRIVATE)
        return await self.send(Letter(card=card, to=to, key=key, loud=True))

    async def _post(self, letter: Letter, stack: ExitStack) -> Outcome:
        files, spot = alike(letter.files)[:ALBUM_FILES], spot_of(letter)
        if len(files) > 1:
            return await self._post_album(letter, files, stack)
        words = render(letter.card, caption=bool(files))
        if not files:
            message = await posting.post_text(self._bot, spot, words)
            return Delivered(receipt=_made(message, letter, Holds.TEXT).receipt)
        message = await posting.post_file(self._bot, spot, words, files[0], stack)
        shown = _made(message, letter, Holds.MEDIA)
        return Delivered(receipt=shown.receipt, uploads=_uploads(files, (message,)))

    async def _post_album(
        self, letter: Letter, files: tuple[Attachment, ...], stack: ExitStack
    ) -> Outcome:
        """Send the album, which rings; then, silent below it, the card with its keyboard.

        Should the second fail, the album stands for the card: no picture goes twice.
        """
        head = render(album_head(letter.card), caption=True)
        messages = await posting.post_album(
            self._bot, spot_of(letter), head, files, stack
        )
        album = _made(messages[0], letter, Holds.ALBUM)
        if len(letter.card.blocks) <= 1 and not letter.card.buttons:
            made = _uploads(files, messages)  # the album says it all
            return Delivered(receipt=album.receipt, uploads=made)
        card = replace(letter.card, mentions=())
        below = replace(letter, card=card, files=(), loud=False, reply_to=album.receipt)
        outcome = await self._send(below)
        if not isinstance(outcome, Delivered):
            log.warning("telegram.keyboard_missing", chat=letter.to.chat)
            outcome = Delivered(receipt=album.receipt)
        return Delivered(receipt=outcome.receipt, uploads=_uploads(files, messages))

    async def _change(
        self,
        shown: Sent,
        card: Card,
        to: Destination,
        files: tuple[Attachment, ...],
        stack: ExitStack,
    ) -> Outcome:
        files = alike(files)[:ALBUM_FILES]
        first = files[0] if files else None
        done = await posting.change(self._bot, shown, card, first, stack)
        changed = (done,) if isinstance(done, Message) and files else ()
        uploads = _uploads(files[:1], changed)
        if shown.holds is Holds.TEXT and len(files) > 1:
            uploads |= await self._post_rest(shown, to, files[1:])
        return Delivered(receipt=_as_shown(shown, files).receipt, uploads=uploads)

    async def _post_rest(
        self, shown: Sent, to: Destination, files: tuple[Attachment, ...]
    ) -> dict[int, str]:
        """Send what one message cannot hold below it; failing that, do without."""
        letter = Letter(card=Card(), to=to, key="", reply_to=shown.receipt, files=files)
        try:
            with ExitStack() as stack:
                messages = await self._post_files(letter, stack)
        except (OSError, TelegramError) as error:
            log.warning("telegram.rest_missing", error=type(error).__name__)
            return {}
        return _uploads(files, messages)

    async def _post_files(
        self, letter: Letter, stack: ExitStack
    ) -> tuple[Message, ...]:
        spot, words = spot_of(letter), render(letter.card, caption=True)
        if len(letter.files) > 1:
            return await posting.post_album(self._bot, spot, words, letter.files, stack)
        file = letter.files[0]
        return (await posting.post_file(self._bot, spot, words, file, stack),)


def _made(message: Message, letter: Letter, holds: Holds) -> Sent:
    """Note a message by what went out; not every server's answer says it all."""
    chat = str(message.chat_id or letter.to.chat)
    return Sent(chat, message.message_id, holds)


def _calls(files: Sequence[Attachment]) -> int:
    """Count as a group does: each file of an album for one, the card below it, too."""
    count = min(len(files), ALBUM_FILES)
    return count + 1 if count > 1 else 1


def _calls_of_edit(shown: Sent, files: Sequence[Attachment]) -> int:
    more = shown.holds is Holds.TEXT and files
    return len(files[:ALBUM_FILES]) if more else 1


def _otherwise(letter: Letter, error: TelegramError) -> Letter | None:
    """Say how else a refused letter may go; None: in no other way."""
    if says(error, _THREAD_GONE) and letter.to.thread:
        return replace(letter, to=replace(letter.to, thread=None))
    if says(error, NO_METHOD) and len(letter.files) > 1:
        return replace(letter, files=letter.files[:1])
    return None


def _shown_otherwise(shown: Sent, error: TelegramError) -> Sent | None:
    """Say what a message is, when it is not what we thought it was."""
    if says(error, _NO_TEXT) and shown.holds in {Holds.TEXT, Holds.UNKNOWN}:
        return replace(shown, holds=Holds.MEDIA)
    if says(error, _NO_CAPTION) and shown.holds is Holds.MEDIA:
        return replace(shown, holds=Holds.TEXT)
    return None


def _edit_outcome(
    shown: Sent, files: tuple[Attachment, ...], error: TelegramError
) -> Outcome:
    if says(error, _UNCHANGED):
        return Delivered(receipt=_as_shown(shown, files).receipt)
    return outcome_of(error, sending=False)


def _as_shown(shown: Sent, files: tuple[Attachment, ...]) -> Sent:
    """Note what the message is after an edit."""
    if shown.holds is Holds.ALBUM:
        return shown
    if files:
        return replace(shown, holds=Holds.MEDIA)
    known = Holds.TEXT if shown.holds is Holds.UNKNOWN else shown.holds
    return replace(shown, holds=known)


def _uploads(
    files: Sequence[Attachment], messages: Sequence[Message]
) -> dict[int, str]:
    """Telegram's own names of what was just sent, by the place in the task."""
    named = zip(files, map(file_id, messages), strict=False)
    return {file.position: name for file, name in named if name}
