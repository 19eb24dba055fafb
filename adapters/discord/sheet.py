"""Rows of buttons as the library wants them, and nothing it would remember."""

from collections.abc import Sequence
from typing import Any

import discord

from adapters.discord.render import Key


class Sheet(discord.ui.View):
    """Buttons for one message.

    The library stores no view that is finished. A stored one that times out, or is
    sent twice, takes the class of its dynamic buttons off the client's register, and
    then every button in every channel is dead. Presses find their way by the
    register alone, so nothing needs to be stored.
    """

    def __init__(self, rows: Sequence[Sequence[Key]]) -> None:
        super().__init__(timeout=None)
        for number, row in enumerate(rows):
            for key in row:
                self.add_item(_button(key, number))

    def is_finished(self) -> bool:
        """Say that nothing is to be remembered."""
        return True


def _button(key: Key, row: int) -> discord.ui.Button[Any]:
    return discord.ui.Button(
        style=discord.ButtonStyle(key.style),
        label=key.label,
        emoji=key.emoji,
        custom_id=key.custom_id,
        row=row,
    )
