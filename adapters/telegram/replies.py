"""Answers on their way to whoever asked: sent, edited, with their pictures."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

import structlog

from adapters.telegram.chats import Chats
from adapters.telegram.limits import MEDIA, PLATFORM
from adapters.telegram.messenger import TelegramMessenger
from adapters.telegram.options import TelegramOptions
from bot.commands.commands import Commands
from bot.commands.reply import Caller, How, Reply
from bot.domain.attachment import Attachment, difference
from bot.domain.notification import Deferred, Delivered, Moved, Outcome, Reason, Refused
from bot.domain.subscription import Destination, Place, Receipt
from bot.domain.task import TaskKey
from bot.errors import PictureError
from bot.ports import Letter
from bot.present.answers import sent_alone
from bot.present.card import Card

log = structlog.get_logger(__name__)

_PATIENCE_SECONDS: Final = 60.0  # a longer flood wait is not worth a late answer
_TRIES: Final = 3
# What files may be to blame for, and what is said of the picture then.
_FILE_REFUSED: Final = {
    Reason.TOO_LARGE: "too_large",
    Reason.INVALID: "too_large",
    Reason.FORBIDDEN: "forbidden",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asked, and by what.

    Attributes:
        caller: Who.
        message: The message that asked: a command, or the card whose button was
            pressed; answers reply to it.
        pressed: It is a card of ours, so an answer may be shown in its place.
    """

    caller: Caller
    message: Receipt | None
    pressed: bool = False


