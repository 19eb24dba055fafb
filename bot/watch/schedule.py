"""Whose turn it is: every watch of one account hangs on a wheel with a shared grid.

While one batch holds everything this is a tick: one request for all. Beyond that a
batch that is not full waits a little, and takes along whoever is due soon and was
not looked at too lately, so that requests go out full.
"""

from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from math import ceil
from typing import Final

from bot.watch.watch import Watch

GRID_SECONDS: Final = 0.25  # between two teeth of the wheel
PATIENCE_SECONDS: Final = 1.0  # how long a batch that is not full may wait to fill
_NEAR: Final = int(PATIENCE_SECONDS / GRID_SECONDS) + 1
_HAIR: Final = 0.01  # forgives a float's rounding


class Wheel:
    """The watches of one account by the time of their next look.

    Args:
        batch: Watches asked for in one request, at most.
        gap: Seconds that must pass between two looks at one task.
        delay: Seconds from a watch's last look to its next.
    """

    def __init__(
        self, *, batch: int, gap: float, delay: Callable[[Watch], float]
    ) -> None:
        self.batch = batch
        self._gap = gap
        self._delay = delay
        self._teeth: dict[int, list[Watch]] = {}
        self._order: list[int] = []  # a heap of the teeth in use
        self._hanging = 0

    def __len__(self) -> int:
        return self._hanging

    def add(self, watch: Watch, *, due: float) -> None:
        """Hang a watch on the first tooth at or after `due`."""
        self._tooth(ceil(due / GRID_SECONDS - _HAIR)).append(watch)
        self._hanging += 1

    def back(self, watches: Iterable[Watch]) -> None:
        """Hang watches again after a look, each where its own delay puts it."""
        for watch in watches:
            if not watch.closed:
                self.add(watch, due=watch.looked_at + self._delay(watch))

    def next_due(self) -> float | None:
        """When `take` may next give something; None if nothing hangs here."""
        if not self._order:
            return None
        patient = self._order[0] * GRID_SECONDS + PATIENCE_SECONDS
        return min(self._enough_at(), patient)

    def take(self, now: float) -> list[Watch]:
        """Take out one batch if it is due, in the order of the store's keys."""
        due = self.next_due()
        taken: list[Watch] = []
        if due is None or due > now:
            return taken
        kept: list[tuple[int, list[Watch]]] = []
        while self._order and len(taken) < self.batch:
            tooth = heappop(self._order)
            kept.append((tooth, self._pick(self._teeth.pop(tooth), taken, now)))
            if tooth * GRID_SECONDS > now + PATIENCE_SECONDS:
                break
        for tooth, rest in kept:
            if rest:
                self._tooth(tooth).extend(rest)
        taken.sort(key=lambda watch: watch.key)
        return taken

    def _tooth(self, number: int) -> list[Watch]:
        hung = self._teeth.get(number)
        if hung is None:
            self._teeth[number] = hung = []
            heappush(self._order, number)
        return hung

    def _enough_at(self) -> float:
        """When enough are due to go: a full batch, or all there are."""
        enough, count, first = min(self.batch, self._hanging), 0, self._order[0]
        for tooth in range(first, first + _NEAR):
            count += len(self._teeth.get(tooth, ()))
            if count >= enough:
                return tooth * GRID_SECONDS
        return float("inf")

    def _pick(self, hung: list[Watch], taken: list[Watch], now: float) -> list[Watch]:
        """Move watches into the batch while there is room; give back the others."""
        looked_before = now - self._gap + _HAIR
        rest: list[Watch] = []
        for watch in hung:
            if watch.closed:
                self._hanging -= 1
            elif len(taken) < self.batch and watch.looked_at <= looked_before:
                taken.append(watch)
                self._hanging -= 1
            else:
                rest.append(watch)
        return rest
