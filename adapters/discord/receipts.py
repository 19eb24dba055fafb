"""Which messages a delivery made, and how to find them again."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import discord

from adapters.discord.render import Payload, render
from bot.domain.subscription import Receipt
from bot.ports import Letter

_PAGE: Final = 50  # messages looked through for an earlier delivery
_MARK: Final = "https://discord.com/#"


@dataclass(frozen=True, slots=True)
class Address:
    """A receipt taken apart: a channel, and one or more messages in it."""

    channel: int
    messages: tuple[int, ...]

    @classmethod
    def parse(cls, receipt: Receipt) -> "Address":
        """Read what `receipt` wrote."""
        channel, _, messages = receipt.partition(":")
        return cls(int(channel), tuple(int(each) for each in messages.split(",")))

    @property
    def receipt(self) -> Receipt:
        """Write it down."""
        return Receipt(f"{self.channel}:{','.join(map(str, self.messages))}")


def reference(receipt: Receipt | None) -> discord.MessageReference | None:
    """Point at a message, for one that answers it; it may be deleted since."""
    if receipt is None:
        return None
    address = Address.parse(receipt)
    return discord.MessageReference(
        message_id=address.messages[0],
        channel_id=address.channel,
        fail_if_not_exists=False,
    )


def marked(payload: Payload, key: str) -> Payload:
    """Hide the key in the embed: an address without a title is not drawn.

    Discord forgets a nonce after a while, and may leave it out of old messages.
    """
    if payload.embed is None or payload.embed.title:
        return payload
    embed = payload.embed.copy()
    embed.url = f"{_MARK}{key}"
    return replace(payload, embed=embed)


def drawn(letter: Letter) -> list[Payload]:
    """Draw a letter, its key hidden in the first message if it rings."""
    first, *rest = render(letter.card, loud=letter.loud)
    return [marked(first, letter.key) if letter.loud else first, *rest]


async def search(
    client: discord.Client, channel: int, letter: Letter, since: datetime, *, sure: bool
) -> Receipt | bool:
    """Look for a delivery among a channel's last messages; True: it cannot be said.

    Discord refuses nobody the messages: who may not read them is shown none. Unless
    it is `sure` that we may, a channel that seems empty says nothing.
    """
    count, oldest = 0, since
    async for message in client.get_partial_messageable(channel).history(limit=_PAGE):
        if _is_it(client, message, letter, since):
            return Address(channel, (message.id,)).receipt
        count, oldest = count + 1, message.created_at
    if not (count or sure):
        return True
    # Otherwise more may have come since than was looked through.
    return count >= _PAGE and oldest >= since


def button_ids(message: discord.Message) -> set[object]:
    """Name the buttons that a message has, and what else it has beside them."""
    parts = [
        part for row in message.components for part in getattr(row, "children", ())
    ]
    return {getattr(part, "custom_id", None) for part in parts}


def _is_it(
    client: discord.Client, message: discord.Message, letter: Letter, since: datetime
) -> bool:
    if client.user is None or message.author.id != client.user.id:
        return False
    marks = [embed.url for embed in message.embeds]
    if str(message.nonce) == letter.key or f"{_MARK}{letter.key}" in marks:
        return True  # whatever the time in its id
    # A silent one bears no mark, but what we post unasked has its buttons hardly twice.
    refs = {key.ref for row in letter.card.buttons for key in row if key.ref}
    unasked = message.webhook_id is None and message.created_at >= since
    return not letter.loud and unasked and not refs.isdisjoint(button_ids(message))
