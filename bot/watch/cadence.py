"""When to look again: pure rules and the remaining times learnt from finished tasks."""

from bisect import bisect_right, insort
from collections import deque
from dataclasses import dataclass, field
from typing import Final

HIGH_SECONDS: Final = 9.0  # a moving task is never left longer; facts: hi <= 8-10 s
SHARE: Final = 0.4  # of the early quantile of what remains
QUANTILE: Final = 0.25
ENOUGH: Final = 20  # finished tasks before a forecast is believed
MEMORY: Final = 256  # finished tasks remembered for each stage
WHOLE: Final = 100  # percent
UNMOVED_SECONDS: Final = 300.0  # without change: asked at HIGH_SECONDS at least


def next_delay(
    *, poll: float, gap: float, remaining: float | None, unmoved: float
) -> float:
    """Say after how many seconds to look again.

    Args:
        poll: The fixed interval, for tasks nothing is known about.
        gap: The least distance between two looks.
        remaining: Seconds within which a quarter of such tasks end; None if not
            learnt.
        unmoved: Seconds since the task last changed.
    """
    if unmoved > UNMOVED_SECONDS:
        return max(HIGH_SECONDS, poll)
    if remaining is None:
        return poll
    return min(max(SHARE * remaining, gap), max(HIGH_SECONDS, poll))


@dataclass(slots=True)
class _Stage:
    """Seconds from reaching a stage to the end, of the tasks seen last."""

    order: deque[float] = field(default_factory=lambda: deque(maxlen=MEMORY))
    ranked: list[float] = field(default_factory=list)

    def learn(self, seconds: float) -> None:
        if len(self.order) == MEMORY:
            self.ranked.remove(self.order[0])
        self.order.append(seconds)
        insort(self.ranked, seconds)

    def remaining(self, since: float) -> float | None:
        if len(self.ranked) < ENOUGH:
            return None
        first = bisect_right(self.ranked, since)
        left = len(self.ranked) - first
        if not left:
            return 0.0
        return self.ranked[first + int(left * QUANTILE)] - since


class Forecast:
    """What remains of a task, learnt for one account from those that ended.

    A task passes stages, one for each tenth of its progress. Only some tasks are
    followed (`follow`), so that a hundred thousand watches cost no memory.
    """

    FOLLOWED: Final = 500

    def __init__(self) -> None:
        self._stages: dict[int, _Stage] = {}
        self._paths: dict[int, list[tuple[int, float]]] = {}
        self.shows_progress = False

    def follow(self, key: int, *, progress: int | None, at: float) -> None:
        """Follow a task from its beginning, `at` steady seconds, if there is room."""
        if len(self._paths) < self.FOLLOWED:
            self._paths[key] = []
            self.saw(key, progress=progress, at=at)

    def saw(self, key: int, *, progress: int | None, at: float) -> None:
        """Note that a task reached a stage, `at` steady seconds.

        One that was not followed from its beginning would teach too short a time.
        """
        if 0 < (progress or 0) < WHOLE:
            self.shows_progress = True
        path = self._paths.get(key)
        if path is not None and not (path and path[-1][0] == stage(progress)):
            path.append((stage(progress), at))

    def ended(self, key: int, *, at: float) -> None:
        """Learn from a task that ended."""
        for reached, since in self._paths.pop(key, ()):
            self._stages.setdefault(reached, _Stage()).learn(at - since)

    def forget(self, key: int) -> None:
        """Drop a task that is watched no more."""
        self._paths.pop(key, None)

    def remaining(self, progress: int | None, since: float) -> float | None:
        """Seconds within which a quarter of such tasks end; None if not learnt.

        Args:
            progress: Where the task stands.
            since: Seconds since it was first seen there.
        """
        if not self.shows_progress:
            return None
        known = self._stages.get(stage(progress))
        return known.remaining(since) if known else None


def stage(progress: int | None) -> int:
    """The tenth in which a percent lies; -1 before work begins."""
    return -1 if progress is None else progress // 10
