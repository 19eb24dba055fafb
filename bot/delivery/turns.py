"""Waiting for a chat's turn."""

import asyncio

from bot.delivery.desk import Desk
from bot.domain.subscription import Destination


async def take_turn(desk: Desk, to: Destination, *, calls: int = 1) -> float:
    """Wait until a ring may go to a chat, if that is soon.

    Args:
        desk: The platform.
        to: The chat.
        calls: For how many calls the message counts.

    Returns:
        0.0: now; else the seconds to put the ring back for, as its turn is late.
    """
    now = desk.clock.monotonic()
    at = desk.lanes.ring_at(to, now)
    if at - now > desk.options.lane_wait_seconds:
        return at - now
    desk.lanes.rang(to, now, at=at, calls=calls)
    await asyncio.sleep(at - now)
    # Meanwhile the platform may have asked to leave the chat alone.
    return max(desk.lanes.paused_until(to) - desk.clock.monotonic(), 0.0)
