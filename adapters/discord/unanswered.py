"""Commands that were acknowledged and not yet answered: a start after a kill ends them.

Until its answer comes a command shows "is thinking". The token by which it is answered
lives longer than a restart takes, and lets anybody speak in our name: it lies sealed.
"""

import asyncio
import base64
import json
from datetime import datetime, timedelta
from typing import Any, Final

import discord
import structlog

from adapters.discord.callers import Use
from adapters.discord.limits import TOKEN_SECONDS
from adapters.discord.outcomes import CALL_ERRORS
from adapters.discord.render import render
from bot.errors import CredentialError, StoreError
from bot.ports import Clock, Facts, Vault
from bot.present.answers import our_fault
from bot.present.reader import Reader

log = structlog.get_logger(__name__)
_FACT: Final = "discord.unanswered"
_CLOSE_SECONDS: Final = 10.0
_ORIGINAL: Final[Any] = "@original"  # as Discord names the answer, in place of its id


class Unanswered:
    """Keeps in mind, and on disk, who waits for an answer.

    Args:
        facts: Memory.
        vault: Seals tokens.
        clock: Time.
    """

    def __init__(self, *, facts: Facts, vault: Vault, clock: Clock) -> None:
        self._facts = facts
        self._vault = vault
        self._clock = clock
        self._open: dict[str, dict[str, str]] = {}  # by the interaction's id
        self._saving = asyncio.Lock()

    async def note(self, use: Use, *, language: str) -> None:
        """Keep a command that is about to be acknowledged; a press shows nothing."""
        if use.type is discord.InteractionType.component:
            return
        until = self._clock.now() + timedelta(seconds=TOKEN_SECONDS)
        sealed = self._vault.seal(use.token, about=_FACT)
        self._open[str(use.id)] = {
            "token": base64.b64encode(sealed).decode(),
            "until": until.isoformat(),
            "language": language,
        }
        await self._save()

    async def done(self, use: Use) -> None:
        """Forget a command that is answered."""
        if self._open.pop(str(use.id), None):
            await self._save()

    async def close(self, client: discord.Client) -> None:
        """Say to those who wait since before a kill that they wait in vain."""
        try:
            kept = json.loads(await self._facts.fact(_FACT) or "{}")
        except StoreError:
            return
        left = [each for name, each in kept.items() if name not in self._open]
        for each in left:
            await self._close(client, **each)
        if left:
            log.info("discord.unanswered_closed", count=len(left))
            await self._save()

    async def _close(
        self, client: discord.Client, *, token: str, until: str, language: str
    ) -> None:
        now = self._clock.now()
        if datetime.fromisoformat(until) <= now:
            return
        payload = render(our_fault(Reader(language=language, now=now)))[0]
        try:
            known = self._vault.open(base64.b64decode(token), about=_FACT)
            hook = discord.Webhook.partial(
                client.application_id or 0, known, client=client
            )
            hook.proxy = client.http.proxy  # which it does not take over by itself
            async with asyncio.timeout(_CLOSE_SECONDS):
                await hook.edit_message(
                    _ORIGINAL,
                    embeds=[payload.embed] if payload.embed else [],
                    allowed_mentions=discord.AllowedMentions.none(),
                )
        except (CredentialError, *CALL_ERRORS) as error:
            log.info("discord.unanswered_lost", error=type(error).__name__)
        except Exception:
            log.exception("discord.odd_answer")

    async def _save(self) -> None:
        try:
            async with self._saving:
                told = json.dumps(self._open) if self._open else None
                await self._facts.save_fact(_FACT, told)
        except StoreError as error:  # the answer itself needs none of this
            log.warning("discord.unanswered_unkept", error=type(error).__name__)
