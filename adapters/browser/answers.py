"""Answers on their way into the chat: cards, pictures, notices, reports."""

from collections.abc import Sequence

from adapters.browser.chat import Chat
from adapters.browser.limits import HERE, PLATFORM
from adapters.browser.messenger import BrowserMessenger
from adapters.browser.render import Json, card_json
from bot.commands.commands import Commands
from bot.commands.reply import Caller, How, Reply
from bot.domain.attachment import Attachment, difference
from bot.domain.notification import Delivered, Outcome
from bot.domain.subscription import Receipt
from bot.errors import PictureError, StoreError
from bot.ports import Letter
from bot.present.card import Card


class Answers:
    """Shows replies.

    Args:
        commands: Fetches pictures, and learns which message is a live card.
        messenger: Brings cards into the chat.
        chat: Where reports stand on their cards.
    """

    def __init__(
        self, commands: Commands, messenger: BrowserMessenger, chat: Chat
    ) -> None:
        self._commands = commands
        self._messenger = messenger
        self._chat = chat

    async def show(
        self,
        caller: Caller,
        reply: Reply,
        *,
        key: str,
        pressed: int | None = None,
        ref: str = "",
    ) -> Json:
        """Show a reply.

        Args:
            caller: Whose it is.
            reply: What to show.
            key: Names this answer; shown twice, it is one.
            pressed: The message whose button asked for it.
            ref: That button's ref.

        Returns:
            What only the asker's page shows.

        Raises:
            StoreError: It could not be kept.
        """
        if reply.how is How.NOTICE:
            return {"notice": card_json(reply.card)}
        if reply.how is How.REPORT and pressed is not None:
            return await self._report(reply, pressed, ref)
        receipt = await self._place(reply, key=key, pressed=pressed)
        if reply.subscription is not None:
            await self._commands.attach(
                reply.subscription, receipt, version=reply.version
            )
        if reply.picture is not None:
            await self._picture(caller, reply, receipt)
        await self._more(reply, key=key, pressed=pressed)
        return {"shown": int(receipt)}

    async def _report(self, reply: Reply, pressed: int, ref: str) -> Json:
        """Let the pressed card itself say the customId, below its buttons."""
        report: Json = {
            "ref": ref,
            "text": reply.report or reply.card.title,
            "card": card_json(reply.card),
            "more": [card_json(each) for each in reply.more],
        }
        await self._chat.change(pressed, {"report": report})
        return {"report": pressed}

    async def _place(self, reply: Reply, *, key: str, pressed: int | None) -> Receipt:
        if reply.how is How.EDIT and pressed is not None:
            receipt = Receipt(str(pressed))
            outcome = await self._messenger.edit(receipt, reply.card, to=HERE)
            if isinstance(outcome, Delivered):
                return receipt
        named = _card_key(reply) or key
        return await self._send(reply.card, key=named, pressed=pressed)

    async def _more(self, reply: Reply, *, key: str, pressed: int | None) -> None:
        for number, card in enumerate(reply.more, start=1):
            await self._send(card, key=f"{key}-{number}", pressed=pressed)

    async def _send(self, card: Card, *, key: str, pressed: int | None) -> Receipt:
        reply_to = Receipt(str(pressed)) if pressed is not None else None
        letter = Letter(card=card, to=HERE, key=key, reply_to=reply_to)
        return _receipt(await self._messenger.send(letter))

    async def _picture(self, caller: Caller, reply: Reply, receipt: Receipt) -> None:
        """Bring the picture into a card that is shown already."""
        if reply.picture is None:
            return
        await self._chat.change(int(receipt), {"waiting": True})
        try:
            files = await self._commands.files(
                reply.picture,
                platform=PLATFORM,
                limits=self._messenger.media_limits(HERE),
                original=reply.original,
            )
        except PictureError as error:
            await self._no_picture(caller, reply, receipt, error.reason)
        else:
            card = await self._beside(caller, reply, files)
            await self._fill(receipt, card, tuple(files))
        finally:
            await self._chat.change(int(receipt), {"waiting": None})

    async def _beside(
        self, caller: Caller, reply: Reply, files: Sequence[Attachment]
    ) -> Card:
        """Offer the original on the card where the files are not what they were."""
        other = None if reply.original else difference(files)
        if other is None or reply.picture is None:
            return reply.card
        return (await self._commands.picture_problem(caller, reply.picture, other)).card

    async def _fill(
        self, receipt: Receipt, card: Card, files: tuple[Attachment, ...]
    ) -> None:
        await self._messenger.edit(receipt, card, to=HERE, files=files)

    async def _no_picture(
        self, caller: Caller, reply: Reply, receipt: Receipt, reason: str
    ) -> None:
        if reply.picture is None:
            return
        told = await self._commands.picture_problem(caller, reply.picture, reason)
        await self._messenger.edit(receipt, told.card, to=HERE)


def _card_key(reply: Reply) -> str | None:
    """Name a live card as delivery does: should we die now, it is still one message."""
    if reply.subscription is None:
        return None
    return f"mjw-{reply.subscription:x}-card"


def _receipt(outcome: Outcome) -> Receipt:
    if isinstance(outcome, Delivered):
        return outcome.receipt
    raise StoreError(type(outcome).__name__)
