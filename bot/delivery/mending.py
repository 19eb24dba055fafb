"""Where nobody can say whether a message is out: another becomes it, silently.

An edit can be repeated, so only the short line that rings can come twice.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from bot.delivery.desk import Desk
from bot.delivery.posted import Posted
from bot.domain.notification import Delivered, Notification, Outcome, Refused
from bot.domain.subscription import Receipt
from bot.ports import Letter
from bot.present.card import Card


@dataclass(frozen=True, slots=True, kw_only=True)
class Mending:
    """Makes sure of one message.

    Attributes:
        desk: The platform.
        notes: What it tells, all of one place.
        letter: The message; what it answers, if anything, is the live card.
        short: The line that rings.
        show: Edits another message into it.
    """

    desk: Desk
    notes: Sequence[Notification]
    letter: Letter
    short: Card
    show: Callable[[Receipt], Awaitable[Posted]]

    async def silently(self) -> Posted:
        """Edit the card, else the place's board, else a message made for it."""
        message = self.notes[0].message or self.letter.reply_to or await self._board()
        if message is not None:
            shown = await self.show(message)
            if not isinstance(shown.outcome, Refused):
                return shown
        stand_in = await self._stand_in()
        if not isinstance(stand_in, Delivered):
            return Posted(outcome=stand_in)
        return await self.show(stand_in.receipt)

    async def ring(self, shown: Receipt) -> Outcome:
        """Ring by one short line below what the message became."""
        line = replace(self.letter, card=self.short, reply_to=shown, files=())
        return await self._send(line, part="s")

    async def _board(self) -> Receipt | None:
        """Take the board, which is posted anew; a second try finds it again."""
        ids = [note.id for note in self.notes]
        return await self.desk.store.take_board(self.letter.to, notes=ids)

    async def _stand_in(self) -> Outcome:
        """Post a line that makes no sound and tells no result: it may come twice."""
        quiet = replace(self.short, mentions=())
        line = replace(self.letter, card=quiet, loud=False, files=())
        posted = await self._send(line, part="r")
        if isinstance(posted, Delivered):
            ids = [note.id for note in self.notes]
            await self.desk.store.keep_message(ids, posted.receipt)
        return posted

    async def _send(self, line: Letter, *, part: str) -> Outcome:
        named = replace(line, key=f"{self.letter.key}{part}")
        return await self.desk.messenger.send(named)
