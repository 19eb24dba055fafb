"""Each chat at its own pace; rings before edits."""

from dataclasses import replace
from typing import Final

import pytest

from bot.delivery.lanes import FORGET_SECONDS, SHARE_OF_EDITS, Lanes
from bot.ports import Pace
from tests.fakes.desk import CHAT, ELSEWHERE, THREAD

PACE: Final = Pace(edit_seconds=6, old_edit_seconds=30, calls_a_minute=20)
NOW: Final = 1000.0


def lanes(pace: Pace = PACE, *, rate: float = 1000.0) -> Lanes:
    return Lanes(pace=lambda _: pace, calls_a_second=rate)


def test_a_chat_that_was_never_written_to_is_free() -> None:
    free = lanes()
    assert (free.ring_at(CHAT, NOW), free.edit_at(CHAT, NOW)) == (NOW, NOW)
    assert free.paused_until(CHAT) <= NOW


def test_edits_keep_their_interval_and_old_messages_a_longer_one() -> None:
    kept = lanes()
    kept.edited(CHAT, NOW)
    assert kept.edit_at(CHAT, NOW) == NOW + 6
    kept.edited(ELSEWHERE, NOW, old=True)
    assert kept.edit_at(ELSEWHERE, NOW) == NOW + 30
    assert set(kept.resting(NOW)) == {CHAT, ELSEWHERE}
    assert kept.next_rest_ends_at(NOW) == NOW + 6
    assert kept.next_rest_ends_at(NOW + 60) == NOW + 60


def test_a_ring_does_not_wait_for_edits_but_edits_for_rings() -> None:
    kept = lanes(replace(PACE, ring_seconds=3))
    kept.edited(CHAT, NOW)
    assert kept.ring_at(CHAT, NOW) == NOW
    kept.rang(CHAT, NOW)
    assert kept.ring_at(CHAT, NOW) == NOW + 3
    assert kept.edit_at(CHAT, NOW + 7) == NOW + 7


def test_threads_share_their_chats_lane() -> None:
    kept = lanes()
    kept.edited(THREAD, NOW)
    assert kept.edit_at(CHAT, NOW) == NOW + 6


def test_turns_taken_ahead_queue_up() -> None:
    kept = lanes(replace(PACE, ring_seconds=2))
    for n in range(3):
        at = kept.ring_at(CHAT, NOW)
        assert at == NOW + 2 * n
        kept.rang(CHAT, NOW, at=at)
    assert kept.ring_at(ELSEWHERE, NOW) == NOW
    assert kept.paused(NOW, longer_than=5) == [CHAT]
    assert kept.paused(NOW, longer_than=6) == []


def test_a_minutes_calls_are_not_exceeded() -> None:
    kept = lanes()
    for n in range(20):
        kept.rang(CHAT, NOW + n)
    assert kept.ring_at(CHAT, NOW + 20) == NOW + 60
    assert kept.paused(NOW + 20, longer_than=5) == [CHAT]
    assert kept.resting(NOW + 20) == [CHAT]
    assert kept.ring_at(CHAT, NOW + 60) == NOW + 60


def test_edits_leave_a_share_of_the_minute_to_rings() -> None:
    kept = lanes(replace(PACE, edit_seconds=1))
    most = int(PACE.calls_a_minute * SHARE_OF_EDITS)
    for n in range(most):
        kept.edited(CHAT, NOW + n)

    assert kept.edit_at(CHAT, NOW + most) == NOW + 60
    assert kept.resting(NOW + most) == [CHAT]
    assert kept.ring_at(CHAT, NOW + most) == NOW + most


def test_what_others_send_there_leaves_less() -> None:
    answers = 0

    def left(_: object) -> Pace:
        return replace(PACE, calls_a_minute=20 - answers)

    kept = Lanes(pace=left, calls_a_second=1000.0)
    for n in range(6):
        kept.rang(CHAT, NOW + n)
    before = kept.ring_at(CHAT, NOW + 6), kept.edit_at(CHAT, NOW + 6)
    answers = 14

    assert before == (NOW + 6, NOW + 6)
    assert kept.ring_at(CHAT, NOW + 6) == NOW + 60
    assert kept.edit_at(CHAT, NOW + 6) == NOW + 63
    assert kept.paused(NOW + 6, longer_than=5) == [CHAT]


def test_of_next_to_nothing_an_edit_may_have_one() -> None:
    kept = lanes(replace(PACE, calls_a_minute=1))

    assert kept.edit_at(CHAT, NOW) == NOW


