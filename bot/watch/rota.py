"""The watches of one account: whose turn it is, how long each has waited, how its relay does."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from bot.domain.subscription import Standing
from bot.domain.task import AccountId, TaskKey
from bot.doorbell import Doorbell
from bot.ports import WatchRow
from bot.watch.cadence import HIGH_SECONDS, Forecast, next_delay
from bot.watch.options import WatchOptions
from bot.watch.schedule import Wheel
from bot.watch.watch import Watch

SILENT: Final = Standing.SILENT
STRETCH: Final = 1.5  # the whole wheel slows by this at a 429 ...
RELAX: Final = 0.95  # ... and quickens by this with each clean batch
STRETCH_MOST: Final = 16.0
FRESH_SECONDS: Final = 15.0  # older ones have a past that teaches the wrong times
GRACE_SECONDS: Final = (5.0, 15.0)  # further looks at an end that lacks something


class Rota:
    """One account's watches and clockwork. Times are steady seconds.

    Args:
        account: Whose watches these are.
        options: How hard to watch.
        now: Steady seconds.
    """

    def __init__(
        self, account: AccountId, *, options: WatchOptions, now: float
    ) -> None:
        self.account = account
        self.bell = Doorbell()
        self._forecast = Forecast()
        self.silent = False  # stored as a fact, so that cards and operators see it
        self.refused: str | None = None  # why the relay refuses the key, stored too
        self._options = options
        self._wheel = Wheel(
            batch=options.batch_size, gap=options.gap_seconds, delay=self._delay
        )
        self._stretch = 1.0
        self._paused_until = now
        self._down_since: float | None = None
        self._down_seconds = 0.0
        self._now = now
        self._watches: dict[TaskKey, Watch] = {}

    @property
    def watches(self) -> Collection[Watch]:
        """All watches of the account."""
        return self._watches.values()

    def open(self, row: WatchRow, *, now: float, wall: datetime) -> None:
        """Begin a watch, or take one over from the store."""
        if row.task_key in self._watches:
            return
        seconds = self.seconds(now)
        changed_at = max(row.changed_at, row.added_at)
        watch = Watch(
            key=row.task_key,
            task_id=row.task_id,
            account=row.account,
            state=row.state,
            progress=row.progress,
            standing=Standing.FINE if row.standing is SILENT else row.standing,
            looked_at=now - self._options.gap_seconds,
            added_at=seconds - (wall - row.added_at).total_seconds(),
            changed_at=seconds - (wall - changed_at).total_seconds(),
        )
        self._watches[row.task_key] = watch
        if seconds - watch.added_at < FRESH_SECONDS:
            self._forecast.saw(watch.key, progress=watch.progress, at=now)
        self._wheel.add(watch, due=now + self._spread())
        self.bell.ring()

    def close(self, key: TaskKey) -> None:
        """Forget a watch; the wheel drops it in passing."""
        watch = self._watches.pop(key, None)
        if watch is not None:
            watch.closed = True
            self._forecast.forget(key)

    def learn(self, watch: Watch, *, at: float) -> None:
        """Learn from a step of a watch, `at` steady seconds, how long such tasks last."""
        if watch.state.terminal:
            self._forecast.ended(watch.key, at=at)
        else:
            self._forecast.saw(watch.key, progress=watch.progress, at=at)

    def seconds(self, now: float) -> float:
        """Count the seconds in which the relay could be asked."""
        return now - self._down_seconds - self.down_for(now)

    def take(self, now: float) -> list[Watch]:
        """Take one batch that is due, [] if none is or the relay wants a rest."""
        self._now = now
        return self._wheel.take(now) if now >= self._paused_until else []

    def back(self, watches: Iterable[Watch], *, now: float) -> None:
        """Hang a batch again after it was asked for."""
        self._now = now
        self._wheel.back(watches)

    def next_due(self) -> float | None:
        """When `take` may next give something."""
        due = self._wheel.next_due()
        return None if due is None else max(due, self._paused_until)

    def answered(self, now: float) -> None:
        """Note that the relay answered."""
        self._down_seconds += self.down_for(now)
        self._down_since = None
        self._stretch = max(self._stretch * RELAX, 1.0)

    def failed(self, now: float, *, after_seconds: float | None) -> None:
        """Note that the relay could not be asked; leave it alone for a while."""
        self._down_since = now if self._down_since is None else self._down_since
        rest = (
            after_seconds if after_seconds is not None else self._options.poll_seconds
        )
        self._paused_until = max(self._paused_until, now + rest)

    def slow_down(self, now: float, *, after_seconds: float | None) -> None:
        """Stretch the whole wheel: the relay says that it is asked too often."""
        self._stretch = min(self._stretch * STRETCH, STRETCH_MOST)
        self.failed(
            now, after_seconds=after_seconds if after_seconds is not None else 1.0
        )

    def down_for(self, now: float) -> float:
        """Seconds since the relay stopped answering; 0 while it answers."""
        return 0.0 if self._down_since is None else now - self._down_since

    def _spread(self) -> float:
        """Spread what is loaded at once over an interval, a batch at a time."""
        batches = len(self._wheel) // self._options.batch_size
        return batches * 0.618 % 1.0 * self._options.poll_seconds

    def _delay(self, watch: Watch) -> float:
        if watch.state.terminal:
            return GRACE_SECONDS[min(watch.tries, len(GRACE_SECONDS) - 1)]
        if watch.standing is Standing.STUCK:
            return self._options.slow_seconds
        return self._stretch * next_delay(
            poll=self._options.poll_seconds,
            gap=self._options.gap_seconds,
            remaining=self._remaining(watch),
            unmoved=self.seconds(self._now) - watch.changed_at,
        )

    def _remaining(self, watch: Watch) -> float | None:
        many = len(self._watches) > self._options.batch_size
        if not (
            many
            and self._options.adaptive
            and self._options.poll_seconds < HIGH_SECONDS
        ):
            return None
        return self._forecast.remaining(
            watch.progress, self.seconds(self._now) - watch.changed_at
        )
