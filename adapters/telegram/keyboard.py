"""Buttons as Telegram takes them: rows that a phone shows in full."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup

from adapters.telegram.limits import (
    CALLBACK_BYTES,
    COPY_UNITS,
    KEYBOARD_BUTTONS,
    ROW_BUTTONS,
)
from bot.present.card import CardButton
from bot.present.text import clip, units

_STYLES: Final = {1: "primary", 3: "success", 4: "danger"}
_LABEL_UNITS: Final = 64
# How many buttons of this many columns stand side by side on a phone.
_WIDTHS: Final = ((7, ROW_BUTTONS), (11, 3), (18, 2))
_NUMBERED: Final = re.compile(r"(\D*?)\s*\d+")


def keyboard_of(
    groups: Iterable[tuple[CardButton, ...]],
) -> InlineKeyboardMarkup | None:
    """Lay groups of buttons out in rows; None if there is nothing to press."""
    rows: list[list[InlineKeyboardButton]] = []
    room = KEYBOARD_BUTTONS
    for group in groups:
        drawn = [button for each in group if (button := _draw(each))][:room]
        room -= len(drawn)
        rows.extend(_rows(drawn))
    return InlineKeyboardMarkup(rows) if rows else None


def _draw(button: CardButton) -> InlineKeyboardButton | None:
    """Draw one button; None for what Telegram would refuse the whole message for."""
    text = _label(button)
    style = _STYLES.get(button.style)
    if button.ref and len(button.ref.encode()) <= CALLBACK_BYTES:
        return InlineKeyboardButton(text, callback_data=button.ref, style=style)
    if button.copy and units(button.copy) <= COPY_UNITS:
        copy = CopyTextButton(button.copy)
        return InlineKeyboardButton(text, copy_text=copy, style=style)
    return None


def _label(button: CardButton) -> str:
    words = f"{button.emoji or ''} {button.label}".strip()
    return clip(words, _LABEL_UNITS) or "?"


def _rows(buttons: list[InlineKeyboardButton]) -> Iterator[list[InlineKeyboardButton]]:
    """Fill rows in order; U1 to U4 and V1 to V4 each begin a row of their own."""
    row: list[InlineKeyboardButton] = []
    for button in buttons:
        if row and not _fits(row, button):
            yield row
            row = []
        row.append(button)
    if row:
        yield row


def _fits(row: list[InlineKeyboardButton], button: InlineKeyboardButton) -> bool:
    if _series(row[-1].text) != _series(button.text):
        return False
    widest = max(_columns(each.text) for each in (*row, button))
    limit = next((count for width, count in _WIDTHS if widest <= width), 1)
    return len(row) < limit


def _series(label: str) -> str | None:
    """Name the series a label counts in, such as U of U3; None for a single one."""
    found = _NUMBERED.fullmatch(label)
    return found[1] if found else None


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
