"""A relay and its tasks as numbers: a discrete-event simulation of one account.

No HTTP and no waiting: the real Rota decides when to ask, the model says what a relay
would have answered then. Seeded, so that the figures repeat.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from statistics import fmean
from typing import Final

from bot.domain.subscription import Standing
from bot.domain.task import AccountId, State, TaskId, TaskKey
from bot.ports import WatchRow
from bot.watch.options import WatchOptions
from bot.watch.rota import Rota
from bot.watch.watch import Watch
from tests.fakes.clock import NOON

ROUND_TRIP_SECONDS: Final = 0.2
FAILS_EARLY: Final = 0.03  # of the tasks, within 2 to 5 s


@dataclass(frozen=True, slots=True)
class Life:
    """How one task goes: log-normal, 30 to 120 s, its progress warped and late."""

    began_at: float
    seconds: float
    warp: float

    @property
    def ends_at(self) -> float:
        """When it ends."""
        return self.began_at + self.seconds

    def percent(self, now: float) -> int:
        """What the relay shows of it, in steps of ten."""
        done = (now - self.began_at - 3) / max(self.seconds - 3, 1)
        return int(min(max(done, 0.0), 0.99) ** self.warp * 10) * 10


@dataclass(slots=True)
class Figures:
    """What came of a run, its warm-up left out."""

    requests: int = 0
    refused: int = 0
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    longest_wait: float = 0.0  # between two looks at one task

    @property
    def mean_latency(self) -> float:
        """Seconds from an end to our knowing it."""
        return fmean(self.latencies)

    def per_interval(self, poll_seconds: float) -> float:
        """Requests in one polling interval."""
        return self.requests * poll_seconds / self.seconds


class Simulation:
    """`count` tasks at all times: each that ends is replaced by a new one.

    Args:
        count: Tasks watched at once.
        options: How to watch.
        shows_progress: Whether the relay tells percents.
        capacity: Requests a second that it takes; above: 429. None: any number.
        seed: Of chance.
    """

    def __init__(
        self,
        count: int,
        *,
        options: WatchOptions,
        shows_progress: bool = True,
        capacity: float | None = None,
        seed: int = 1,
    ) -> None:
        self._chance = random.Random(seed)
        self._options = options
        self._shows_progress = shows_progress
        self._capacity = capacity
        self._budget, self._budget_at = capacity or 0.0, 0.0
        self._lives: dict[TaskKey, Life] = {}
        self._answers: list[tuple[float, int, list[Watch] | None, list[Watch]]] = []
        self._births = [
            (self._chance.uniform(0, options.poll_seconds), self._chance.random())
            for _ in range(count)
        ]
        self._births.sort()
        self._now = 0.0
        self._number = 0
        self._warm = False
        self.rota = Rota(AccountId(1), options=options, now=0.0)
        self.figures = Figures()

    def run(self, seconds: float, *, warm_up: float) -> Figures:
        """Let time pass; count after the warm-up alone."""
        for now in self._moments(until=warm_up + seconds):
            self._now, self._warm = now, now >= warm_up
            self._be_born()
            self._answer()
            while len(self._answers) < self._options.in_flight and (
                batch := self.rota.take(self._now)
            ):
                self._ask(batch)
        self.figures.seconds = seconds
        return self.figures

    def lift(self) -> None:
        """Take any number of requests from now on."""
        self._capacity = None

    def _moments(self, until: float) -> Iterator[float]:
        while self._now < until:
            nexts = [birth[0] for birth in self._births[:1]]
            nexts += [answer[0] for answer in self._answers[:1]]
            due = self.rota.next_due()
            if due is not None and len(self._answers) < self._options.in_flight:
                nexts.append(due)
            yield max(self._now, min(nexts)) + 1e-6

    def _be_born(self) -> None:
        while self._births and self._births[0][0] <= self._now:
            _, age = self._births.pop(0)
            seconds = min(max(self._chance.lognormvariate(4.1, 0.4), 30), 120)
            if self._chance.random() < FAILS_EARLY:
                age, seconds = 0.0, self._chance.uniform(2, 5)
            began = self._now - age * seconds
            self._number += 1
            key = TaskKey(self._number)
            self._lives[key] = Life(began, seconds, self._chance.uniform(0.7, 1.4))
            self.rota.open(self._row(key), now=self._now, wall=self._wall())

    def _wall(self) -> datetime:
        return NOON + timedelta(seconds=self._now)

    def _row(self, key: TaskKey) -> WatchRow:
        return WatchRow(
            watch_id=key,
            task_key=key,
            account=AccountId(1),
            task_id=TaskId(str(key)),
            state=State.RUNNING,
            progress=None,
            standing=Standing.FINE,
            added_at=self._wall(),
            changed_at=self._wall(),
        )

    def _ask(self, batch: list[Watch]) -> None:
        for watch in batch:
            if self._warm:
                waited = self._now - watch.looked_at
                self.figures.longest_wait = max(self.figures.longest_wait, waited)
            watch.looked_at = self._now
        taken = self._allows()
        self.figures.requests += self._warm
        self.figures.refused += self._warm and not taken
        at = self._now + ROUND_TRIP_SECONDS
        answered = batch if taken else None
        heappush(self._answers, (at, len(self._answers), answered, batch))

    def _allows(self) -> bool:
        """Spend one request of a token bucket as deep as one second."""
        if self._capacity is None:
            return True
        earned = (self._now - self._budget_at) * self._capacity
        depth = max(self._capacity, 1.0)
        self._budget = min(self._budget + earned, depth)
        self._budget_at = self._now
        if self._budget < 1:
            return False
        self._budget -= 1
        return True

    def _answer(self) -> None:
        while self._answers and self._answers[0][0] <= self._now:
            _, _, answered, batch = heappop(self._answers)
            if answered is None:
                self.rota.slow_down(self._now, after_seconds=1.0)
            else:
                self.rota.answered(self._now)
                for watch in answered:
                    self._look(watch)
            self.rota.back(batch, now=self._now)

    def _look(self, watch: Watch) -> None:
        life = self._lives[watch.key]
        seen_at = self._now - ROUND_TRIP_SECONDS / 2
        if life.ends_at <= seen_at:
            self._end(watch, life)
            return
        percent = life.percent(seen_at) if self._shows_progress else None
        if percent != watch.progress:
            watch.progress = percent
            watch.changed_at = self.rota.seconds(self._now)
            self.rota.learn(watch, at=self._now)

    def _end(self, watch: Watch, life: Life) -> None:
        if self._warm:
            self.figures.latencies.append(self._now - life.ends_at)
        watch.state = State.SUCCEEDED
        self.rota.learn(watch, at=self._now)
        self.rota.close(watch.key)
        del self._lives[watch.key]
        heappush(self._births, (self._now, 0.0))
