"""Who may use the bot, and how often they may look."""

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from bot.commands.reply import Caller
from bot.domain.subscription import Person, Platform
from bot.ports import AccessMemory, Clock, Limits

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
        store: Remembers what operators said; no other program changes that.
        clock: Time.
    """

    def __init__(
        self, *, options: AccessOptions, store: AccessMemory, clock: Clock
    ) -> None:
        self.options = options
        self._store = store
        self._clock = clock
        self._said: dict[str, bool] = {}
        self._operators = frozenset(options.operators)
        self._names: dict[str, str] = {}
        self._looks = Tally(clock)
        self._heard = Tally(clock)

    async def recall(self) -> None:
        """Take up what operators said in earlier runs."""
        self._said = dict(await self._store.allowed())
        self._operators |= await self._store.operators()
        self._names = dict(await self._store.operator_names())

    @property
    def said(self) -> Mapping[str, bool]:
        """What operators said by commands; False: denied."""
        return self._said

    @property
    def operators(self) -> frozenset[str]:
        """The people who run the bot, as `platform:id`."""
        return self._operators

    def is_operator(self, caller: Caller) -> bool:
        """Whether the caller runs the bot."""
        return caller.person.key in self._operators

    async def meet(self, caller: Caller) -> None:
        """Remember by which name an operator goes, for those who are to ask them."""
        key, name = caller.person.key, caller.person.name
        if name and self._names.get(key) != name:
            self._names[key] = name
            await self._store.name_operator(key, name)

    def whom_to_ask(self, platform: Platform) -> Person | None:
        """Choose an operator: of this platform, and with a name, where there is one."""
        people = [self._person(key) for key in sorted(self._operators)]
        here = [each for each in people if each.platform == platform]
        return next(
            (each for each in (*here, *people) if each.key in self._names),
            next(iter((*here, *people)), None),
        )

    def _person(self, key: str) -> Person:
        platform, _, number = key.partition(":")
        name = self._names.get(key, "")
        return Person(platform=Platform(platform), id=number, name=name)

    def allows(self, caller: Caller, *, place_known: bool = True) -> bool:
        """Whether the caller, or the place they ask in, is on the list.

        An operator always is; a name that was denied wins over all that is allowed.

        Args:
            caller: Who, and where.
            place_known: The caller has all names of the place; else one that is
                missing may be the one on the list.
        """
        if self.is_operator(caller):
            return True
        names = names_of(caller)
        said = [self._said[name] for name in names if name in self._said]
        if said:
            return all(said)
        allow = self.options.allow
        return allow is None or not place_known or not allow.isdisjoint(names)

    async def say(self, name: str, *, may: bool) -> None:
        """Let a name in or keep it out; kept for later runs, too."""
        await self._store.save_allowed(name, may=may, at=self._clock.now())
        self._said[name] = may

    async def claim(self, digest: str, caller: Caller) -> bool:
        """Make the caller an operator, if this is what was offered."""
        if not await self._store.claim(digest, caller.person.key):
            return False
        self._operators |= {caller.person.key}
        await self.meet(caller)
        return True

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
