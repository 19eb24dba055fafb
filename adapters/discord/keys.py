"""`/key` on Discord: a form that only its filler sees, answered to them alone."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import discord
import structlog
from discord import app_commands

from adapters.discord import words
from adapters.discord.callers import Use
from adapters.discord.desk import Ask, Desk, desk_of
from adapters.discord.outcomes import CALL_ERRORS
from bot.present.keys import KeyForm, key_form
from bot.present.reports import unknown_button_card

log = structlog.get_logger(__name__)
_NAME: Final = "mjw-key"
_KEY: Final = f"{_NAME}.key"
_RELAY: Final = f"{_NAME}.relay"
_KEY_CHARS: Final = 512
_RELAY_CHARS: Final = 64


@app_commands.rename(forget=words.FORGET_NAME)
@app_commands.describe(forget=words.FORGET)
async def ask_key(interaction: Use, forget: bool = False) -> None:  # noqa: FBT001, FBT002 - so Discord is told of an option
    """Show the form, or erase what is stored."""
    if forget:
        await _hand_on(interaction, desk_of(interaction), "forget")
    else:
        await show_form(interaction)


async def show_form(use: Use) -> None:
    """Show the form; it can only be the first answer, so nothing is waited for."""
    try:
        form = Form(key_form(desk_of(use).reader(use)))
        await use.response.send_modal(form)
    except CALL_ERRORS as error:
        log.info("discord.form_late", error=type(error).__name__)
    except Exception:  # an odd answer; the form is shown
        log.exception("discord.odd_answer")


async def take_form(use: Use) -> None:
    """Hand on what was filled in, and keep none of it."""
    told: dict[str, Any] = {**(use.data or {})}
    if told.get("custom_id") != _NAME:
        await desk_of(use).kind_word(use, unknown_button_card)
        return
    filled = dict(_fields(told.get("components") or []))
    text = f"{filled.get(_RELAY, '')} {filled.get(_KEY, '')}"
    await _hand_on(use, desk_of(use), text.strip())


class Form(discord.ui.Modal):
    """Asks for a key, and for a relay where there are several.

    The library is to remember none: it would know one form at a time by its name,
    and none after a restart. `take_form` needs no memory.

    Args:
        texts: The form's words.
    """

    def __init__(self, texts: KeyForm) -> None:
        super().__init__(title=texts.title, custom_id=_NAME)
        key = _field(_KEY, texts.key_empty, _KEY_CHARS)
        relay = _field(_RELAY, texts.relay_empty, _RELAY_CHARS)
        self.add_item(discord.ui.Label(text=texts.key, component=key))
        self.add_item(discord.ui.Label(text=texts.relay, component=relay))

    def is_finished(self) -> bool:
        """Say that nothing is to be remembered."""
        return True


def _field(name: str, empty: str, most: int) -> "discord.ui.TextInput[Form]":
    return discord.ui.TextInput(
        custom_id=name, placeholder=empty, required=False, max_length=most
    )


def _fields(parts: Iterable[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Read the fields of a form, however it wraps them."""
    for part in parts:
        if "custom_id" in part:
            yield part["custom_id"], part.get("value") or ""
        inside = part.get("component")
        yield from _fields([*part.get("components", ()), *([inside] if inside else ())])


async def _hand_on(interaction: Use, desk: Desk, text: str) -> None:
    ask = Ask(
        think=lambda caller: desk.commands.key(caller, text, unseen=True), private=True
    )
    await desk.answer(interaction, ask)
