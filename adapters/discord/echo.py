"""Answers in places that the bot cannot write to by itself, kept in step for a while.

Where the bot is not a member the live card is a direct message. The answer to the
command still stands in its place, and for as long as the interaction's token lives it
can be edited, too.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

import discord
import structlog

from adapters.discord.outcomes import CALL_ERRORS
from adapters.discord.render import Payload
from adapters.discord.sheet import Sheet
from bot.domain.subscription import Receipt
from bot.ports import Clock

log = structlog.get_logger(__name__)
_MOST: Final = 1000
_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """One such answer."""

    hook: discord.Webhook
    message_id: int
    until: float  # by the monotonic clock


class Echoes:
    """The answers that follow a card elsewhere.

    Args:
        clock: Time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._echoes: dict[Receipt, Echo] = {}

    def add(self, receipt: Receipt, echo: Echo) -> None:
        """Let an answer follow the card with this receipt."""
        if len(self._echoes) >= _MOST:
            self._echoes.pop(next(iter(self._echoes)))
        self._echoes[receipt] = echo

    async def follow(
        self, receipt: Receipt | None, payload: Payload, *, last: bool = False
    ) -> None:
        """Show in the answer what the card shows now; a failure ends its following."""
        echo = self._echoes.get(receipt) if receipt else None
        if receipt is None or echo is None:
            return
        if last or self._clock.monotonic() >= echo.until:
            del self._echoes[receipt]
        if self._clock.monotonic() < echo.until and not await _shown(echo, payload):
            self._echoes.pop(receipt, None)


async def _shown(echo: Echo, payload: Payload) -> bool:
    try:
        async with asyncio.timeout(_SECONDS):
            await echo.hook.edit_message(
                echo.message_id,
                content=payload.content or None,
                embeds=[payload.embed] if payload.embed else [],
                view=Sheet(payload.rows),
                allowed_mentions=discord.AllowedMentions.none(),
            )
    except CALL_ERRORS:
        return False
    except Exception:  # the card that it follows is out, and must be told of
        log.exception("discord.odd_answer")
        return False
    return True
