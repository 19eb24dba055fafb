"""The operator's chat: who runs the bot is told there what needs a person."""

from dataclasses import dataclass

from bot.domain.notification import Delivered
from bot.domain.subscription import Destination, Receipt
from bot.ports import Clock, Letter, Messenger, Store
from bot.present.card import Card
from bot.present.reader import Reader
from bot.readers import Readers


@dataclass(frozen=True, kw_only=True)
class OperatorChat:
    """Something that writes there.

    Attributes:
        messenger: The platform of the operator's chat.
        to: The operator's chat.
        store: Memory; what was told survives a restart.
        readers: Languages.
        clock: Time.
    """

    messenger: Messenger
    to: Destination
    store: Store
    readers: Readers
    clock: Clock

    @property
    def reader(self) -> Reader:
        """Who reads there."""
        return self.readers.of_operator()

    async def tell(self, card: Card, *, key: str, loud: bool) -> Receipt | None:
        """Send a message; None: the platform does not hold it."""
        letter = Letter(card=card, to=self.to, key=key, loud=loud)
        sent = await self.messenger.send(letter)
        return sent.receipt if isinstance(sent, Delivered) else None
