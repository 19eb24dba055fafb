"""Who may use the bot, and how often they may look."""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field

from bot.commands.reply import Caller
from bot.ports import Clock, Limits

MINUTE_SECONDS = 60.0
NAMES_REMEMBERED = 10_000
HEARD_A_MINUTE = 20  # looks of one chat for ids that nobody asked us about


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
        self._looks = Tally(clock)
        self._heard = Tally(clock)

    def allows(self, caller: Caller) -> bool:
        """Whether the caller, or the place they ask in, is on the list."""
        allow = self.options.allow
        return allow is None or not allow.isdisjoint(names_of(caller))

    def may_look(self, caller: Caller, count: int = 1) -> bool:
        """Count looks of a person; False if that is too many this minute."""
        most = self.options.looks_a_minute
        return not most or self._looks.add(caller.person.key, count, most=most)

    def may_hear(self, caller: Caller) -> bool:
        """Count a look for what somebody said by the way; the chat's, not theirs.

        However much a channel talks, the relay is asked this often at most.
        """
        place = f"{caller.destination.platform}:{caller.destination.chat}"
        return self._heard.add(place, 1, most=HEARD_A_MINUTE)


class Tally:
    """Counts by name what was done in the last minute.

    Args:
        clock: Time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._done: dict[str, deque[float]] = {}

    def add(self, name: str, count: int, *, most: int) -> bool:
        """Count some more; False, and nothing is counted, if that is too many."""
        now = self._clock.monotonic()
        done = self._recent(name, now)
        if len(done) + count > most:
            return False
        done.extend([now] * count)
        return True

    def _recent(self, name: str, now: float) -> deque[float]:
        if len(self._done) > NAMES_REMEMBERED:
            self._forget(now)
        done = self._done.setdefault(name, deque())
        while done and done[0] <= now - MINUTE_SECONDS:
            done.popleft()
        return done

    def _forget(self, now: float) -> None:
        old = now - MINUTE_SECONDS
        gone = [who for who, at in self._done.items() if not at or at[-1] <= old]
        for who in gone:
            del self._done[who]


def names_of(caller: Caller) -> Collection[str]:
    """All names by which the allow list may mean this caller or place."""
    platform, person = caller.person.platform, caller.person.id
    return {
        f"{platform}:{person}",
        f"{platform}:user:{person}",
        f"{platform}:{caller.destination.chat}",
        *caller.groups,
    }
