"""The counting that every claim about kills rests on."""

from tests.chaos.report import Finding, line, table
from tests.chaos.tally import Said, Tally, Wanted, count, missing

TASK = "1767225600000001"
OTHER = "1767225600000002"
HERE = ("telegram", "c1")
WANTED: list[Wanted] = [(*HERE, TASK)]
CARD = Said(place=HERE, words=f"Running {TASK}", loud=False)
RESULT = Said(place=HERE, words=f"Done {TASK}", loud=True)
SHORT = Said(place=HERE, words="finished", loud=True, answers=f"Done {TASK}")
SHOWN = Said(place=HERE, words=f"Done {TASK}", loud=False)


def test_one_ring_is_told_once() -> None:
    assert count(WANTED, [CARD, RESULT]) == Tally(expected=1, told=1)
    assert missing(WANTED, [CARD, RESULT]) == []


def test_a_result_that_came_again_is_twice() -> None:
    assert count(WANTED, [RESULT, RESULT]).twice == 1


def test_what_only_runs_is_lost() -> None:
    found = count(WANTED, [CARD])

    assert (found.told, found.lost, found.rings_missed) == (0, 1, 1)
    assert missing(WANTED, [CARD]) == WANTED


def test_a_result_without_a_sound_is_a_missed_ring() -> None:
    assert count(WANTED, [SHOWN]) == Tally(expected=1, told=1, rings_missed=1)


def test_a_short_line_rings_for_the_card_that_it_answers() -> None:
    assert count(WANTED, [SHOWN, SHORT]) == Tally(expected=1, told=1)


def test_a_short_line_after_a_sound_is_a_repeated_ring() -> None:
    found = count(WANTED, [RESULT, SHOWN, SHORT, SHORT])

    assert (found.short_rings_repeated, found.twice) == (2, 0)


def test_a_digest_tells_each_task_that_it_names() -> None:
    digest = Said(place=HERE, words=f"Done {TASK}\nFailed {OTHER}", loud=True)

    assert count([*WANTED, (*HERE, OTHER)], [digest]).told == 2


def test_another_chats_message_tells_this_one_nothing() -> None:
    elsewhere = Said(place=("telegram", "c2"), words=RESULT.words, loud=True)

    assert count(WANTED, [elsewhere]).lost == 1


def test_a_broken_promise_shows_in_line_and_table() -> None:
    found = Finding(what="kills", tally=Tally(expected=2, told=1, lost=1))

    assert '"held": false' in line([found], seed=1)
    assert table([found]).endswith("| NO |")


def test_more_short_rings_than_sends_in_flight_break_the_promise() -> None:
    tally = Tally(expected=1, told=1, short_rings_repeated=2)

    assert Finding(what="kills", tally=tally, short_most=2).held
    assert not Finding(what="kills", tally=tally, short_most=1).held