class Replies:
    """Shows what the core answers.

    Args:
        messenger: How cards reach Telegram.
        commands: For pictures and live cards.
        chats: Told of chats that moved or closed.
        options: How patient.
    """

    def __init__(
        self,
        *,
        messenger: TelegramMessenger,
        commands: Commands,
        chats: Chats,
        options: TelegramOptions,
    ) -> None:
        self._messenger = messenger
        self._commands = commands
        self._chats = chats
        self._options = options

    async def show(self, reply: Reply, asked: Asked) -> None:
        """Show an answer: silent, for whoever asked is looking."""
        if reply.secret and not asked.caller.private:
            await self._show_alone(reply, asked)
            return
        in_place = reply.how is How.EDIT and asked.pressed
        receipt = asked.message if in_place else None
        shown = await self._show_one(reply, asked, receipt)
        if reply.subscription is not None and shown is not None:
            await self._commands.attach(reply.subscription, shown, reply.version)
        for card in reply.more:
            await self.put(card, asked)

    async def _show_alone(self, reply: Reply, asked: Asked) -> None:
        """Write in private what is for nobody else's eyes, and say here what came of it."""
        person = asked.caller.person.id
        alone = Destination(platform=PLATFORM, chat=person, place=Place.PRIVATE)
        caller = replace(asked.caller, destination=alone)
        # A channel, or a group that speaks for its administrator, has no private chat.
        somebody = not person.startswith("-")
        sent = somebody and await self.put(
            reply.card, Asked(caller=caller, message=None)
        )
        arrived = isinstance(sent, Delivered)
        await self.put(sent_alone(reply.card.language, arrived=arrived), asked)

    async def put(
        self,
        card: Card,
        asked: Asked,
        receipt: Receipt | None = None,
        *,
        files: tuple[Attachment, ...] = (),
    ) -> Outcome:
        """Send a card, or show it in a message of ours if that is still there."""
        to = asked.caller.destination
        if receipt is not None:
            shown = receipt

            async def edit(chat: str) -> Outcome:
                if chat != to.chat:  # it has moved, and its messages stay behind
                    return Refused(reason=Reason.MESSAGE_GONE)
                return await self._messenger.edit(shown, card, to=to, files=files)

            edited = await self._carry(asked, edit)
            if not _is(edited, Reason.MESSAGE_GONE):
                return edited
        letter = Letter(card=card, to=to, key="", reply_to=asked.message, files=files)
        return await self._carry(
            asked, lambda chat: self._messenger.send(_to_chat(letter, chat))
        )

    async def _show_one(
        self, reply: Reply, asked: Asked, receipt: Receipt | None
    ) -> Receipt | None:
        if reply.picture is not None:
            return await self._show_picture(reply, reply.picture, asked, receipt)
        return _receipt(await self.put(reply.card, asked, receipt))

    async def _show_picture(
        self, reply: Reply, key: TaskKey, asked: Asked, receipt: Receipt | None
    ) -> Receipt | None:
        """Show words at once and the picture when it is there; together if that is soon."""
        async with asyncio.TaskGroup() as group:
            fetch = group.create_task(self._fetch(reply, key, asked))
            await asyncio.wait({fetch}, timeout=self._options.picture_seconds)
            if not fetch.done():
                early = _receipt(await self.put(reply.card, asked, receipt))
                receipt = early or receipt
        found = fetch.result()
        if isinstance(found, Reply):
            return _receipt(await self.put(found.card, asked, receipt)) or receipt
        return await self._put_files(reply, key, asked, receipt, found)

    async def _beside(
        self, reply: Reply, key: TaskKey, asked: Asked, files: tuple[Attachment, ...]
    ) -> Card:
        """Say on the card where the files are not what they were."""
        other = None if reply.original else difference(files)
        if other is None:
            return reply.card
        return (await self._commands.picture_problem(asked.caller, key, other)).card

    async def _fetch(
        self, reply: Reply, key: TaskKey, asked: Asked, *, anew: bool = False
    ) -> tuple[Attachment, ...] | Reply:
        """Fetch the pictures, or say on the card why there are none."""
        try:
            files = await self._commands.files(
                key, platform=PLATFORM, limits=MEDIA, original=reply.original, anew=anew
            )
        except PictureError as error:
            return await self._commands.picture_problem(asked.caller, key, error.reason)
        return tuple(files)

    async def _put_files(
        self,
        reply: Reply,
        key: TaskKey,
        asked: Asked,
        receipt: Receipt | None,
        files: tuple[Attachment, ...],
    ) -> Receipt | None:
        card = await self._beside(reply, key, asked, files)
        outcome = await self.put(card, asked, receipt, files=files)
        if files and (problem := _problem(outcome)):
            if any(file.file_id for file in files):  # an upload of before is gone
                found = await self._fetch(reply, key, asked, anew=True)
                if not isinstance(found, Reply):
                    return await self._put_files(reply, key, asked, receipt, found)
            else:
                found = await self._commands.picture_problem(asked.caller, key, problem)
            outcome = await self.put(found.card, asked, receipt)
        if isinstance(outcome, Delivered) and outcome.uploads:
            await self._commands.keep_uploads(key, PLATFORM, files, outcome.uploads)
        return _receipt(outcome) or receipt

    async def _carry(
        self, asked: Asked, call: Callable[[str], Awaitable[Outcome]]
    ) -> Outcome:
        """Make a call, again if it pays to; `call` takes the chat's number."""
        chat = asked.caller.destination.chat
        outcome = await call(chat)
        for _ in range(_TRIES):
            match outcome:
                case Moved(chat=new):
                    await self._chats.moved(chat, new)
                    chat = new
                case Deferred(after_seconds=wait) if wait <= _PATIENCE_SECONDS:
                    await asyncio.sleep(wait)
                case _:
                    break
            outcome = await call(chat)
        await self._note(asked, outcome)
        return outcome

    async def _note(self, asked: Asked, outcome: Outcome) -> None:
        """Draw the consequences of an answer that could not be given."""
        if isinstance(outcome, Delivered) or _is(outcome, Reason.MESSAGE_GONE):
            return
        to = asked.caller.destination
        reason = getattr(outcome, "reason", None)
        log.warning("telegram.answer_undelivered", chat=to.chat, reason=reason)
        if _is(outcome, Reason.BLOCKED) or _is(outcome, Reason.GONE):
            await self._chats.ended(to, Reason(str(reason)))


def _is(outcome: Outcome, reason: Reason) -> bool:
    return isinstance(outcome, Refused) and outcome.reason is reason


def _problem(outcome: Outcome) -> str | None:
    """Say why a card may be taken without its files; None: they are not to blame."""
    refused = outcome.reason if isinstance(outcome, Refused) else None
    return _FILE_REFUSED.get(refused) if refused else None


def _receipt(outcome: Outcome) -> Receipt | None:
    return outcome.receipt if isinstance(outcome, Delivered) else None


def _to_chat(letter: Letter, chat: str) -> Letter:
    return replace(letter, to=replace(letter.to, chat=chat))
