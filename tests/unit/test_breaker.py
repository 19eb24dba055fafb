"""When a relay is left alone, and for how long."""

import pytest

from bot.relay.breaker import HOLD_LIMIT_SECONDS, Breaker


class Steady:
    """Seconds that move when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def steady() -> Steady:
    return Steady()


@pytest.fixture
def breaker(steady: Steady) -> Breaker:
    return Breaker(monotonic=steady, failures=3, probe_seconds=30)


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        breaker.failed()


def test_a_few_failures_change_nothing(breaker: Breaker) -> None:
    fail(breaker, 2)

    assert breaker.admit()
    assert breaker.available_in() == 0


def test_failures_in_a_row_open_it(breaker: Breaker) -> None:
    fail(breaker, 3)

    assert breaker.open
    assert not breaker.admit()
    assert breaker.available_in() == 30


def test_a_success_between_starts_the_count_anew(breaker: Breaker) -> None:
    fail(breaker, 2)
    breaker.succeeded()
    fail(breaker, 2)

    assert breaker.admit()


def test_one_probe_in_thirty_seconds(breaker: Breaker, steady: Steady) -> None:
    fail(breaker, 3)

    steady.now += 30

    assert breaker.admit()
    assert not breaker.admit()
    steady.now += 29.9
    assert not breaker.admit()
    steady.now += 0.1
    assert breaker.admit()


def test_a_failed_probe_does_not_hasten_the_next(
    breaker: Breaker, steady: Steady
) -> None:
    fail(breaker, 3)
    steady.now += 30
    breaker.admit()

    breaker.failed()

    assert breaker.available_in() == 30


def test_a_good_probe_closes_it(breaker: Breaker, steady: Steady) -> None:
    fail(breaker, 3)
    steady.now += 30
    breaker.admit()

    assert breaker.succeeded() == 3
    assert breaker.admit()
    assert not breaker.open


def test_a_wait_that_was_asked_for_is_kept(breaker: Breaker, steady: Steady) -> None:
    breaker.hold(7)

    assert not breaker.admit()
    assert breaker.available_in() == 7
    steady.now += 7
    assert breaker.admit()


def test_a_success_does_not_shorten_the_wait(breaker: Breaker) -> None:
    breaker.hold(7)
    breaker.succeeded()

    assert breaker.available_in() == 7


def test_no_wait_is_endless(breaker: Breaker) -> None:
    breaker.hold(1e12)

    assert breaker.available_in() == HOLD_LIMIT_SECONDS
