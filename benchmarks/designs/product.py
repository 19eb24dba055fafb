"""The shipped path: the relay client, the probe, and what the watcher makes of it."""

from collections.abc import Sequence

from benchmarks.designs.tally import Tally
from benchmarks.load import successor
from bot.clock import SystemClock
from bot.domain.subscription import Standing
from bot.domain.task import AccountId, State, TaskId, TaskKey
from bot.relay.batch import Batch
from bot.relay.client import RelayClient
from bot.watch import reading
from bot.watch.options import WatchOptions
from bot.watch.reading import Moment, Step
from bot.watch.watch import Watch


class Product:
    def __init__(self, client: RelayClient, batches: Sequence[Sequence[str]]) -> None:
        self.tally = Tally()
        self._client = client
        self._clock = SystemClock()
        self._options = WatchOptions()
        self._keys = 0
        self._batches = [{each: self._watch(each) for each in ids} for ids in batches]

    async def look(self, rounds: int) -> None:
        for _ in range(rounds):
            for batch in self._batches:
                await self._ask(batch)

    async def _ask(self, watches: dict[str, Watch]) -> None:
        batch = list(watches.values())
        answer = await self._client.fetch_many([watch.task_id for watch in batch])
        if not isinstance(answer, Batch):
            raise TypeError(f"no answer: {answer}")
        steady = self._clock.monotonic()
        now = Moment(at=self._clock.now(), steady=steady, seconds=steady)
        news = reading.sift(batch, answer, now=steady, options=self._options)
        if reading.wants_full(news, now=steady, options=self._options):
            raise ValueError("a list object that was not enough")
        steps = reading.read(news, {}, now=now, options=self._options)
        reading.apply(steps, now=now)
        self.tally.looks += len(batch)
        self._count(watches, steps)

    def _count(self, watches: dict[str, Watch], steps: list[Step]) -> None:
        for step in steps:
            if step.transition is None:
                continue
            self.tally.changes += 1
            if step.transition.ends_watch and step.transition.snapshot:
                self.tally.ends += 1
                self.tally.buttons += len(step.transition.snapshot.buttons)
                del watches[step.watch.task_id]
                after = successor(step.watch.task_id)
                watches[after] = self._watch(after)

    def _watch(self, task_id: str) -> Watch:
        self._keys += 1
        now = self._clock.monotonic()
        return Watch(
            key=TaskKey(self._keys),
            task_id=TaskId(task_id),
            account=AccountId(1),
            state=State.PENDING,
            progress=None,
            standing=Standing.FINE,
            looked_at=now,
            added_at=now,
            changed_at=now,
        )
