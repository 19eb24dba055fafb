"""Cards on their way to the page: held once the store holds them."""

from datetime import datetime
from typing import Final

from adapters.browser.chat import Chat, Message
from adapters.browser.files import Folder
from adapters.browser.limits import CALLS_A_SECOND, HERE, MEDIA, PACE, PLATFORM, YOU
from adapters.browser.render import Json, card_json
from bot.domain.attachment import Attachment, MediaLimits
from bot.domain.notification import Deferred, Delivered, Outcome, Reason, Refused
from bot.domain.subscription import Destination, Person, Platform, Receipt
from bot.errors import StoreError
from bot.ports import Letter, Pace
from bot.present.card import Card

_NO_FILE: Final = Deferred(after_seconds=5.0, reason=Reason.WAITING)
_NO_STORE: Final = Deferred(
    after_seconds=5.0, reason=Reason.UNAVAILABLE, whole_platform=True, counts=False
)
_ELSEWHERE: Final = Refused(reason=Reason.GONE)
_NOT_THERE: Final = Refused(reason=Reason.MESSAGE_GONE)


class BrowserMessenger:
    """The messenger port, over the console's chat.

    Args:
        chat: Where messages go.
        folder: Where their files go.
    """

    def __init__(self, chat: Chat, folder: Folder) -> None:
        self._chat = chat
        self._folder = folder

    @property
    def platform(self) -> Platform:
        """`browser`."""
        return PLATFORM

    @property
    def calls_a_second(self) -> float:
        """As many as the store likes."""
        return CALLS_A_SECOND

    def pace(self, destination: Destination) -> Pace:
        """The same always: there is one chat."""
        del destination
        return PACE

    def media_limits(self, destination: Destination) -> MediaLimits:
        """Whatever a browser can draw."""
        del destination
        return MEDIA

    def chat_name(self, destination: Destination) -> str:
        """Not known here."""
        del destination
        return ""

    def repeats_safely(self, *, since: datetime, now: datetime) -> bool:
        """Always: a key names one message."""
        del since, now
        return True

    async def find(self, letter: Letter, *, since: datetime) -> Receipt | bool:
        """Look in the history, which cannot speak of what has made room already."""
        found = self._chat.find(letter.key)
        if found is not None:
            return _receipt(found)
        return self._chat.full and self._chat.oldest_at > since.isoformat()

    async def send(self, letter: Letter) -> Outcome:
        """Send a message; a key that is there already is shown anew."""
        if not _ours(letter.to):
            return _ELSEWHERE
        body: Json = {
            "who": "bot",
            "card": card_json(letter.card),
            "loud": letter.loud or None,
            "reply": _number(letter.reply_to),
        }
        try:
            async with self._folder.holding(letter.files) as files:
                message = await self._chat.post(letter.key, _with_files(body, files))
        except OSError:
            return _NO_FILE
        except StoreError:
            return _NO_STORE
        if files and self._chat.full:
            await self._folder.sweep(self._chat.files)
        return Delivered(receipt=_receipt(message))

    async def edit(
        self,
        receipt: Receipt,
        card: Card,
        *,
        to: Destination,
        files: tuple[Attachment, ...] = (),
    ) -> Outcome:
        """Show another card in the same message."""
        number = _number(receipt)
        if number is None or not _ours(to):
            return _NOT_THERE
        try:
            return await self._edit(number, card, files)
        except OSError:
            return _NO_FILE
        except StoreError:
            return _NO_STORE

    async def tell_person(self, person: Person, card: Card, *, key: str) -> Outcome:
        """Write to whoever sits here; nobody else can be reached."""
        if person.key != YOU.key:
            return _ELSEWHERE
        return await self.send(Letter(card=card, to=HERE, key=key, loud=True))

    async def _edit(
        self, number: int, card: Card, files: tuple[Attachment, ...]
    ) -> Outcome:
        before = self._chat.get(number)
        async with self._folder.holding(files) as shown:
            changes = _with_files({"card": card_json(card)}, shown)
            message = await self._chat.change(number, changes)
        if message is None:
            return _NOT_THERE
        if before is not None and before.files - message.files:
            await self._folder.sweep(self._chat.files)
        return Delivered(receipt=Receipt(str(number)))


def _ours(to: Destination) -> bool:
    return (to.platform, to.chat) == (HERE.platform, HERE.chat)


def _with_files(body: Json, files: list[Json]) -> Json:
    """Leave the shown files alone where there are no new ones."""
    return {**body, "files": files, "waiting": None} if files else body


def _receipt(message: Message) -> Receipt:
    return Receipt(str(message.id))


def _number(receipt: Receipt | None) -> int | None:
    return int(receipt) if receipt and receipt.isascii() and receipt.isdigit() else None
