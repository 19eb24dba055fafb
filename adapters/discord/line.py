"""The client of the moment: it is made anew after whatever ends it."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

import discord

from adapters.discord.budget import InvalidBudget
from adapters.discord.places import Places

_CHANNELS_MOST: Final = 10_000  # more are asked for again


@dataclass(slots=True, kw_only=True)
class Line:
    """What the parts of the door share of the connection.

    Attributes:
        budget: Refused requests, over all clients.
        client: Logged in, so that requests can be made; None before and between.
        places: What channels are called.
        dm_channels: Person's id -> id of the direct messages with them.
    """

    budget: InvalidBudget
    client: discord.Client | None = None
    dm_channels: dict[int, int] = field(default_factory=dict)
    places: Places = field(default_factory=Places)

    async def direct_channel(self, person_id: int) -> int:
        """Open the direct messages with a person; says their channel's id.

        Raises:
            discord.DiscordException: Discord refuses.
            OSError: There is no connection.
        """
        known = self.dm_channels.get(person_id)
        if known is not None:
            return known
        if self.client is None:
            raise ConnectionError("not logged in")
        channel = await self.client.create_dm(discord.Object(person_id))
        if len(self.dm_channels) > _CHANNELS_MOST:
            self.dm_channels.clear()
        self.dm_channels[person_id] = channel.id
        return channel.id


async def stay(client: discord.Client) -> None:
    """Keep a client connected until something ends it.

    The library eats a cancellation that finds it connecting again: it is closed as well.
    """
    staying = asyncio.create_task(client.connect())
    try:
        await asyncio.wait({staying})
    finally:
        if not staying.done():
            staying.cancel()
            await asyncio.wait({staying, asyncio.create_task(client.close())})
    await staying
