"""Who may use the bot, and how often they may look."""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field

from bot.commands.reply import Caller
from bot.ports import Clock, Limits

MINUTE_SECONDS = 60.0
PEOPLE_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessOptions:
    """Who may do what, and how much.

    Attributes:
        allow: Names such as `discord:guild:1`, `telegram:2`; None: everybody.
        operators: People who run the bot, as `platform:id`.
        looks_a_minute: For each person; 0: no limit.
        watches: Running watches of a person and of a chat.
    """

    allow: frozenset[str] | None = None
    operators: tuple[str, ...] = ()
    looks_a_minute: int = 20
    watches: Limits = field(default_factory=Limits)


class Access:
    """Lets people in and counts their looks.

    Args:
        options: Who may do what.
        clock: Time.
    """

    def __init__(self, *, options: AccessOptions, clock: Clock) -> None:
        self.options = options
        self._clock = clock
        self._looks: dict[str, deque[float]] = {}

    def allows(self, caller: Caller) -> bool:
        """Whether the caller, or the place they ask in, is on the list."""
        allow = self.options.allow
        return allow is None or not allow.isdisjoint(names_of(caller))

    def may_look(self, caller: Caller, count: int = 1) -> bool:
        """Count looks of a person; False if that is too many this minute."""
        most = self.options.looks_a_minute
        if not most:
            return True
        now = self._clock.monotonic()
        looks = self._recent(caller.person.key, now)
        if len(looks) + count > most:
            return False
        looks.extend([now] * count)
        return True

    def _recent(self, person: str, now: float) -> deque[float]:
        if len(self._looks) > PEOPLE_REMEMBERED:
            self._forget(now)
        looks = self._looks.setdefault(person, deque())
        while looks and looks[0] <= now - MINUTE_SECONDS:
            looks.popleft()
        return looks

    def _forget(self, now: float) -> None:
        old = now - MINUTE_SECONDS
        gone = [who for who, at in self._looks.items() if not at or at[-1] <= old]
        for who in gone:
            del self._looks[who]


def names_of(caller: Caller) -> Collection[str]:
    """All names by which the allow list may mean this caller or place."""
    platform, person = caller.person.platform, caller.person.id
    return {
        f"{platform}:{person}",
        f"{platform}:user:{person}",
        f"{platform}:{caller.destination.chat}",
        *caller.groups,
    }
