"""What each group has been sent of late: never more than it bears, whoever sends it.

Rings and edits keep to their chat's pace; answers to people do not, and in a group
all of them count alike.
"""

from collections import deque
from typing import Final

from adapters.telegram.limits import GROUP_CALLS
from bot.domain.notification import Deferred, Reason
from bot.domain.subscription import Destination, Place
from bot.ports import Clock

_MINUTE_SECONDS: Final = 60.0
_MANY_CHATS: Final = 1_000  # more are looked through for those that rest


class Ledger:
    """Counts calls into groups and channels.

    Args:
        clock: The time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._calls: dict[str, deque[float]] = {}

    def spend(self, to: Destination, calls: int) -> Deferred | None:
        """Note calls that go out now; or say when they may, and note nothing."""
        if to.place is Place.PRIVATE:
            return None
        now, spent = self._clock.monotonic(), self._of(to.chat)
        while spent and spent[0] <= now - _MINUTE_SECONDS:
            spent.popleft()
        if (excess := len(spent) + calls - GROUP_CALLS) > 0:
            free_at = spent[min(excess, len(spent)) - 1] if spent else now
            return _until(free_at + _MINUTE_SECONDS - now)
        spent.extend([now] * calls)
        return None

    def _of(self, chat: str) -> deque[float]:
        if chat not in self._calls and len(self._calls) >= _MANY_CHATS:
            young = self._clock.monotonic() - _MINUTE_SECONDS
            kept = {c: x for c, x in self._calls.items() if x and x[-1] > young}
            self._calls = kept
        return self._calls.setdefault(chat, deque())


def _until(seconds: float) -> Deferred:
    return Deferred(after_seconds=seconds, reason=Reason.RATE_LIMITED, counts=False)
