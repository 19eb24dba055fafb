"""Half an hour without a relay at the true scale of all waits, on a clock that is moved."""

from collections.abc import AsyncIterator
from datetime import timedelta
from operator import sub
from typing import Final

import pytest

from bot.domain.transition import Tell
from bot.relay import RelayClient, RelayOptions, open_relay
from bot.watch.options import WatchOptions
from tests.chaos.outages import FAULTS
from tests.chaos.proxy import Proxy, Way
from tests.fakes.clock import MovedClock
from tests.fakes.desk import Desk
from tests.fakes.patience import PATIENCE_SECONDS
from tests.fakes.relay import FakeRelay
from tests.fakes.watching import RELAY, Line, watching

GONE: Final = timedelta(minutes=30)
RETURN_SECONDS: Final = 60
STEP_SECONDS: Final = 5
HANG_SECONDS: Final = 0.2  # of real time, for a request of which no answer comes
WATCHES: Final = [f"task_{n}" for n in range(120)]  # two requests hold them
OPTIONS: Final = RelayOptions(name=RELAY, hosts=(), rate_per_second=1000)
IN_A_ROW: Final = OPTIONS.breaker_failures + WatchOptions().in_flight


@pytest.fixture
async def proxy(held_relay: FakeRelay) -> AsyncIterator[Proxy]:
    async with Proxy(held_relay.url).serving() as opened:
        yield opened


@pytest.fixture
async def behind(
    proxy: Proxy,
    held_relay: FakeRelay,
    clock: MovedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[RelayClient]:
    def seconds(*_: object) -> float:
        """Wait briefly where nothing comes; what does come may be slow."""
        return PATIENCE_SECONDS if proxy.way is Way.PASS else HANG_SECONDS

    monkeypatch.setattr("bot.relay.line.Line._host_seconds", seconds)
    options = RelayOptions(
        name=RELAY,
        hosts=(proxy.url,),
        key=held_relay.key,
        rate_per_second=1000,
    )
    async with open_relay(options, clock=clock) as client:
        yield client


@pytest.mark.slow
@pytest.mark.parametrize("way", FAULTS)
async def test_a_relay_that_is_gone_is_probed_rarely_and_condemns_nothing(
    way: str,
    desk: Desk,
    clock: MovedClock,
    held_relay: FakeRelay,
    proxy: Proxy,
    behind: RelayClient,
) -> None:
    line = Line(desk, clock)
    line.clients[RELAY] = behind
    await watching(line, held_relay, WATCHES)
    await line.turns(3 * STEP_SECONDS, step=STEP_SECONDS)
    before = asked(held_relay, proxy)
    fault = FAULTS[way]
    if isinstance(fault, Way):
        proxy.behave(fault)
    else:
        held_relay.fault(**fault, times=None)
    for task_id in WATCHES:
        held_relay.becomes(task_id, status="SUCCESS")

    await line.turns(GONE.total_seconds(), step=STEP_SECONDS)
    meanwhile = max(map(sub, asked(held_relay, proxy), before))
    declared = await line.tells()
    held_relay.clear()
    proxy.behave(Way.PASS)
    await line.turns(RETURN_SECONDS, step=STEP_SECONDS)

    assert meanwhile <= IN_A_ROW + GONE.total_seconds() / OPTIONS.probe_seconds
    assert declared == []
    assert await line.tells() == [Tell.ENDED] * len(WATCHES)


def asked(relay: FakeRelay, proxy: Proxy) -> tuple[int, int]:
    """How often the relay was tried: by requests, and by lines that were opened."""
    return len(relay.requests), proxy.connections
