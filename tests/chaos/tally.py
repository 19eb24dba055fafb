"""What was told: pure counting over what lies in the chats."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Final

ENDED: Final = ("Done", "Failed")
_ID: Final = re.compile(r"\b\d{16}\b")

Place = tuple[str, str]  # platform, chat
Wanted = tuple[str, str, str]  # platform, chat, task


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message of the bot's, as it lies in a chat now.

    Attributes:
        place: Where.
        words: All that can be read in it.
        loud: Whether it made a sound when it came.
        answers: The words of the message that it replies to.
    """

    place: Place
    words: str
    loud: bool
    answers: str = ""

    @property
    def ids(self) -> frozenset[str]:
        """The tasks that it names."""
        return frozenset(_ID.findall(self.words))

    @property
    def tells_end(self) -> bool:
        """Whether it says that something has ended."""
        return any(word in self.words for word in ENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What became of the results that were to be told.

    Attributes:
        expected: A result for each chat that waits for it.
        told: Those that a message names as ended.
        twice: Result messages that came more than once.
        lost: Those that nothing tells.
        rings_missed: Told, but without a sound.
        short_rings_repeated: Short lines after the first sound of a result.
    """

    expected: int = 0
    told: int = 0
    twice: int = 0
    lost: int = 0
    rings_missed: int = 0
    short_rings_repeated: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        sums = {
            each.name: getattr(self, each.name) + getattr(other, each.name)
            for each in fields(self)
        }
        return Tally(**sums)

    def as_json(self) -> dict[str, int]:
        """The counts by name."""
        return asdict(self)


def count(wanted: Iterable[Wanted], said: Iterable[Said]) -> Tally:
    """Count what came of each result that a chat waits for."""
    said = list(said)
    shown: set[Wanted] = set()
    results: Counter[Wanted] = Counter()
    shorts: Counter[Wanted] = Counter()
    for each in said:
        if each.tells_end:
            shown |= _named(each, each.ids)
        if each.loud:
            kind = results if each.ids else shorts
            kind.update(_named(each, each.ids or _ids(each.answers)))
    wanted = list(wanted)
    told = [each for each in wanted if each in shown]
    return Tally(
        expected=len(wanted),
        told=len(told),
        lost=len(wanted) - len(told),
        twice=sum(max(results[each] - 1, 0) for each in wanted),
        rings_missed=sum(not results[each] + shorts[each] for each in wanted),
        short_rings_repeated=sum(_repeated(results, shorts, each) for each in wanted),
    )


def _repeated(
    results: Mapping[Wanted, int], shorts: Mapping[Wanted, int], wanted: Wanted
) -> int:
    """Short lines beyond the one sound that a result is to make."""
    return max(shorts[wanted] - (results[wanted] == 0), 0)


def repeated(wanted: Iterable[Wanted], said: Iterable[Said]) -> list[str]:
    """What each result that came more than once reads like, message by message."""
    loud = [each for each in said if each.loud and each.ids]
    found: dict[Wanted, list[str]] = {each: [] for each in wanted}
    for each in loud:
        for name in _named(each, each.ids) & found.keys():
            found[name].append(each.words)
    return [f"{name}: {words}" for name, words in found.items() if len(words) > 1]


def missing(wanted: Iterable[Wanted], said: Iterable[Said]) -> list[Wanted]:
    """Name the results that nobody was told of yet, or that made no sound."""
    shown: set[Wanted] = set()
    heard: set[Wanted] = set()
    for each in said:
        if each.tells_end:
            shown |= _named(each, each.ids)
        if each.loud:
            heard |= _named(each, each.ids or _ids(each.answers))
    return [each for each in wanted if each not in shown or each not in heard]


def _ids(words: str) -> frozenset[str]:
    return frozenset(_ID.findall(words))


def _named(said: Said, ids: Iterable[str]) -> set[Wanted]:
    return {(*said.place, each) for each in ids}
