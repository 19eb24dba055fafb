"""The shipped clockwork under a program clock: wheel, cadence, pace and judgement.

Time is a number here. What the watcher does between two requests is done in the same
order; HTTP alone is left out, and takes a fifth of a second.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from heapq import heappop, heappush
from typing import Any, Final

import msgspec

from benchmarks.load import Lives, Pieces, name, place_and_turn, script_of
from bot.domain.subscription import Standing
from bot.domain.task import AccountId, State, TaskId, TaskKey
from bot.ports import WatchRow
from bot.relay.batch import Batch
from bot.relay.dialect import Rows
from bot.relay.probe import Probe
from bot.watch import reading
from bot.watch.options import WatchOptions
from bot.watch.reading import Moment
from bot.watch.rota import Rota
from bot.watch.watch import Watch

HALF_TRIP_SECONDS: Final = 0.1
BEGINNING: Final = datetime(2026, 1, 1, tzinfo=UTC)
NEVER: Final = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is simulated.

    Attributes:
        warm_seconds: Not counted: remaining times are learnt.
        capacity: Requests a second that the relay takes; the rest is refused.
        retry_at_once: A refused batch is asked for again with no regard.
    """

    tasks: int
    seconds: float = 240.0
    warm_seconds: float = 180.0
    batch: int = 200
    adaptive: bool = True
    progress: bool = True
    capacity: float = NEVER
    retry_at_once: bool = False


@dataclass(slots=True)
class Outcome:
    """What came of it."""

    requests: int = 0
    refused: int = 0
    latencies: list[float] = field(default_factory=list)
    longest_unseen: float = 0.0

    @property
    def mean(self) -> float:
        """Mean seconds from the end's being shown to its being handed on."""
        return sum(self.latencies) / len(self.latencies)


def simulate(setting: Setting) -> Outcome:
    """Run it."""
    world = _World(setting)
    world.run()
    return world.outcome


class _World:
    def __init__(self, setting: Setting) -> None:
        self.outcome = Outcome()
        self._setting = setting
        self._options = WatchOptions(
            batch_size=setting.batch, adaptive=setting.adaptive
        )
        self._rota = Rota(AccountId(1), options=self._options, now=0.0)
        self._lives = Lives(0.0)
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._number = 0
        self._bucket, self._bucket_at = 1.0, 0.0

    def run(self) -> None:
        for place in range(self._setting.tasks):
            self._at(0.0, self._birth(place, 0))
        end = self._setting.warm_seconds + self._setting.seconds
        now = 0.0
        while now < end:
            due = self._rota.next_due()
            now = max(now, min(self._next_event(), NEVER if due is None else due))
            while self._next_event() <= now:
                at, _, deed = heappop(self._events)
                deed(at)
            while batch := self._rota.take(now):
                self._ask(batch, now)

    def _next_event(self) -> float:
        return self._events[0][0] if self._events else NEVER

    def _at(self, when: float, deed: Callable[[float], None]) -> None:
        self._number += 1
        heappush(self._events, (when, self._number, deed))

    def _birth(self, place: int, turn: int) -> Callable[[float], None]:
        def open_watch(now: float) -> None:
            self._number += 1
            born = self._lives.born_at(place, turn)
            row = WatchRow(
                watch_id=self._number,
                task_key=TaskKey(self._number),
                account=AccountId(1),
                task_id=TaskId(name(place, turn)),
                state=State.PENDING,
                progress=None,
                standing=Standing.UNSEEN,
                added_at=_wall(born),
                changed_at=_wall(born),
            )
            self._rota.open(row, now=now, wall=_wall(now))
            ends = self._lives.ends_at(place, turn)
            self._at(max(ends, now), self._birth(place, turn + 1))

        return open_watch

    def _ask(self, batch: list[Watch], now: float) -> None:
        counted = now >= self._setting.warm_seconds
        self.outcome.requests += counted
        for watch in batch:
            if counted and watch.looks:
                unseen = now - watch.looked_at
                self.outcome.longest_unseen = max(self.outcome.longest_unseen, unseen)
            watch.looked_at = now
        there, back = now + HALF_TRIP_SECONDS, now + 2 * HALF_TRIP_SECONDS
        if self._taken(there):
            self._at(back, lambda at: self._answered(batch, there, at))
            return
        self.outcome.refused += counted
        self._at(back, lambda at: self._refused(batch, at))

    def _taken(self, now: float) -> bool:
        """Whether the relay takes a request: a bucket of one second's worth."""
        capacity = self._setting.capacity
        if capacity == NEVER:
            return True
        filled = self._bucket + (now - self._bucket_at) * capacity
        self._bucket, self._bucket_at = min(filled, max(capacity, 1.0)), now
        if self._bucket < 1.0:
            return False
        self._bucket -= 1.0
        return True

    def _refused(self, batch: list[Watch], now: float) -> None:
        if self._setting.retry_at_once:
            self._ask(batch, now)
            return
        self._rota.slow_down(now)
        self._rota.back(batch, now=now)

    def _answered(self, batch: list[Watch], shown_at: float, now: float) -> None:
        self._rota.answered(now)
        seconds = self._rota.seconds(now)
        moment = Moment(at=_wall(now), steady=now, seconds=seconds)
        answer = self._answer([watch.task_id for watch in batch], shown_at)
        news = reading.sift(batch, answer, now=seconds, options=self._options)
        steps = reading.read(news, {}, now=moment, options=self._options)
        reading.apply(steps, now=moment)
        for step in steps:
            self._rota.learn(step.watch, at=now)
            if step.transition and step.transition.ends_watch:
                self._ended(step.watch, now)
        self._rota.back(batch, now=now)

    def _ended(self, watch: Watch, now: float) -> None:
        self._rota.close(watch.key)
        ended = self._lives.ends_at(*place_and_turn(watch.task_id))
        if ended >= self._setting.warm_seconds:
            self.outcome.latencies.append(now - ended)

    def _answer(self, ids: list[TaskId], now: float) -> Batch:
        told = [self._object(task_id, now) for task_id in ids]
        probes: list[Probe | None] = [
            Probe(id=each["id"], status=each["status"], progress=each["progress"])
            for each in told
        ]
        answer = Batch()
        answer.add_page(Rows(probes=probes, objects=list(told)), ids, {})
        return answer

    def _object(self, task_id: TaskId, now: float) -> dict[str, Any]:
        place, turn = place_and_turn(task_id)
        age = now - self._lives.born_at(place, turn)
        told = _decoded(script_of(place, turn).at(age)) | {"id": task_id}
        if not self._setting.progress and told["status"] == "IN_PROGRESS":
            told["progress"] = ""
        return told


@cache
def _decoded(pieces: Pieces) -> dict[str, Any]:
    return dict(msgspec.json.decode(b"0".join(pieces)))


def _wall(now: float) -> datetime:
    return BEGINNING + timedelta(seconds=now)
