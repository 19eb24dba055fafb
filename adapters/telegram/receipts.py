"""Receipts: `chat:message:kind`, all that an edit needs to know."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from telegram import Message

from bot.domain.subscription import Receipt

_PARTS: Final = 3


class Holds(StrEnum):
    """What a message of ours is, which decides how it is edited."""

    TEXT = "t"
    MEDIA = "m"
    ALBUM = "a"  # the first of several pictures; Telegram gives it no keyboard
    UNKNOWN = "u"  # a message of which only the number is told, such as an old one


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of ours."""

    chat: str
    message: int
    holds: Holds

    @property
    def receipt(self) -> Receipt:
        """Its handle as memory keeps it."""
        return Receipt(f"{self.chat}:{self.message}:{self.holds}")


def read_receipt(receipt: Receipt) -> Sent | None:
    """Read a receipt; None for what is none of ours."""
    parts = receipt.split(":")
    if len(parts) != _PARTS or not parts[1].isdecimal() or parts[2] not in set(Holds):
        return None
    return Sent(parts[0], int(parts[1]), Holds(parts[2]))


def sent(message: Message) -> Sent:
    """Note what a message is, as Telegram shows it."""
    if message.text is not None:
        holds = Holds.TEXT
    else:
        holds = Holds.MEDIA if message.effective_attachment else Holds.UNKNOWN
    return Sent(str(message.chat_id), message.message_id, holds)


def file_id(message: Message) -> str | None:
    """Find Telegram's own name of the file a message shows."""
    if message.photo:
        return message.photo[-1].file_id
    if message.video:
        return message.video.file_id
    return message.document.file_id if message.document else None
