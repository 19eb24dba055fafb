"""Whose turn it is: every watch of one account hangs on a wheel with a shared grid.

While one batch holds everything this is a tick: one request for all, late ones joined
in. Beyond that a batch that is not full waits a little, and takes along whoever is due
soon and was not looked at too lately, so that requests go out full.
"""

from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from math import ceil, floor
from typing import Final

from bot.watch.watch import Watch

TEETH: Final = 48  # of the wheel in one gap; batches on one tooth wait in line
PATIENT_TEETH: Final = 16  # how long a batch that is not full may wait to fill
_HAIR: Final = 0.01  # of a tooth; forgives a float's rounding


class Wheel:
    """The watches of one account by the time of their next look.

    Args:
        batch: Watches asked for in one request, at most.
        gap: Seconds that must pass between two looks at one task.
        delay: Seconds from a watch's last look to its next, `gap` at least.
    """

    def __init__(
        self, *, batch: int, gap: float, delay: Callable[[Watch], float]
    ) -> None:
        self.batch = batch
        self.gap = gap
        self._grid = gap / TEETH
        self._patience = PATIENT_TEETH * self._grid
        self._delay = delay
        self._teeth: dict[int, list[Watch]] = {}
        self._order: list[int] = []  # a heap of the teeth in use
        self._hanging = 0
        self._out = 0  # taken, and not hung again yet

    def __len__(self) -> int:
        return self._hanging + self._out

    @property
    def fits_one_batch(self) -> bool:
        """Whether one request holds everything, so that all go together."""
        return len(self) <= self.batch

    @property
    def reach(self) -> float:
        """How many seconds ahead a request takes along what is due."""
        return self.gap + self._patience if self.fits_one_batch else self._patience

    def add(self, watch: Watch, *, due: float) -> None:
        """Hang a watch on the first tooth at or after `due`."""
        self._tooth(ceil(due / self._grid - _HAIR)).append(watch)
        self._hanging += 1

    def back(self, watches: Iterable[Watch]) -> None:
        """Hang watches again after a look, each where its own delay puts it."""
        for watch in watches:
            self._out -= 1
            if not watch.closed:
                self.add(watch, due=watch.looked_at + self._delay(watch))

    def next_due(self) -> float | None:
        """When `take` may next give something; None if nothing hangs here."""
        if not self._order:
            return None
        if self.fits_one_batch:
            return self._all_at()
        return min(self._enough_at(), self._order[0] * self._grid + self._patience)

    def take(self, now: float) -> list[Watch]:
        """Take out one batch if it is due, in the order of the store's keys."""
        due = self.next_due()
        if due is None or due > now + _HAIR * self._grid:
            return []
        taken: list[Watch] = []
        kept: list[tuple[int, list[Watch]]] = []
        last = floor((now + self.reach) / self._grid + _HAIR)
        while self._order and self._order[0] <= last and len(taken) < self.batch:
            tooth = heappop(self._order)
            kept.append((tooth, self._pick(self._teeth.pop(tooth), taken, now)))
        for tooth, rest in kept:
            if rest:
                self._tooth(tooth).extend(rest)
        self._out += len(taken)
        taken.sort(key=lambda watch: watch.key)
        return taken

    def _tooth(self, number: int) -> list[Watch]:
        hung = self._teeth.get(number)
        if hung is None:
            self._teeth[number] = hung = []
            heappush(self._order, number)
        return hung

    def _all_at(self) -> float:
        """When all of one batch go: a little later if more can then come along."""
        first = self._order[0] * self._grid
        last = (first + self.reach) / self._grid
        near = (self._teeth[tooth] for tooth in self._order if tooth <= last)
        free_at = (watch.looked_at + self.gap for hung in near for watch in hung)
        patient = first + self._patience
        return max((at for at in free_at if first < at <= patient), default=first)

    def _enough_at(self) -> float:
        """When a full batch is due."""
        count, first = 0, self._order[0]
        for tooth in range(first, first + PATIENT_TEETH + 1):
            count += len(self._teeth.get(tooth, ()))
            if count >= self.batch:
                return tooth * self._grid
        return float("inf")

    def _pick(self, hung: list[Watch], taken: list[Watch], now: float) -> list[Watch]:
        """Move watches into the batch while there is room; give back the others."""
        looked_before = now - self.gap + _HAIR * self._grid
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
