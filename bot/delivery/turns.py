"""Waiting for a chat's turn."""

import asyncio

from bot.delivery.desk import Desk
from bot.domain.subscription import Destination


async def take_turn(desk: Desk, to: Destination, *, files: int = 0) -> float:
    """Wait until a ring may go to a chat, if that is soon.

    Args:
        desk: The platform.
        to: The chat.
        files: How many go with the message.

    Returns:
        0.0: now; else the seconds to put the ring back for, as its turn is late.
    """
    now = desk.clock.monotonic()
    at = desk.lanes.ring_at(to, now)
    if at - now > desk.options.lane_wait_seconds:
        return at - now
    desk.lanes.rang(to, now, at=at, calls=desk.lanes.cost(to, files, now))
    await asyncio.sleep(at - now)
    # Meanwhile the platform may have asked to leave the chat alone.
    return max(desk.lanes.paused_until(to) - desk.clock.monotonic(), 0.0)
