"""Faults: answers that go wrong a number of times, on one route or on all."""

import asyncio
from dataclasses import dataclass, field

from tests.fakes.relay.answers import Answer


@dataclass(slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong."""

    route: str = "*"
    times: int | None = 1  # None: until lifted
    task_id: str | None = None  # only requests that ask about this task
    answer: Answer | None = None  # None: the true answer, after hang, by drips
    reset: bool = False  # the connection is torn down without an answer
    hang: asyncio.Event | None = None  # silence until it is set
    drip: bool = False  # one byte at a time
    drip_seconds: float = 0.02  # between two bytes
    hits: int = field(default=0, init=False)

    def lift(self) -> None:
        """End it, and let go whoever hangs in it."""
        self.times = self.hits
        if self.hang is not None:
            self.hang.set()

    def applies(self, route: str, ids: tuple[str, ...]) -> bool:
        """Say whether this request meets it."""
        spent = self.times is not None and self.hits >= self.times
        elsewhere = self.route not in ("*", route)
        other_task = self.task_id is not None and self.task_id not in ids
        return not (spent or elsewhere or other_task)


class Faults:
    """The faults of a relay, oldest first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Put one in force."""
        self._faults.append(fault)
        return fault

    def take(self, route: str, ids: tuple[str, ...]) -> Fault | None:
        """Spend one hit of the first fault that applies."""
        for fault in self._faults:
            if fault.applies(route, ids):
                fault.hits += 1
                return fault
        return None

    def clear(self) -> None:
        """Lift all."""
        for fault in self._faults:
            fault.lift()
        self._faults.clear()


class RateLimit:
    """So many requests a second (as many at once), on a clock that tests may move."""

    def __init__(self, per_second: float, retry_after_seconds: int) -> None:
        self._gap_seconds = 1 / per_second
        self._burst = max(per_second, 1.0)
        self._budget = self._burst
        self._at: float | None = None
        self.retry_after_seconds = retry_after_seconds

    def allows(self, now: float) -> bool:
        """Spend one request, or refuse it; refused ones cost nothing."""
        elapsed = 0.0 if self._at is None else now - self._at
        self._at = now
        self._budget = min(self._budget + elapsed / self._gap_seconds, self._burst)
        if self._budget < 1:
            return False
        self._budget -= 1
        return True
