"""The port by which a card reaches a platform."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.attachment import Attachment, MediaLimits
from bot.domain.notification import Outcome
from bot.domain.subscription import Destination, Person, Platform, Receipt
from bot.present.card import Card

# --- messengers ---------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast a chat may be spoken to, all its cards together."""

    edit_seconds: float  # between two progress edits in the chat
    old_edit_seconds: float  # the same for messages over an hour old
    calls_a_minute: int  # rings and edits together; 0: no such limit
    ring_seconds: float = 0.0  # between two rings in the chat
    # With it each file of an album counts as a call, and so many may go at once.
    album_files: int = 0
    # Ends that one message may tell, where hundreds wait: as many as have a button.
    digest_lines: int = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message to send.

    Attributes:
        key: Names this delivery for ever, at most 25 characters; where the platform
            has such a thing, the same key twice is one message.
        loud: Whether it rings.
        reply_to: The message it answers.
        files: Attachments, in order.
    """

    card: Card
    to: Destination
    key: str
    loud: bool = False
    reply_to: Receipt | None = None
    files: tuple[Attachment, ...] = ()


class Messenger(Protocol):
    """The port by which a card reaches a platform; passes tests/contract/test_messenger.py.

    No method raises for what a platform may say; it becomes an Outcome. No secret
    is in any outcome, error or log line.
    """

    @property
    def platform(self) -> Platform:
        """Its name, as destinations carry it."""

    @property
    def calls_a_second(self) -> float:
        """How fast the whole platform may be spoken to."""

    def pace(self, destination: Destination) -> Pace:
        """How fast this chat may be spoken to."""

    def media_limits(self, destination: Destination) -> MediaLimits:
        """What files this place takes."""

    def chat_name(self, destination: Destination) -> str:
        """What people call this chat; "" where nothing is known."""

    def repeats_safely(self, *, since: datetime, now: datetime) -> bool:
        """Whether sending the same key again after an unsure try makes no second message."""

    async def send(self, letter: Letter) -> Outcome:
        """Send a new message."""

    async def edit(
        self,
        receipt: Receipt,
        card: Card,
        *,
        to: Destination,
        files: tuple[Attachment, ...] = (),
    ) -> Outcome:
        """Show another card in the same message; "unchanged" is Delivered.

        No files: those shown stay.
        """

    async def find(self, letter: Letter, *, since: datetime) -> Receipt | bool:
        """Look for an earlier delivery of a letter.

        Returns:
            Its receipt; False if surely not there; True if this platform cannot say.
        """

    async def tell_person(self, person: Person, card: Card, *, key: str) -> Outcome:
        """Write to a person alone (the chat they had is gone)."""
