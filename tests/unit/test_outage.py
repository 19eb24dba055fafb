"""When a platform counts as down: three messages in a row without an answer."""

import pytest

from bot.delivery.outage import AGAIN_SECONDS, FAILURES, Outage
from bot.domain.notification import (
    Deferred,
    Delivered,
    Moved,
    Outcome,
    Reason,
    Refused,
    Unsure,
)
from bot.domain.subscription import Receipt

NO_WORD: Outcome = Unsure(reason=Reason.TIMEOUT)
CLOSED: Outcome = Deferred(after_seconds=5, reason=Reason.UNAVAILABLE, counts=False)


def noted(*outcomes: Outcome) -> Outage:
    outage = Outage()
    for outcome in outcomes:
        outage.note(outcome)
    return outage


@pytest.mark.parametrize("outcome", [NO_WORD, CLOSED])
def test_three_in_a_row_without_an_answer_are_an_outage(outcome: Outcome) -> None:
    assert not noted(*[outcome] * (FAILURES - 1)).down
    assert noted(*[outcome] * FAILURES).down


@pytest.mark.parametrize(
    "outcome",
    [
        Delivered(receipt=Receipt("m1")),
        Deferred(after_seconds=5, reason=Reason.RATE_LIMITED, counts=False),
        Moved(chat="2"),
        Refused(reason=Reason.BLOCKED),
    ],
)
def test_any_answer_ends_it(outcome: Outcome) -> None:
    assert not noted(*[NO_WORD] * 9, outcome).down
    assert not noted(*[NO_WORD] * 2, outcome, *[NO_WORD] * 2).down


def test_waits_that_grew_are_short_while_it_lasts() -> None:
    assert noted().again(300) == 300
    assert noted(*[NO_WORD] * FAILURES).again(300) == AGAIN_SECONDS
    assert noted(*[NO_WORD] * FAILURES).again(2) == 2
