"""What each chat has been sent of late: never more than it bears, whoever sends it.

Rings and edits keep to their chat's pace; answers to people do not, and in a group
all of them count alike. So answers leave room for rings, and all wait where Telegram
has said so.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from adapters.telegram.limits import ANSWERS_STOP_AT, GROUP_CALLS
from bot.domain.notification import Deferred, Reason
from bot.domain.subscription import Destination, Place
from bot.ports import Clock

_MINUTE_SECONDS: Final = 60.0
_MANY_CHATS: Final = 1_000  # more are looked through for those that rest


@dataclass(slots=True)
class _Page:
    """One chat: when it was called, and until when it is left alone."""

    calls: deque[float] = field(default_factory=deque)
    answers: deque[float] = field(default_factory=deque)
    rests_until: float = 0.0

    def grow_old(self, now: float) -> None:
        for each in (self.calls, self.answers):
            while each and each[0] <= now - _MINUTE_SECONDS:
                each.popleft()

    def blank(self, now: float) -> bool:
        self.grow_old(now)
        return not self.calls and self.rests_until <= now


class Ledger:
    """Counts calls into groups and channels, and keeps every chat's rests.

    Args:
        clock: The time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pages: dict[str, _Page] = {}

    def spend(
        self, to: Destination, calls: int, *, answer: bool = False
    ) -> Deferred | None:
        """Note calls that go out now; or say when they may, and note nothing."""
        now, page = self._clock.monotonic(), self._of(to.chat)
        if page.rests_until > now:
            return _until(page.rests_until - now)
        if to.place is Place.PRIVATE:
            return None
        page.grow_old(now)
        most = ANSWERS_STOP_AT if answer else GROUP_CALLS
        if (excess := len(page.calls) + calls - most) > 0:
            known = min(excess, len(page.calls))
            free_at = page.calls[known - 1] if known else now
            return _until(free_at + _MINUTE_SECONDS - now)
        page.calls.extend([now] * calls)
        page.answers.extend([now] * calls * answer)
        return None

    def rest(self, to: Destination, seconds: float) -> None:
        """Leave a chat alone for so long, whatever is to be said there."""
        page = self._of(to.chat)
        page.rests_until = max(page.rests_until, self._clock.monotonic() + seconds)

    def answers(self, to: Destination) -> int:
        """How many of the last minute's calls were answers."""
        page = self._pages.get(to.chat)
        if page is None:
            return 0
        page.grow_old(self._clock.monotonic())
        return len(page.answers)

    def _of(self, chat: str) -> _Page:
        if chat not in self._pages and len(self._pages) >= _MANY_CHATS:
            now = self._clock.monotonic()
            kept = {c: page for c, page in self._pages.items() if not page.blank(now)}
            self._pages = kept
        return self._pages.setdefault(chat, _Page())


def _until(seconds: float) -> Deferred:
    return Deferred(after_seconds=seconds, reason=Reason.RATE_LIMITED, counts=False)
