"""Messages that nobody sent as a command: those that mention us, and what chats say.

A message is answered once at most, by a reply or by a reaction; never one of ours.
"""

import asyncio
from typing import Final

import discord
import structlog

from adapters.discord.callers import writer_of
from adapters.discord.messenger import PLATFORM, DiscordMessenger
from adapters.discord.receipts import Address
from adapters.discord.rights import cached_missing, cached_rights
from adapters.discord.written import text_of
from bot.commands.commands import Commands
from bot.commands.reply import Caller, Reply
from bot.domain.attachment import difference
from bot.domain.names import find_in_text
from bot.domain.notification import Deferred, Delivered, Unsure
from bot.domain.subscription import Receipt
from bot.domain.task import TaskKey
from bot.errors import PictureError
from bot.ports import Clock, Letter
from bot.present.answers import missing_rights
from bot.present.card import Card
from bot.present.reader import Reader

log = structlog.get_logger(__name__)
_TRIES: Final = 3
_PASSED_AT_ONCE: Final = 5  # a quarter of what hides a board
_CHANNELS_MOST: Final = 10_000
_PATIENCE_SECONDS: Final = 30.0  # the dispatcher makes the card of a longer silence


class Ears:
    """Takes what people and programs write.

    Args:
        commands: What becomes of it.
        messenger: For the answer.
        clock: Time.
        language: For those who have not chosen: a message tells nobody's.
    """

    def __init__(
        self,
        *,
        commands: Commands,
        messenger: DiscordMessenger,
        clock: Clock,
        language: str,
    ) -> None:
        self._commands = commands
        self._messenger = messenger
        self._clock = clock
        self._language = language
        self._passed: dict[int, int] = {}  # messages by channel

    async def take(self, client: discord.Client, message: discord.Message) -> None:
        """Take a message; whatever comes of it, the next one is taken, too."""
        if message.is_system() or _ours(client, message):
            return
        try:
            await self._take(client, message)
            await self._count(message)
        except Exception:  # nobody above could do more than log it
            log.exception("discord.message_failed")

    async def _take(self, client: discord.Client, message: discord.Message) -> None:
        caller, text = writer_of(message), text_of(message)
        if not text:  # nor does Discord show the words of what is not to us
            return
        if client.user in message.mentions:
            text = _with_answered(client, message, text)
            if not await self._may_answer(client, message, caller, text):
                return
            reply = await self._commands.mentioned(caller, text)
        elif await self._commands.heard(caller, text):
            await self._nod(client, message)
            return
        else:
            alone = caller.private and not caller.program
            reply = await self._commands.free_text(caller, text) if alone else None
        if reply is not None:
            await self._answer(message, caller, reply)

    async def _count(self, message: discord.Message) -> None:
        """Say now and then how much was written below what stands in a channel."""
        channel = message.channel.id
        self._passed[channel] = self._passed.get(channel, 0) + 1
        if self._passed[channel] >= _PASSED_AT_ONCE:
            there = writer_of(message).destination
            await self._commands.passed(there, self._passed.pop(channel))
        elif len(self._passed) > _CHANNELS_MOST:
            del self._passed[next(iter(self._passed))]

    async def _may_answer(
        self,
        client: discord.Client,
        message: discord.Message,
        caller: Caller,
        text: str,
    ) -> bool:
        """Say to the writer alone what is missing here, before anything is watched."""
        lacking = cached_missing(client, message.channel.id, self._language)
        if not lacking:
            return True
        if find_in_text(text) and not caller.program:
            reader = Reader(language=self._language, now=self._clock.now())
            card = missing_rights(lacking, reader)
            await self._messenger.tell_person(caller.person, card, key=_key(message))
        return False

    async def _nod(self, client: discord.Client, message: discord.Message) -> None:
        """React, where that is allowed; refused calls are counted against us."""
        known = cached_rights(client, message.channel.id)
        if known is None or known[0].add_reactions:
            await self._messenger.nod(message.channel.id, message.id)

    # -- answering ---------------------------------------------------------------------

    async def _answer(
        self, message: discord.Message, caller: Caller, reply: Reply
    ) -> None:
        letter = Letter(
            card=reply.card,
            to=caller.destination,
            key=_key(message),
            reply_to=Address(message.channel.id, (message.id,)).receipt,
        )
        receipt = await self._put(letter)
        if receipt is None:
            return
        if reply.subscription is not None:
            await self._commands.attach(reply.subscription, receipt, reply.version)
        for number, card in enumerate(reply.more):
            key = f"{letter.key}.{number}"
            await self._put(Letter(card=card, to=letter.to, key=key))
        if reply.picture is not None:
            await self._picture(caller, reply.card, reply.picture, receipt)

    async def _put(self, letter: Letter) -> Receipt | None:
        """Send, again if it pays to: the same key is one message."""
        outcome = await self._messenger.send(letter)
        for _ in range(_TRIES):
            match outcome:
                case Deferred(after_seconds=wait) if wait <= _PATIENCE_SECONDS:
                    await asyncio.sleep(wait)
                case Unsure():
                    pass
                case _:
                    break
            outcome = await self._messenger.send(letter)
        if isinstance(outcome, Delivered):
            return outcome.receipt
        log.warning("discord.answer_lost", outcome=type(outcome).__name__)
        return None

    async def _picture(
        self, caller: Caller, card: Card, key: TaskKey, receipt: Receipt
    ) -> None:
        """Bring the pictures into the card that stands already, or say why not."""
        to = caller.destination
        try:
            files = await self._commands.files(
                key, platform=PLATFORM, limits=self._messenger.media_limits(to)
            )
        except PictureError as error:
            reason = error.reason
        else:
            if other := difference(files):  # the original is offered instead
                offer = await self._commands.picture_problem(caller, key, other)
                card = offer.card
            outcome = await self._messenger.edit(
                receipt, card, to=to, files=tuple(files)
            )
            if isinstance(outcome, Delivered | Unsure):
                return
            reason = getattr(outcome, "reason", "unavailable")
        problem = await self._commands.picture_problem(caller, key, reason)
        await self._messenger.edit(receipt, problem.card, to=to)


def _ours(client: discord.Client, message: discord.Message) -> bool:
    """Whether we wrote it, or a program answers what we wrote: that could go on."""
    if client.user is None or message.author.id == client.user.id:
        return True
    answered = _answered(message)
    by_us = answered is not None and answered.author.id == client.user.id
    return by_us and (message.author.bot or message.webhook_id is not None)


def _with_answered(client: discord.Client, message: discord.Message, text: str) -> str:
    """Add what the message answers, if it names nothing itself: "@us this one".

    Answers to us ping us by themselves, and mean nothing by it.
    """
    answered = _answered(message)
    if find_in_text(text) or answered is None or answered.author == client.user:
        return text
    return f"{text}\n{text_of(answered)}"


def _answered(message: discord.Message) -> discord.Message | None:
    found = message.reference.resolved if message.reference else None
    return found if isinstance(found, discord.Message) else None


def _key(message: discord.Message) -> str:
    return f"m{message.id}"
