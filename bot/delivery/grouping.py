"""Which tells go out together: pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from bot.domain.notification import Notification, NotificationId
from bot.domain.subscription import Destination
from bot.domain.transition import Tell
from bot.present.board import digest_holds

SINGLE_MOST: Final = 5  # more that wait for one place go out together
DIGEST_MOST: Final = 25  # lines that are still read; buttons that every door holds
DEEP: Final = 2 * DIGEST_MOST  # where more wait, being in time goes before being short
ALBUM_MOST: Final = 10  # pictures that follow together

Group = tuple[Notification, ...]
LinesOf = Callable[[Destination], int]


def together(notes: Sequence[Notification], *, lines_of: LinesOf) -> list[Group]:
    """Group what was leased, in order.

    What was told together before comes together again. Of the rest, whatever is
    fresh and waits for a place in a crowd is told together.

    Args:
        notes: What is to be told.
        lines_of: How many lines a message to this place may have at the very most.
    """
    digests: dict[NotificationId, list[Notification]] = defaultdict(list)
    owed: dict[tuple[NotificationId, bool], list[Notification]] = defaultdict(list)
    fresh: dict[Destination, list[Notification]] = defaultdict(list)
    alone: list[Notification] = []
    for note in notes:
        begun = note.sending_since is not None
        if note.digest is None and (begun or note.tell is Tell.AMEND):
            alone.append(note)
        elif note.digest is None:
            fresh[note.destination].append(note)
        elif note.tell is Tell.AMEND:
            owed[note.digest, begun].append(note)
        else:
            digests[note.digest].append(note)
    groups = [tuple(group) for group in digests.values()]
    groups += [group for each in owed.values() for group in _albums(each)]
    groups += [(note,) for note in alone]
    for place, waiting in fresh.items():
        crowd = len(waiting) > SINGLE_MOST
        groups += _crowds(waiting, lines_of(place)) if crowd else _each(waiting)
    return sorted(groups, key=lambda group: group[0].id)


def is_digest(group: Group) -> bool:
    """Whether a group is told in one message of many lines."""
    return len(group) > 1 or group[0].digest is not None


def _crowds(notes: Sequence[Notification], lines: int) -> Iterator[Group]:
    """Cut a crowd into messages that are short, or few where it is deep."""
    most = lines if len(notes) > DEEP else min(lines, DIGEST_MOST)
    rest = tuple(notes)
    while rest:
        count = min(digest_holds(rest), most)
        yield rest[:count]
        rest = rest[count:]


def _albums(notes: Sequence[Notification]) -> Iterator[Group]:
    for start in range(0, len(notes), ALBUM_MOST):
        yield tuple(notes[start : start + ALBUM_MOST])


def _each(notes: Iterable[Notification]) -> Iterator[Group]:
    for note in notes:
        yield (note,)
