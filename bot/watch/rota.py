"""The watches of one account: whose turn it is, how long each has waited, how its relay does."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from bot.domain.subscription import Standing
from bot.domain.task import AccountId, State, TaskKey
from bot.doorbell import Doorbell
from bot.ports import WatchRow
from bot.watch.cadence import HIGH_SECONDS, Forecast, next_delay
from bot.watch.options import WatchOptions
from bot.watch.pacing import Pacing
from bot.watch.schedule import Wheel
from bot.watch.watch import EVERYTHING, NOTHING, Watch

FRESH_SECONDS: Final = 15.0  # older ones have a past that teaches the wrong times
GRACE_SECONDS: Final = (5.0, 15.0)  # further looks at an end that lacks something
BUSY_SECONDS: Final = 1.0  # after a 429 that names no time
_GOLDEN: Final = 0.618  # its multiples never meet within the interval


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
        self.silent = False  # stored as a fact, so that cards and operators see it
        self.refused: str | None = None  # why the relay refuses the key, stored too
        self._forecast = Forecast()
        self._options = options
        self._gap = options.gap_seconds
        self._wheel = Wheel(batch=options.batch_size, gap=self._gap, delay=self._delay)
        self._pacing = Pacing(window_seconds=options.poll_seconds)
        self._paused_until = now
        self._failures = 0  # rests in a row
        self._out = 0  # batches that are being asked for
        self._down_since: float | None = None
        self._down_seconds = 0.0
        self._seconds = now  # account seconds, and
        self._learnt = False  # whether forecasts count, as a batch was hung again
        self._watches: dict[TaskKey, Watch] = {}

    @property
    def watches(self) -> Collection[Watch]:
        """All watches of the account."""
        return self._watches.values()

    def open(self, *rows: WatchRow, now: float, wall: datetime) -> None:
        """Begin watches, or take them over from the store."""
        seconds = self.seconds(now)
        for row in rows:
            if row.task_key not in self._watches:
                watch = self._watch_of(row, now=now, seconds=seconds, wall=wall)
                self._begin(watch, now=now, seconds=seconds)
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
        if self._probing or now < max(self._paused_until, self._pacing.next_at):
            return []
        batch = self._wheel.take(now)
        if batch:
            self._out += 1
            self._pacing.sent(now)
        return batch

    def back(self, watches: Collection[Watch], *, now: float) -> None:
        """Hang a batch again after it was asked for."""
        self._seconds, self._learnt = self.seconds(now), self._adaptive
        self._out -= bool(watches)
        self._wheel.back(watches)

    def next_due(self) -> float | None:
        """When `take` may next give something; None: not before the bell rings."""
        due = self._wheel.next_due()
        if due is None or self._probing:
            return None
        return max(due, self._paused_until, self._pacing.next_at)

    @property
    def _probing(self) -> bool:
        """Whether a relay that failed is being tried: one batch at a time does that."""
        return self._failures > 0 and self._out > 0

    def answered(self, now: float) -> None:
        """Note that the relay answered."""
        self._down_seconds += self.down_for(now)
        self._down_since = None
        self._failures = 0
        self._pacing.answered()

    def failed(self, now: float, *, after_seconds: float | None = None) -> None:
        """Note that the relay could not be asked; leave it alone, longer each time."""
        self._down_since = now if self._down_since is None else self._down_since
        if now >= self._paused_until:  # not one of several that failed together
            self._failures += 1
        rest = self._options.poll_seconds * 2 ** min(self._failures - 1, 6)
        self.rest(
            now,
            seconds=min(rest, self._options.rest_most_seconds)
            if after_seconds is None
            else after_seconds,
        )

    def slow_down(self, now: float, *, after_seconds: float | None = None) -> None:
        """Slow the whole wheel: the relay says that it is asked too often."""
        if now >= self._paused_until:
            self._pacing.refused(now)
        self.failed(
            now, after_seconds=BUSY_SECONDS if after_seconds is None else after_seconds
        )

    def rest(self, now: float, *, seconds: float) -> None:
        """Ask nothing for a while."""
        self._paused_until = max(self._paused_until, now + seconds)

    def down_for(self, now: float) -> float:
        """Seconds since the relay stopped answering; 0 while it answers."""
        return 0.0 if self._down_since is None else now - self._down_since

    def _begin(self, watch: Watch, *, now: float, seconds: float) -> None:
        self._watches[watch.key] = watch
        fresh = seconds - watch.added_at < FRESH_SECONDS
        if fresh:
            self._forecast.follow(watch.key, progress=watch.progress, at=now)
        self._wheel.add(watch, due=self._first_look_at(now, fresh=fresh))

    def _watch_of(
        self, row: WatchRow, *, now: float, seconds: float, wall: datetime
    ) -> Watch:
        added_at = seconds - (wall - row.added_at).total_seconds()
        later = row.changed_at > row.added_at
        return Watch(
            key=row.task_key,
            task_id=row.task_id,
            account=row.account,
            state=row.state,
            progress=row.progress,
            standing=_before_silence(row),
            looked_at=now - self._gap,
            added_at=added_at,
            changed_at=(
                seconds - (wall - row.changed_at).total_seconds() if later else added_at
            ),
            # What an end still lacked when the program stopped is not known.
            lacks=EVERYTHING if row.state.terminal else NOTHING,
        )

    def _first_look_at(self, now: float, *, fresh: bool) -> float:
        """At once; with the others if they go soon; after a gap if there are many.

        Many that are taken over at a start are spread over an interval.
        """
        wheel = self._wheel
        hung = len(wheel)
        if not hung:
            return now
        if hung > wheel.batch:
            return now + (self._gap if fresh else self._spread(hung))
        tick = wheel.next_due()
        early = now + self._gap
        return tick if tick is not None and tick <= now + wheel.reach else early

    def _spread(self, hung: int) -> float:
        batches = hung // self._options.batch_size
        return batches * _GOLDEN % 1.0 * self._options.poll_seconds

    def _delay(self, watch: Watch) -> float:
        if watch.state.terminal:
            return GRACE_SECONDS[min(watch.tries, len(GRACE_SECONDS) - 1)]
        if watch.standing is Standing.STUCK:
            return self._options.slow_seconds
        if self._learnt and self._seconds - watch.added_at < self._gap:
            return self._gap  # some fail at once
        unmoved, remaining = self._seconds - watch.changed_at, None
        if self._learnt:
            remaining = self._forecast.remaining(watch.progress, unmoved)
        return next_delay(
            poll=self._options.poll_seconds,
            gap=self._gap,
            remaining=remaining,
            unmoved=unmoved,
        )

    @property
    def _adaptive(self) -> bool:
        """Whether there are many batches; fewer go by a tick, which nothing can beat."""
        quick = self._options.poll_seconds < HIGH_SECONDS
        return self._options.adaptive and quick and not self._wheel.fits_one_batch


def _before_silence(row: WatchRow) -> Standing:
    """How we stood to a task before its relay fell silent."""
    if row.standing is not Standing.SILENT:
        return row.standing
    never_seen = row.state is State.PENDING and row.progress is None
    return Standing.UNSEEN if never_seen else Standing.FINE
