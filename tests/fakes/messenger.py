"""A platform in memory: keeps messages, says what a script tells it to."""

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.attachment import Attachment, MediaLimits
from bot.domain.notification import Delivered, Outcome, Reason, Refused, Unsure
from bot.domain.subscription import Destination, Person, Platform, Receipt
from bot.ports import Clock, Letter, Pace
from bot.present.card import Card
from tests.fakes.desk import DISCORD

SAFE_FOR: Final = timedelta(minutes=5)  # how long a repeated key is known
ROOMY: Final = MediaLimits(
    photo_bytes=10**7, document_bytes=10**7, video_bytes=10**7, total_bytes=10**8
)
AT_ONCE: Final = Pace(edit_seconds=4.0, old_edit_seconds=30.0, calls_a_minute=0)


@dataclass(slots=True)
class Posted:
    """A message as it stands in its chat."""

    receipt: Receipt
    to: Destination
    key: str
    loud: bool
    reply_to: Receipt | None
    cards: list[Card]  # as it was shown, the newest last
    files: tuple[Attachment, ...]

    @property
    def words(self) -> str:
        """What its newest card says."""
        return words(self.cards[-1])


@dataclass(frozen=True, slots=True)
class Lost:
    """A call that is carried out though its answer is lost."""

    reason: Reason = Reason.TIMEOUT


Said = Outcome | Lost | asyncio.Event | Exception


@dataclass(eq=False)
class FakeMessenger:
    """Implements Messenger.

    Attributes:
        repeats: A repeated key makes no second message, and history can be searched;
            else nobody can say what became of a lost call.
        chat_pace: How fast a chat may be spoken to.
        sent: All messages, oldest first.
        calls: What was called, in order: its name, chat, and key or receipt.
        personal: What people were told alone.
    """

    clock: Clock
    platform: Platform = DISCORD
    repeats: bool = True
    chat_pace: Pace = AT_ONCE
    calls_a_second: float = 1000.0
    sent: list[Posted] = field(default_factory=list)
    calls: list[tuple[str, str, str]] = field(default_factory=list)
    personal: list[tuple[Person, Card]] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    _script: dict[tuple[str, str], deque[Said]] = field(
        default_factory=lambda: defaultdict(deque)
    )

    def says(self, call: str, *answers: Said, chat: str = "*") -> None:
        """Script the next answers to `send`, `edit` or `tell`, in one chat or in any.

        A `Lost` call is carried out; an Event is waited for, then it goes well.
        """
        self._script[call, chat].extend(answers)

    def pace(self, destination: Destination) -> Pace:
        """Give the same pace to every chat."""
        return self.chat_pace

    def media_limits(self, destination: Destination) -> MediaLimits:
        """Take nearly anything."""
        return ROOMY

    def chat_name(self, destination: Destination) -> str:
        """Call each chat by its number."""
        return f"#chat-{destination.chat}"

    def repeats_safely(self, *, since: datetime, now: datetime) -> bool:
        """Say whether the same key is still known."""
        return self.repeats and now - since < SAFE_FOR

    async def send(self, letter: Letter) -> Outcome:
        """Post, unless the script says otherwise."""
        self.calls.append(("send", letter.to.chat, letter.key))
        told = await self._said("send", letter.to.chat)
        if isinstance(told, Outcome):
            return told
        posted = self._known(letter.key) or self._post(letter)
        return Unsure(reason=told.reason) if told else _delivered(posted, letter.files)

    async def edit(
        self,
        receipt: Receipt,
        card: Card,
        *,
        to: Destination,
        files: tuple[Attachment, ...] = (),
    ) -> Outcome:
        """Show another card in the same message."""
        self.calls.append(("edit", to.chat, receipt))
        told = await self._said("edit", to.chat)
        if isinstance(told, Outcome):
            return told
        found = next((each for each in self.sent if each.receipt == receipt), None)
        if found is None:
            return Refused(reason=Reason.MESSAGE_GONE)
        found.cards.append(card)
        found.files = files or found.files
        return Unsure(reason=told.reason) if told else _delivered(found, files)

    async def find(self, letter: Letter, *, since: datetime) -> Receipt | bool:
        """Search the chat, where that can be done."""
        self.calls.append(("find", letter.to.chat, letter.key))
        if not self.repeats:
            return True
        found = next((each for each in self.sent if each.key == letter.key), None)
        return found.receipt if found else False

    async def tell_person(self, person: Person, card: Card, *, key: str) -> Outcome:
        """Write to a person alone."""
        self.calls.append(("tell", person.id, key))
        told = await self._said("tell", person.id)
        if isinstance(told, Outcome):
            return told
        self.personal.append((person, card))
        receipt = Receipt(f"dm-{person.id}")
        return Unsure(reason=told.reason) if told else Delivered(receipt=receipt)

    def has(self, receipt: str, to: Destination, key: str = "") -> Posted:
        """Put a message there that was posted before, such as a live card."""
        found = Posted(Receipt(receipt), to, key, False, None, [], ())
        self.sent.append(found)
        return found

    def rings(self, chat: str | None = None) -> list[Posted]:
        """Give the messages that rang, in one chat or in all."""
        return [
            each
            for each in self.sent
            if each.loud and (chat is None or each.to.chat == chat)
        ]

    async def _said(self, call: str, chat: str) -> Outcome | Lost | None:
        self.begun.set()
        for place in ((call, chat), (call, "*")):
            if self._script[place]:
                said = self._script[place].popleft()
                if isinstance(said, asyncio.Event):
                    await said.wait()
                    return None
                if isinstance(said, Exception):
                    raise said
                return said
        return None

    def _known(self, key: str) -> Posted | None:
        same = (each for each in self.sent if each.key == key)
        return next(same, None) if self.repeats else None

    def _post(self, letter: Letter) -> Posted:
        posted = Posted(
            receipt=Receipt(f"m{len(self.sent) + 1}"),
            to=replace(letter.to),
            key=letter.key,
            loud=letter.loud,
            reply_to=letter.reply_to,
            cards=[letter.card],
            files=letter.files,
        )
        self.sent.append(posted)
        return posted


def words(card: Card) -> str:
    """Everything a card says, its buttons' labels too."""
    said = [block.text for block in card.blocks]
    labels = [button.label for row in card.buttons for button in row]
    return " ".join([*said, *labels])


def _delivered(posted: Posted, files: tuple[Attachment, ...]) -> Delivered:
    uploads = {file.position: f"file-{file.position}" for file in files}
    return Delivered(receipt=posted.receipt, uploads=uploads)
