"""A relay that answers for one task and refuses the next in the same round."""

from tests.fakes.relay import FakeRelay
from tests.fakes.watching import IDS, INTERVAL, Line, still_watched, watching


async def test_a_round_that_is_refused_in_part_slows_down_and_forgets_nobody(
    line: Line, held_relay: FakeRelay
) -> None:
    keys = await watching(line, held_relay, IDS[:2])  # two are asked for one by one
    held_relay.fault(http=429, times=1)

    await line.turns(1)
    asked = len(held_relay.requests)
    await line.turns(1)

    assert asked == len(keys)
    assert len(held_relay.requests) == asked
    held_relay.clear()
    await line.turns(3 * INTERVAL)
    assert len(held_relay.requests) >= asked + len(keys)
    assert await still_watched(line, keys)
