"""When to leave a relay alone: a pure state machine over a clock handed in."""

from collections.abc import Callable
from typing import Final

HOLD_LIMIT_SECONDS: Final = 900.0  # however long a relay asks to be left alone


class Breaker:
    """Opens after some failures in a row; then lets one probe through at a time.

    Args:
        monotonic: Seconds that never go back.
        failures: In a row, until it opens.
        probe_seconds: Between two probes while it is open.
    """

    def __init__(
        self, *, monotonic: Callable[[], float], failures: int, probe_seconds: float
    ) -> None:
        self._monotonic = monotonic
        self._limit = failures
        self._probe_seconds = probe_seconds
        self._probe_at: float | None = None  # None: closed
        self._held_until = float("-inf")
        self.failures = 0  # in a row

    @property
    def open(self) -> bool:
        """Whether the relay is being left alone."""
        return self._probe_at is not None

    def admit(self) -> bool:
        """Say whether a request may go out now; while open, that takes the probe."""
        now = self._monotonic()
        if now < self._held_until:
            return False
        if self._probe_at is None:
            return True
        if now < self._probe_at:
            return False
        self._probe_at = now + self._probe_seconds
        return True

    def failed(self, *, after_seconds: float | None = None) -> None:
        """Count a failure, and hold for as long as the relay asked."""
        self.failures += 1
        if self._probe_at is None and self.failures >= self._limit:
            self._probe_at = self._monotonic() + self._probe_seconds
        self.hold(after_seconds)

    def hold(self, after_seconds: float | None) -> None:
        """Let nothing out for some seconds; that is no failure."""
        if after_seconds is not None:
            until = self._monotonic() + min(after_seconds, HOLD_LIMIT_SECONDS)
            self._held_until = max(self._held_until, until)

    def succeeded(self) -> int:
        """Close; say how many failures there were in a row before."""
        failures, self.failures, self._probe_at = self.failures, 0, None
        return failures

    def available_in(self) -> float:
        """Tell the seconds until a request may go out; 0 if at once."""
        earliest = max(self._held_until, self._probe_at or float("-inf"))
        return max(earliest - self._monotonic(), 0.0)