def test_a_pause_holds_one_chat_and_is_never_shortened() -> None:
    kept = lanes()
    kept.pause(CHAT, until=NOW + 30)
    kept.pause(CHAT, until=NOW + 10)
    assert kept.ring_at(CHAT, NOW) == kept.paused_until(CHAT) == NOW + 30
    assert kept.ring_at(ELSEWHERE, NOW) == NOW
    assert kept.paused(NOW, longer_than=5) == [CHAT]
    assert kept.resting(NOW) == [CHAT]


def test_a_pause_of_the_platform_holds_everybody() -> None:
    kept = lanes()
    kept.pause_all(until=NOW + 30)
    kept.pause_all(until=NOW + 10)
    assert kept.ring_at(CHAT, NOW) == kept.all_paused_until() == NOW + 30
    assert kept.paused_until(ELSEWHERE) == NOW + 30


@pytest.mark.parametrize("rate", [10.0, 50.0])
def test_all_chats_together_keep_the_platforms_rate_on_average(rate: float) -> None:
    kept = lanes(rate=rate)
    now, calls = NOW, 0
    while now < NOW + 10:
        place = replace(CHAT, chat=str(calls))
        now = max(kept.ring_at(place, now), now)
        kept.rang(place, now)
        calls += 1
    assert calls <= rate * 11 + 2
    assert calls >= rate * 10


def test_edits_leave_a_share_of_the_rate_to_rings() -> None:
    kept = lanes(rate=10)
    now, calls = NOW, 0
    while now < NOW + 10:
        place = replace(CHAT, chat=str(calls))
        now = kept.edit_at(place, now)
        kept.edited(place, now)
        calls += 1
    assert calls <= 10 * SHARE_OF_EDITS * 11 + 2
    assert kept.ring_at(ELSEWHERE, now) == now


def test_lanes_long_idle_are_dropped() -> None:
    kept = lanes()
    kept.edited(CHAT, NOW)
    later = NOW + FORGET_SECONDS + 1
    kept.edited(ELSEWHERE, later)
    assert kept.resting(NOW) == [ELSEWHERE]


ALBUMS: Final = replace(PACE, album_files=5, ring_seconds=2)


def test_where_files_are_counted_an_album_is_as_large_as_the_minute_allows() -> None:
    kept = lanes(ALBUMS)
    assert kept.album_files(CHAT, NOW) == 5
    kept.rang(CHAT, NOW, calls=17)
    assert kept.album_files(CHAT, NOW) == 3
    kept.rang(CHAT, NOW, calls=5)
    assert kept.album_files(CHAT, NOW) == 0
    assert kept.album_files(CHAT, NOW + 60) == 5
    assert lanes().album_files(CHAT, NOW) is None


def test_a_message_costs_a_call_and_where_files_are_counted_one_each() -> None:
    kept, free = lanes(ALBUMS), lanes()
    assert [kept.cost(CHAT, files, NOW) for files in (0, 1, 4)] == [1, 1, 4]
    assert free.cost(CHAT, 4, NOW) == 1


def test_after_an_album_the_next_ring_waits_for_all_of_it_and_one_more() -> None:
    kept = lanes(ALBUMS)
    kept.rang(CHAT, NOW)
    assert kept.ring_at(CHAT, NOW) == NOW + 2
    kept.rang(CHAT, NOW, calls=3)
    assert kept.ring_at(CHAT, NOW) == NOW + 8
    kept.rang(ELSEWHERE, NOW, at=NOW + 1, calls=3)
    assert kept.ring_at(ELSEWHERE, NOW) == NOW + 9


def test_a_call_that_is_to_come_counts_from_its_own_moment() -> None:
    kept = lanes(replace(PACE, calls_a_minute=2))
    kept.rang(CHAT, NOW, at=NOW + 5, calls=2)
    assert kept.ring_at(CHAT, NOW) == NOW + 65
    assert kept.ring_at(CHAT, NOW + 64.9) == NOW + 65
    assert kept.ring_at(CHAT, NOW + 65) == NOW + 65


def test_without_a_limit_a_minute_bears_any_number() -> None:
    kept = lanes(replace(PACE, calls_a_minute=0))
    kept.rang(CHAT, NOW, calls=100)
    assert kept.ring_at(CHAT, NOW) == NOW


def test_a_lane_in_use_is_kept_for_ten_minutes() -> None:
    kept = lanes()
    kept.pause(CHAT, until=NOW + 5000)
    kept.ring_at(CHAT, NOW)
    kept.ring_at(ELSEWHERE, NOW + FORGET_SECONDS)
    assert kept.paused_until(CHAT) == NOW + 5000
    kept.ring_at(replace(CHAT, chat="third"), NOW + FORGET_SECONDS + 1)
    assert kept.paused_until(CHAT) == 0
