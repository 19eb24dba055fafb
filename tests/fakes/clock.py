"""Time that moves when told."""

from datetime import UTC, datetime, timedelta
from typing import Final

NOON: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)


class MovedClock:
    """A Clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now
        self._passed_seconds = 0.0

    def now(self) -> datetime:
        """Tell the time, aware, UTC."""
        return self._now

    def monotonic(self) -> float:
        """Tell the seconds that have passed."""
        return self._passed_seconds

    def move(self, seconds: float) -> datetime:
        """Let time pass; tells the new time."""
        self._now += timedelta(seconds=seconds)
        self._passed_seconds += seconds
        return self._now
