"""Letters, files and places for a messenger of Telegram."""

from dataclasses import replace
from pathlib import Path

from bot.domain.attachment import Attachment, FileKind
from bot.domain.notification import Delivered, Outcome
from bot.domain.subscription import Destination, Place, Platform, Receipt
from bot.ports import Letter
from bot.present.card import Card, CardButton
from tests.fakes.commands import card
from tests.fakes.telegram import Chat
from tests.fakes.telegram.bench import picture

TELEGRAM = Platform("telegram")


def place(chat: Chat, thread: int | None = None) -> Destination:
    return Destination(
        platform=TELEGRAM,
        chat=str(chat.id),
        thread=str(thread) if thread else None,
        place=Place.PRIVATE if chat.id > 0 else Place.GROUP,
    )


def pressable(*lines: str) -> Card:
    return replace(card(*lines), buttons=((CardButton(label="U1", ref="r1"),),))


def letter(to: Destination, *files: Attachment, text: str = "Done") -> Letter:
    return Letter(card=pressable(text, "id1"), to=to, key="k", loud=True, files=files)


def file(
    folder: Path, position: int = 0, kind: FileKind = FileKind.PHOTO
) -> Attachment:
    path = folder / f"{position}.png"
    path.write_bytes(picture(40 + position))
    return Attachment(
        kind=kind, position=position, name=f"id1_{position}.png", path=path
    )


def receipt_of(outcome: Outcome) -> Receipt:
    assert isinstance(outcome, Delivered)
    return outcome.receipt
