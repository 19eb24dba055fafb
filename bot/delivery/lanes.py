"""Each chat at its own pace: when the next ring or edit may go there.

A lane is a chat with all its threads and cards. Rings go before edits: an edit
waits for its interval and leaves room; a ring waits only for what the platform asks.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from bot.domain.subscription import Destination
from bot.ports import Pace

MINUTE_SECONDS: Final = 60.0
BURST_SECONDS: Final = 1.0  # of unused rate that may be caught up
SHARE_OF_EDITS: Final = 0.6  # of the platform's rate; the rest is kept for rings
FORGET_SECONDS: Final = 600.0  # a lane idle for so long is dropped


@dataclass(slots=True)
class _Lane:
    destination: Destination
    pace_of: Callable[[Destination], Pace]
    edit_at: float = 0.0
    ring_at: float = 0.0
    paused_until: float = 0.0
    used_at: float = 0.0
    calls: deque[float] = field(default_factory=deque)

    @property
    def pace(self) -> Pace:
        """What the chat bears now: what others send there leaves less to us."""
        return self.pace_of(self.destination)

    def minute_at(self, now: float, *, share: float = 1.0) -> float:
        """When a share of the minute's calls allows another; `now` if it does."""
        while self.calls and self.calls[0] <= now - MINUTE_SECONDS:
            self.calls.popleft()
        most = max(int(self.pace.calls_a_minute * share), 1)
        if not self.pace.calls_a_minute or len(self.calls) < most:
            return now
        return self.calls[len(self.calls) - most] + MINUTE_SECONDS

    def edit_minute_at(self, now: float) -> float:
        """When an edit may go that leaves the minute's other calls to rings."""
        return self.minute_at(now, share=SHARE_OF_EDITS)


class Lanes:
    """The lanes of one platform. All times are steady seconds.

    Args:
        pace: What the platform allows a destination now.
        calls_a_second: What it allows all of them together.
    """

    def __init__(
        self, *, pace: Callable[[Destination], Pace], calls_a_second: float
    ) -> None:
        self._pace = pace
        self._interval = 1.0 / calls_a_second
        self._lanes: dict[str, _Lane] = {}
        self._next_at = float("-inf")  # for any call
        self._next_edit_at = float("-inf")
        self._all_paused_until = 0.0

    def ring_at(self, to: Destination, now: float) -> float:
        """When a ring may go to this chat; `now` if it may."""
        lane = self._lane(to, now)
        return max(
            now,
            self._all_paused_until,
            self._next_at,
            lane.paused_until,
            lane.ring_at,
            lane.minute_at(now),
        )

    def edit_at(self, to: Destination, now: float) -> float:
        """When a progress edit may go to this chat; `now` if it may."""
        lane = self._lane(to, now)
        return max(
            self.ring_at(to, now),
            self._next_edit_at,
            lane.edit_at,
            lane.edit_minute_at(now),
        )

    def album_files(self, to: Destination, now: float) -> int | None:
        """How many files the chat bears in one message now; None: any number."""
        lane = self._lane(to, now)
        if not lane.pace.album_files:
            return None
        lane.minute_at(now)
        left = lane.pace.calls_a_minute - len(lane.calls)
        return max(min(lane.pace.album_files, left), 0)

    def cost(self, to: Destination, files: int, now: float) -> int:
        """How many calls a message with so many files counts for."""
        each = self._lane(to, now).pace.album_files
        return max(files, 1) if each else 1

    def rang(
        self,
        to: Destination,
        now: float,
        *,
        at: float | None = None,
        calls: int = 1,
    ) -> None:
        """Note that a ring goes out, or is to go out `at` a moment that is near."""
        lane = self._called(to, now, at=at)
        lane.calls.extend([lane.calls[-1]] * (calls - 1))
        # What went at once is let grow old together: no burst follows a burst.
        spaced = lane.pace.ring_seconds * (calls if calls == 1 else calls + 1)
        lane.ring_at = (now if at is None else at) + spaced

    def edited(self, to: Destination, now: float, *, old: bool = False) -> None:
        """Note that an edit goes out now; `old` messages wear their lane longer."""
        lane = self._called(to, now)
        pace = lane.pace
        lane.edit_at = now + (pace.old_edit_seconds if old else pace.edit_seconds)
        # An average as well: all that is stale goes in one turn, a second's worth.
        spaced = max(self._next_edit_at, now - BURST_SECONDS)
        self._next_edit_at = spaced + self._interval / SHARE_OF_EDITS

    def pause(self, to: Destination, *, until: float) -> None:
        """Leave one chat alone until then."""
        lane = self._lane(to, until)
        lane.paused_until = max(lane.paused_until, until)

    def pause_all(self, *, until: float) -> None:
        """Leave the whole platform alone until then."""
        self._all_paused_until = max(self._all_paused_until, until)

    def paused(self, now: float, *, longer_than: float) -> list[Destination]:
        """Chats that no ring can go to for a while."""
        until = now + longer_than
        return [
            lane.destination
            for lane in self._lanes.values()
            if max(lane.paused_until, lane.ring_at, lane.minute_at(now)) > until
        ]

    def resting(self, now: float) -> list[Destination]:
        """Chats that no edit can go to now."""
        return [
            lane.destination
            for lane in self._lanes.values()
            if max(lane.edit_at, lane.paused_until, lane.edit_minute_at(now)) > now
        ]

    def next_rest_ends_at(self, now: float) -> float:
        """When the first resting chat may be edited again; `now` if none rests."""
        ends = (max(lane.edit_at, lane.paused_until) for lane in self._lanes.values())
        return min((end for end in ends if end > now), default=now)

    def paused_until(self, to: Destination) -> float:
        """Until when the platform wants nothing from us for this chat."""
        lane = self._lanes.get(to.chat)
        return max(self._all_paused_until, lane.paused_until if lane else 0.0)

    def all_paused_until(self) -> float:
        """Until when the whole platform is left alone."""
        return self._all_paused_until

    def _called(self, to: Destination, now: float, *, at: float | None = None) -> _Lane:
        lane = self._lane(to, now)
        lane.calls.append(now if at is None else at)
        # A platform's rate is an average: short bursts of rings may catch up.
        self._next_at = max(self._next_at, now - BURST_SECONDS) + self._interval
        return lane

    def _lane(self, to: Destination, now: float) -> _Lane:
        lane = self._lanes.get(to.chat)
        if lane is None:
            self._forget(now)
            lane = self._lanes[to.chat] = _Lane(destination=to, pace_of=self._pace)
        lane.used_at = now
        return lane

    def _forget(self, now: float) -> None:
        idle = [c for c, x in self._lanes.items() if x.used_at < now - FORGET_SECONDS]
        for chat in idle:
            del self._lanes[chat]
