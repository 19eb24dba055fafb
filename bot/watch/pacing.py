"""How closely an account's requests may follow one another: learnt from its 429s.

A refusal cuts the pace a little below that at which it came; from there it climbs
back fast, lingers where it was refused, and climbs on faster and faster. The count is
in requests, so that refusals stay under one in a hundred however fast the relay is.
"""

from collections import deque
from typing import Final

CUT: Final = 0.85  # of the pace that was refused
BURST_SECONDS: Final = 0.25  # no pace is measured over less
HALVED: Final = 0.5  # the same, when the last cut was not enough
SOON: Final = 5  # requests after a cut; a refusal within them says: not enough
RETURN: Final = 150  # requests until the refused pace is tried again
FREE_AFTER: Final = 4 * RETURN  # without a refusal the pace is not held any more


class Pacing:
    """One account's pace. Times are steady seconds.

    Args:
        window_seconds: Over how long a pace that is not held is measured.
    """

    def __init__(self, *, window_seconds: float) -> None:
        self._window = window_seconds
        self._sent: deque[float] = deque()
        self._refused_pace: float | None = None  # requests a second; None: not held
        self._cut_pace = 0.0
        self._clean = 0  # requests answered since the last cut

    @property
    def next_at(self) -> float:
        """When the next request may go."""
        pace = self._pace()
        if pace is None or not self._sent:
            return float("-inf")
        return self._sent[-1] + 1.0 / pace

    def sent(self, now: float) -> None:
        """Note that a request goes out."""
        self._sent.append(now)
        while self._sent[0] <= now - self._window:
            self._sent.popleft()

    def answered(self) -> None:
        """Note that a request was not refused."""
        self._clean += 1
        if self._clean >= FREE_AFTER:
            self._refused_pace = None

    def refused(self, now: float) -> None:
        """Note that the relay says: too often."""
        held = self._pace()
        pace = held or self._measured(now)
        enough = held is None or self._clean >= SOON
        self._refused_pace = pace
        self._cut_pace = pace * (CUT if enough else HALVED)
        self._clean = 0

    def _measured(self, now: float) -> float:
        """Requests a second of late; of a burst rather too many than too few."""
        first = self._sent[0] if self._sent else now - self._window
        passed = min(max(now - first, BURST_SECONDS), self._window)
        return max(len(self._sent), 1) / passed

    def _pace(self) -> float | None:
        if self._refused_pace is None:
            return None
        missing = self._refused_pace - self._cut_pace
        return self._refused_pace - missing * (1 - self._clean / RETURN) ** 3
