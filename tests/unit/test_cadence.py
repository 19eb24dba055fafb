"""When to look again, and what is learnt from tasks that ended."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.watch.cadence import (
    ENOUGH,
    HIGH_SECONDS,
    MEMORY,
    SHARE,
    Forecast,
    next_delay,
    stage,
)
from bot.watch.pacing import FREE_AFTER, RETURN, SOON, Pacing

seconds = st.floats(0, 1000)


def test_what_is_not_known_goes_by_the_tick() -> None:
    assert next_delay(poll=4, gap=3, remaining=None, unmoved=0) == 4


def test_the_nearer_the_end_the_sooner_but_never_within_the_gap() -> None:
    far, near, over = (
        next_delay(poll=4, gap=3, remaining=rest, unmoved=0) for rest in (60, 20, 0)
    )
    assert (far, over) == (HIGH_SECONDS, 3)
    assert 3 < near < HIGH_SECONDS


def test_what_has_not_moved_for_long_is_asked_for_rarely_but_asked_for() -> None:
    assert next_delay(poll=4, gap=3, remaining=5, unmoved=301) == HIGH_SECONDS
    assert next_delay(poll=60, gap=3, remaining=5, unmoved=301) == 60
    assert next_delay(poll=60, gap=3, remaining=500, unmoved=0) == 60


@given(st.floats(0.5, 60), st.none() | seconds, seconds)
def test_a_delay_is_never_within_the_gap_nor_too_long(
    poll: float, remaining: float | None, unmoved: float
) -> None:
    gap = min(poll, 3.0)
    delay = next_delay(poll=poll, gap=gap, remaining=remaining, unmoved=unmoved)
    assert gap <= delay <= max(HIGH_SECONDS, poll)


@pytest.mark.parametrize(("percent", "at"), [(None, -1), (0, 0), (9, 0), (55, 5)])
def test_a_stage_is_a_tenth(percent: int | None, at: int) -> None:
    assert stage(percent) == at


def forecast(count: int, *, lasting: float = 60.0) -> Forecast:
    """Learn from tasks that reach 50 percent at 30 s."""
    made = Forecast()
    for key in range(count):
        made.follow(key, progress=None, at=0)
        made.saw(key, progress=50, at=30)
        made.saw(key, progress=55, at=40)
        made.ended(key, at=lasting + key * 0.1)
    return made


def test_nothing_is_believed_of_too_few() -> None:
    assert forecast(ENOUGH - 1).remaining(50, 0) is None
    assert forecast(ENOUGH).remaining(50, 0) is not None


def test_a_quarter_ends_within_what_is_forecast() -> None:
    learnt = forecast(40)
    remaining = learnt.remaining(50, 10)
    assert remaining is not None
    ended = sum(30 + n * 0.1 <= 10 + remaining for n in range(40))
    assert 10 <= ended <= 12


def test_one_that_outlives_all_may_end_any_moment() -> None:
    assert forecast(ENOUGH).remaining(50, 500) == 0


def test_a_stage_never_reached_is_not_known() -> None:
    assert forecast(ENOUGH).remaining(90, 0) is None


def test_a_relay_that_shows_no_progress_teaches_nothing() -> None:
    blind = Forecast()
    for key in range(ENOUGH):
        blind.follow(key, progress=None, at=0)
        blind.saw(key, progress=100, at=50)
        blind.ended(key, at=60)
    assert blind.remaining(None, 0) is None


def test_what_was_learnt_long_ago_is_forgotten() -> None:
    learnt = forecast(MEMORY, lasting=60)
    for key in range(MEMORY):
        learnt.follow(key, progress=50, at=0)
        learnt.ended(key, at=500)
    assert learnt.remaining(50, 0) == 500


def test_what_was_not_followed_from_its_beginning_teaches_nothing() -> None:
    learnt = Forecast()
    for key in range(ENOUGH):
        learnt.saw(key, progress=50, at=0)
        learnt.ended(key, at=5)
    assert learnt.shows_progress
    assert learnt.remaining(50, 0) is None


def test_only_some_are_followed_and_those_dropped_make_room() -> None:
    learnt = Forecast()
    for key in range(Forecast.FOLLOWED + 1):
        learnt.follow(key, progress=50, at=0)
    for key in range(Forecast.FOLLOWED):
        learnt.forget(key)
    learnt.ended(Forecast.FOLLOWED, at=5)  # it was one too many
    assert learnt.remaining(50, 0) is None
    learnt.follow(1, progress=50, at=0)
    learnt.ended(1, at=5)


# --- the pace after a 429 -------------------------------------------------------------


def paced(*, sent: int = 8) -> Pacing:
    """A pace of two a second, refused."""
    pacing = Pacing(window_seconds=4)
    for n in range(sent):
        pacing.sent(n * 0.5)
    pacing.refused(4.0)
    return pacing


def gap(pacing: Pacing) -> float:
    pacing.sent(100.0)
    return pacing.next_at - 100.0


def test_nothing_is_held_until_a_refusal() -> None:
    pacing = Pacing(window_seconds=4)
    pacing.sent(1.0)
    pacing.answered()
    assert pacing.next_at == float("-inf")


def test_a_refusal_holds_the_pace_a_little_below_that_which_was_refused() -> None:
    assert gap(paced()) == pytest.approx(1 / (2 * 0.85))


def test_a_refusal_right_after_a_cut_halves() -> None:
    pacing = paced()
    for _ in range(SOON - 1):
        pacing.answered()
    before = gap(pacing)
    pacing.refused(5.0)
    assert gap(pacing) == pytest.approx(2 * before)


def test_the_refused_pace_is_reached_again_slowly_and_then_left_behind() -> None:
    pacing = paced()
    gaps = [gap(pacing)]
    for _ in range(2 * RETURN):
        pacing.answered()
        gaps.append(gap(pacing))
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[RETURN] == pytest.approx(1 / 2)
    assert gaps[-1] < 1 / 2


def test_after_long_without_a_refusal_nothing_is_held() -> None:
    pacing = paced()
    for _ in range(FREE_AFTER):
        pacing.answered()
    assert pacing.next_at == float("-inf")


def test_a_refusal_out_of_the_blue_is_taken_for_the_slowest_pace() -> None:
    pacing = paced(sent=0)
    assert pacing.next_at == float("-inf")
    assert gap(pacing) == pytest.approx(4 / 0.85)


def test_the_pace_of_a_burst_is_taken_rather_too_high_than_too_low() -> None:
    pacing = Pacing(window_seconds=4)
    pacing.sent(0.0)
    pacing.sent(0.1)
    pacing.refused(0.2)
    assert gap(pacing) <= 0.25


def test_after_five_minutes_without_change_it_is_asked_rarely() -> None:
    assert next_delay(poll=4, gap=3, remaining=5, unmoved=300) == 3
    assert next_delay(poll=4, gap=3, remaining=20, unmoved=300) == 20 * SHARE


@pytest.mark.parametrize(("percent", "at"), [(10, 1), (19, 1), (99, 9), (100, 10)])
def test_stages_go_by_tens(percent: int, at: int) -> None:
    assert stage(percent) == at


def test_the_oldest_is_forgotten_first() -> None:
    learnt = Forecast()
    for key in range(MEMORY + 1):
        learnt.follow(key, progress=1, at=0)
        learnt.ended(key, at=1000 if key == 1 else 10 + key / 100)
    assert learnt.remaining(1, 500) == 500  # the second is still remembered
    learnt.follow(1, progress=1, at=0)
    learnt.ended(1, at=10)
    assert learnt.remaining(1, 500) == 0


def test_five_hundred_are_followed_and_a_forgotten_one_teaches_nothing() -> None:
    learnt = Forecast()
    for key in range(Forecast.FOLLOWED + ENOUGH):
        learnt.follow(key, progress=50, at=0)
    for key in range(ENOUGH):
        learnt.forget(key)
        learnt.ended(key, at=5)
        learnt.ended(Forecast.FOLLOWED + key, at=5)
    assert learnt.remaining(50, 0) is None


def test_a_refusal_five_requests_after_a_cut_cuts_a_little() -> None:
    pacing = paced()
    for _ in range(SOON):
        pacing.answered()
    before = gap(pacing)
    pacing.refused(5.0)
    assert gap(pacing) == pytest.approx(before / 0.85)


def test_what_went_out_a_window_ago_is_not_measured() -> None:
    pacing = Pacing(window_seconds=4)
    for at in (0.0, 1.0, 4.0):
        pacing.sent(at)
    pacing.refused(4.0)
    assert gap(pacing) == pytest.approx(3 / 2 / 0.85)
