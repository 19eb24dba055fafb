"""What people call the channels, also for a while after one is gone."""

from collections.abc import Iterable
from typing import Any, Final

import discord

from bot.domain.subscription import Destination, Place

_GONE_MOST: Final = 2000


class Places:
    """Names of channels; the library forgets a channel as soon as it is deleted."""

    def __init__(self) -> None:
        self._gone: dict[int, str] = {}

    def lost(self, channels: Iterable[Any]) -> None:
        """Keep in mind what these channels and threads were called."""
        for channel in channels:
            self._gone[channel.id] = _called(channel)
        while len(self._gone) > _GONE_MOST:
            del self._gone[next(iter(self._gone))]

    def name(self, client: discord.Client | None, destination: Destination) -> str:
        """Call a channel by its name and server's; by its number if we never knew."""
        if destination.place is Place.PRIVATE:
            return ""
        known = self._known(client, int(destination.thread or destination.chat))
        if known or destination.thread is None:
            return known or f"#{destination.chat}"
        parent = self._known(client, int(destination.chat))
        return f"{parent} · #{destination.thread}".removeprefix(" · ")

    def _known(self, client: discord.Client | None, channel_id: int) -> str:
        channel = client.get_channel(channel_id) if client else None
        if channel is None:
            return self._gone.get(channel_id, "")
        return _called(channel)


def _called(channel: Any) -> str:  # noqa: ANN401 - any kind of channel of the library
    """Write `#channel · thread (server)`, as far as that is known."""
    names = [getattr(channel, "parent", None), channel]
    path = " · ".join(f"#{each.name}" for each in names if hasattr(each, "name"))
    guild = getattr(channel, "guild", None)
    return f"{path} ({guild.name})" if guild and guild.name else path
