"""The count of refused requests, so that Discord never bans the address."""

from collections import deque

from adapters.discord.limits import INVALID_MOST, INVALID_WINDOW_SECONDS
from bot.ports import Clock

_INVALID = frozenset({401, 403, 429})


class InvalidBudget:
    """Counts answers of 401, 403 and 429, and says when to wait.

    Args:
        clock: Time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at: deque[float] = deque(maxlen=INVALID_MOST)

    def count(self, status: int) -> None:
        """Note an answer's status."""
        if status in _INVALID:
            self._at.append(self._clock.monotonic())

    def wait_seconds(self) -> float:
        """Say how long to send nothing; 0 while there is room."""
        if len(self._at) < INVALID_MOST:
            return 0.0
        return max(0.0, self._at[0] + INVALID_WINDOW_SECONDS - self._clock.monotonic())
