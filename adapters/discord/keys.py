"""`/key` on Discord: a form that only its filler sees, answered to them alone."""

from typing import Final

import discord
import structlog
from discord import app_commands

from adapters.discord import words
from adapters.discord.callers import Use
from adapters.discord.desk import Ask, Desk, desk_of
from adapters.discord.outcomes import CALL_ERRORS
from bot.present.build import KeyForm, key_form

log = structlog.get_logger(__name__)
_NAME: Final = "mjw-key"
_PATIENCE_SECONDS: Final = 900.0  # what is filled in later, Discord takes no more
_KEY_CHARS: Final = 512
_RELAY_CHARS: Final = 64


@app_commands.rename(forget=words.FORGET_NAME)
@app_commands.describe(forget=words.FORGET)
async def ask_key(interaction: Use, forget: bool = False) -> None:  # noqa: FBT001, FBT002 - so Discord is told of an option
    """Show the form, or erase what is stored."""
    desk = desk_of(interaction)
    if forget:
        await _hand_on(interaction, desk, "forget")
        return
    try:
        form = Form(desk, key_form(desk.reader(interaction)))
        await interaction.response.send_modal(form)
    except CALL_ERRORS as error:
        log.info("discord.form_late", error=type(error).__name__)
    except Exception:  # an odd answer; the form is shown
        log.exception("discord.odd_answer")


class Form(discord.ui.Modal):
    """Asks for a key, and for a relay where there are several.

    Args:
        desk: Answers people.
        texts: The form's words.
    """

    def __init__(self, desk: Desk, texts: KeyForm) -> None:
        super().__init__(title=texts.title, timeout=_PATIENCE_SECONDS, custom_id=_NAME)
        self._desk = desk
        self._key = _field("key", texts.key_empty, _KEY_CHARS)
        self._relay = _field("relay", texts.relay_empty, _RELAY_CHARS)
        self.add_item(discord.ui.Label(text=texts.key, component=self._key))
        self.add_item(discord.ui.Label(text=texts.relay, component=self._relay))

    async def on_submit(self, interaction: Use) -> None:
        """Hand the key on, and keep none of it."""
        await _hand_on(interaction, self._desk, f"{self._relay} {self._key}")


def _field(name: str, empty: str, most: int) -> "discord.ui.TextInput[Form]":
    return discord.ui.TextInput(
        custom_id=f"{_NAME}.{name}", placeholder=empty, required=False, max_length=most
    )


async def _hand_on(interaction: Use, desk: Desk, text: str) -> None:
    ask = Ask(
        think=lambda caller: desk.commands.key(caller, text, unseen=True), private=True
    )
    await desk.answer(interaction, ask)
