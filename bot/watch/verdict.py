"""When a watched task is called lost, stuck or given up: pure rules."""

from dataclasses import dataclass
from typing import Final

from bot.domain.subscription import Standing
from bot.domain.task import State
from bot.domain.transition import Tell
from bot.watch.options import WatchOptions
from bot.watch.watch import Watch

LOOKS_AT_LEAST: Final = 3  # nothing is judged on fewer, so not right after a restart


@dataclass(frozen=True, slots=True)
class Verdict:
    """How we stand to a task from now on, and what its chats are told."""

    standing: Standing
    tell: Tell | None
    ends_watch: bool


GAVE_UP: Final = Verdict(Standing.GIVEN_UP, Tell.GAVE_UP, ends_watch=True)
STUCK: Final = Verdict(Standing.STUCK, Tell.STUCK, ends_watch=False)
LOST: Final = Verdict(Standing.LOST, Tell.LOST, ends_watch=True)


def of_missing(watch: Watch, *, now: float, options: WatchOptions) -> Verdict | None:
    """Judge a task that its relay did not know, this time included.

    Unknown is a count, not a verdict: misses in a row and a grace period both.
    `now` is in account seconds.
    """
    enough = watch.misses >= options.lost_misses
    return LOST if enough and now - watch.missed_at >= options.lost_seconds else None


def worth_a_fetch(watch: Watch, *, now: float, options: WatchOptions) -> bool:
    """Whether a task that a list does not hold is to be asked for by its id.

    Once when the misses are enough, and always before it is called lost.
    """
    missed = watch.misses + 1
    waited = now - watch.missed_at if watch.misses else 0.0
    return missed == options.lost_misses or (
        missed > options.lost_misses and waited >= options.lost_seconds
    )


def of_unchanged(watch: Watch, *, now: float, options: WatchOptions) -> Verdict | None:
    """Judge a task that its relay shows as before; `now` is in account seconds."""
    if watch.looks < LOOKS_AT_LEAST or watch.state.terminal:
        return None
    unmoved = now - watch.changed_at
    if unmoved >= options.give_up_seconds:
        return GAVE_UP
    waits_for_a_person = watch.state is State.NEEDS_INPUT
    told = watch.standing is Standing.STUCK or waits_for_a_person
    return STUCK if unmoved >= options.stuck_seconds and not told else None
