"""The real clock: the one place that reads the machine's time."""

import time
from datetime import UTC, datetime


class SystemClock:
    """Wall time for what is stored and shown, a steady count for what is waited."""

    def now(self) -> datetime:
        """Tell the time, aware, UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the Clock itself

    def monotonic(self) -> float:
        """Tell seconds that never go back, whatever happens to the wall clock."""
        return time.monotonic()
