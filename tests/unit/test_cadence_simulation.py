"""The watcher's clockwork against a fixed tick, in simulated time; seeded, pure."""

from typing import Final

import pytest

from bot.watch.options import WatchOptions
from tests.fakes.relay_model import ROUND_TRIP_SECONDS, Figures, Simulation

POLL: Final = 4.0
BATCH: Final = 100
WARM_UP_SECONDS: Final = 250.0
TICK_LATENCY: Final = POLL / 2 + ROUND_TRIP_SECONDS / 2  # of an ideal fixed tick
OPTIONS: Final = WatchOptions(batch_size=BATCH)
TICK: Final = WatchOptions(batch_size=BATCH, adaptive=False)


def ran(
    count: int,
    *,
    options: WatchOptions | None = None,
    seconds: float = 300.0,
    shows_progress: bool = True,
    capacity: float | None = None,
) -> Figures:
    run = Simulation(
        count,
        options=options or OPTIONS,
        shows_progress=shows_progress,
        capacity=capacity,
    )
    return run.run(seconds, warm_up=WARM_UP_SECONDS)


@pytest.mark.parametrize("count", [10, 50, BATCH])
def test_while_one_batch_holds_all_it_is_one_request_an_interval(count: int) -> None:
    figures = ran(count, seconds=600)
    assert figures.per_interval(POLL) <= 1.05


@pytest.mark.parametrize("count", [150, 500, 1000])
def test_a_fixed_tick_costs_one_request_for_each_batch(count: int) -> None:
    figures = ran(count, options=TICK)
    assert figures.per_interval(POLL) <= 1.05 * -(-count // BATCH)


def test_a_fixed_tick_of_full_batches_knows_as_soon_as_a_tick_can() -> None:
    assert ran(1000, options=TICK).mean_latency <= 1.05 * TICK_LATENCY


@pytest.mark.parametrize("count", [500, 1000, 2000])
def test_with_many_batches_fewer_requests_know_sooner(count: int) -> None:
    figures = ran(count)
    assert figures.per_interval(POLL) <= 0.7 * count / BATCH
    assert figures.mean_latency <= TICK_LATENCY


def test_the_more_batches_the_sooner() -> None:
    assert ran(2000).mean_latency <= 0.9 * TICK_LATENCY


def test_a_relay_that_shows_no_progress_is_asked_by_the_tick() -> None:
    blind = ran(1000, shows_progress=False)
    tick = ran(1000, options=TICK, shows_progress=False)
    assert blind.requests <= 1.01 * tick.requests
    assert blind.mean_latency <= 1.01 * tick.mean_latency


def test_nobody_waits_longer_than_a_moving_task_may() -> None:
    assert ran(1000).longest_wait <= 10.0


@pytest.mark.parametrize(
    ("count", "batch", "capacity"), [(2000, 50, 5.0), (1000, 100, 1.25), (60, 20, 0.4)]
)
def test_a_relay_that_takes_half_of_the_demand_is_used_and_not_hammered(
    count: int, batch: int, capacity: float
) -> None:
    # Without progress to learn from, the demand is twice what the relay takes.
    options = WatchOptions(batch_size=batch, adaptive=False)
    figures = ran(count, options=options, capacity=capacity, seconds=600)
    taken = figures.requests - figures.refused
    assert figures.refused <= 0.01 * figures.requests
    assert taken / figures.seconds >= 0.8 * capacity


def test_where_half_is_taken_each_task_still_has_its_turn() -> None:
    options = WatchOptions(batch_size=50, adaptive=False)
    figures = ran(2000, options=options, capacity=5.0)
    assert figures.longest_wait <= 4 * POLL


def test_a_limit_that_is_lifted_is_forgotten() -> None:
    run = Simulation(500, options=TICK, capacity=0.6)
    run.run(100, warm_up=0)
    run.lift()
    run.run(600, warm_up=100)
    before = run.figures.requests
    run.run(300, warm_up=700)
    assert (run.figures.requests - before) / 300 >= 0.95 * 500 / BATCH / POLL
