"""Presses: answered first and fast, then shown; customIds reported for good."""

import asyncio
from dataclasses import replace
from typing import Final
from weakref import WeakValueDictionary

import structlog
from telegram import CallbackQuery, Message, Update
from telegram.error import TelegramError
from telegram.ext import ContextTypes

from adapters.telegram.limits import ANSWER_UNITS
from adapters.telegram.memory import DoorMemory
from adapters.telegram.options import TelegramOptions
from adapters.telegram.outcomes import says
from adapters.telegram.people import People
from adapters.telegram.posting import change_inline
from adapters.telegram.receipts import Holds, Sent, sent
from adapters.telegram.render import plain
from adapters.telegram.replies import Asked, Replies
from bot.commands.commands import Commands
from bot.commands.reply import How, Reply
from bot.domain.aging import AGING, dated, undated
from bot.domain.buttonref import Verb, parse_ref
from bot.domain.notification import Delivered
from bot.domain.subscription import Receipt
from bot.ports import Clock
from bot.present.card import Block, Card, Ink, Span
from bot.present.text import clip, units

log = structlog.get_logger(__name__)

# What a person may do depends on whether they manage the chat; for the others
# nobody is asked, so that the answer comes at once.
_BY_RIGHT: Final = {Verb.STOP, Verb.SETTING, Verb.GO_ON, Verb.WATCH, Verb.OWN_KEY}
_TOAST_UNITS: Final = 60  # longer ones vanish before they are read


class Toast:
    """The answer to one press: given once, whatever happens."""

    def __init__(self, query: CallbackQuery) -> None:
        self._query = query
        self.given = False

    async def give(self, text: str = "", *, alert: bool = False) -> bool:
        """Answer; False if that has been done, or came too late."""
        if self.given:
            return False
        self.given = True
        try:
            shown = clip(text, ANSWER_UNITS) or None
            await self._query.answer(shown, show_alert=alert or None)
        except TelegramError as error:
            log.info("telegram.toast_late", error=type(error).__name__)
            return False
        return True

    async def give_later(self, seconds: float) -> None:
        """Stop the spinning once it has lasted long enough."""
        await asyncio.sleep(seconds)
        await self.give()


class Buttons:
    """Takes presses on cards, old and inaccessible ones included.

    Args:
        commands: The core.
        people: Who pressed.
        replies: How answers are shown.
        memory: Which report belongs to which card.
        options: How patient.
        clock: Since when a report is there.
    """

    def __init__(
        self,
        *,
        commands: Commands,
        people: People,
        replies: Replies,
        memory: DoorMemory,
        options: TelegramOptions,
        clock: Clock,
    ) -> None:
        self._commands = commands
        self._people = people
        self._replies = replies
        self._memory = memory
        self._options = options
        self._clock = clock
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def pressed(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Take one press."""
        del context
        query = update.callback_query
        if query is None:
            return
        toast = Toast(query)
        try:
            await self._take(query, toast)
        finally:
            await toast.give()

    async def _take(self, query: CallbackQuery, toast: Toast) -> None:
        ref = parse_ref(query.data or "")
        rights = ref is not None and ref.verb in _BY_RIGHT
        async with asyncio.TaskGroup() as group:
            late = group.create_task(toast.give_later(self._options.toast_seconds))
            caller = await self._people.presser(query, rights=rights)
            reply = await self._commands.press(caller, query.data or "")
            late.cancel()
        asked = Asked(caller=caller, message=_card(query), pressed=True)
        if query.message is None:
            await self._show_inline(reply, query, toast)
        else:
            await self._show(reply, asked, toast)

    async def _show(self, reply: Reply, asked: Asked, toast: Toast) -> None:
        match reply.how:
            case How.NOTICE:
                await self._notice(reply, asked, toast)
            case How.REPORT:
                await toast.give(reply.report or "")
                await self._report(reply, asked)
            case How.ANSWER | How.EDIT:
                await toast.give()
                await self._replies.show(reply, asked)

    async def _notice(self, reply: Reply, asked: Asked, toast: Toast) -> None:
        text = plain(reply.card, ANSWER_UNITS)
        if not await toast.give(text, alert=units(text) > _TOAST_UNITS):
            await self._replies.show(reply, asked)

    async def _report(self, reply: Reply, asked: Asked) -> None:
        """Keep one report below the card: edited in place at the next press."""
        name = f"{AGING}telegram:report:{_place(asked.message)}"
        card = report_card(reply)
        async with self._locks.setdefault(name, asyncio.Lock()):
            known = await self._memory.fact(name)
            earlier = Receipt(undated(known)) if known else None
            outcome = await self._replies.put(card, asked, earlier)
            if isinstance(outcome, Delivered):
                kept = dated(outcome.receipt, self._clock.now())
                await self._memory.save_fact(name, kept)

    async def _show_inline(
        self, reply: Reply, query: CallbackQuery, toast: Toast
    ) -> None:
        """Answer where no chat is known: on the toast, or in the message itself."""
        if reply.how is How.EDIT:
            await toast.give()
            await self._edit_inline(reply.card, query)
            return
        text = reply.report or plain(reply.card, ANSWER_UNITS)
        await toast.give(text, alert=True)

    async def _edit_inline(self, card: Card, query: CallbackQuery) -> None:
        bot, shown = query.get_bot(), query.inline_message_id or ""
        try:
            await change_inline(bot, shown, card)
        except TelegramError as error:
            if not says(error, "message is not modified"):
                log.warning("telegram.inline_edit_failed", error=type(error).__name__)


def report_card(reply: Reply) -> Card:
    """The report with the pressed customId in monospace, letter for letter."""
    card, report = reply.card, reply.report
    if not report or any(block.text == report for block in card.blocks):
        return card
    return replace(card, blocks=(*card.blocks, Block((Span(report, Ink.CODE),))))


def _card(query: CallbackQuery) -> Receipt | None:
    """The card whose button was pressed; of old ones only the number is told."""
    message = query.message
    if message is None:
        return None
    if isinstance(message, Message):
        return sent(message).receipt
    chat = str(message.chat.id)
    return Sent(chat, message.message_id, Holds.UNKNOWN).receipt


def _place(receipt: Receipt | None) -> str:
    """A card's chat and number, whatever it holds by now."""
    return (receipt or "").rpartition(":")[0]
