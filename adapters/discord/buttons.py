"""Presses: every button of ours finds its way without memory, every other a kind word."""

import re
from dataclasses import replace
from typing import Any, Final, Self

import discord

from adapters.discord.callers import Use
from adapters.discord.desk import Ask, desk_of
from adapters.discord.keys import show_form
from adapters.discord.receipts import button_ids
from bot.commands.commands import Commands
from bot.commands.reply import Caller, Reply
from bot.domain.buttonref import REF_PATTERN, Verb, parse_ref
from bot.present.reports import unknown_button_card

_WATCHING: Final = frozenset({Verb.WATCH, Verb.GO_ON})
_PERSONAL: Final = frozenset({Verb.LIST_PAGE, Verb.RECENT_PAGE, Verb.SETTING})


class Press(discord.ui.DynamicItem[discord.ui.Button[Any]], template=REF_PATTERN):
    """A press of one of our buttons, in any message of any age."""

    @classmethod
    async def from_custom_id(
        cls,
        interaction: Use,  # noqa: ARG003 - the library's call
        item: discord.ui.Item[Any],  # noqa: ARG003 - the library's call
        match: re.Match[str],
    ) -> Self:
        """Make the button again from its id."""
        return cls(discord.ui.Button(custom_id=match[0], label="?"))

    async def callback(self, interaction: Use) -> None:
        """Answer it."""
        await _answer(interaction, self.custom_id)


class Stranger(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=rf"(?s:(?!(?:{REF_PATTERN})\Z).*)",
):
    """A press of a button that no release of ours has made, or not any more."""

    @classmethod
    async def from_custom_id(
        cls,
        interaction: Use,  # noqa: ARG003 - the library's call
        item: discord.ui.Item[Any],  # noqa: ARG003 - the library's call
        match: re.Match[str],
    ) -> Self:
        """Make something that can answer."""
        return cls(discord.ui.Button(custom_id=match[0], label="?"))

    async def callback(self, interaction: Use) -> None:
        """Answer it kindly."""
        await desk_of(interaction).kind_word(interaction, unknown_button_card)


async def press_unseen(use: Use) -> None:
    """Answer a press of a button that its message has not any more.

    The presser's client still shows the message as it was before an edit. The
    library drops such a press without a word.
    """
    told: dict[str, Any] = {**(use.data or {})}
    pressed = str(told.get("custom_id", ""))
    shown = button_ids(use.message) if use.message else set()
    if use.type is not discord.InteractionType.component or pressed in shown:
        return
    if parse_ref(pressed):
        await _answer(use, pressed)
    else:
        await desk_of(use).kind_word(use, unknown_button_card)


async def _answer(use: Use, ref: str) -> None:
    parsed = parse_ref(ref)
    if parsed and parsed.verb is Verb.OWN_KEY:
        await show_form(use)
        return
    desk = desk_of(use)
    await desk.answer(use, ask_of(desk.commands, ref))


def ask_of(commands: Commands, ref: str) -> Ask:
    """Say what a press wants."""
    parsed = parse_ref(ref)

    async def think(caller: Caller) -> Reply:
        return await commands.press(caller, ref)

    async def undo(caller: Caller) -> Reply:
        stop = str(replace(parsed, verb=Verb.STOP)) if parsed else ref
        return await commands.press(caller, stop)

    watching = parsed is not None and parsed.verb in _WATCHING
    personal = parsed is not None and parsed.verb in _PERSONAL
    return Ask(think=think, undo=undo if watching else None, personal=personal)
