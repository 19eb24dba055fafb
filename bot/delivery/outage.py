"""Whether a platform answers at all: while it does not, one message at a time is tried.

What is tried while nobody can say what becomes of it must be made sure of afterwards, one
by one; so the crowd waits, untried, and is told within a minute of the return.
"""

from dataclasses import dataclass
from typing import Final

import structlog

from bot.domain.notification import Deferred, Outcome, Reason, Unsure

log = structlog.get_logger(__name__)

FAILURES: Final = 3  # in a row, and the platform counts as down
REST_SECONDS: Final = 10.0  # between two tries then
# A try that failed makes room for another: it may be to blame itself.
AGAIN_SECONDS: Final = 2.5 * REST_SECONDS


@dataclass(slots=True)
class Outage:
    """Counts the messages in a row that a platform had no answer for."""

    failures: int = 0

    @property
    def down(self) -> bool:
        """Whether the platform is taken to be down."""
        return self.failures >= FAILURES

    def note(self, outcome: Outcome) -> bool:
        """Note what came of a message; whether the platform is to rest now."""
        before = self.down
        self.failures = self.failures + 1 if _unanswered(outcome) else 0
        if self.down is not before:
            log.warning("platform.down" if self.down else "platform.back")
        return self.down

    def again(self, seconds: float) -> float:
        """Shorten a wait that grew because of the outage."""
        return min(seconds, AGAIN_SECONDS) if self.down else seconds


def _unanswered(outcome: Outcome) -> bool:
    match outcome:
        case Unsure():
            return True
        case Deferred(reason=Reason.UNAVAILABLE):
            return True
        case _:
            return False
