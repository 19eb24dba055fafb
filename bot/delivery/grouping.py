"""Which tells go out together: pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from bot.domain.notification import Notification, NotificationId
from bot.domain.subscription import Destination
from bot.domain.transition import Tell

SINGLE_MOST: Final = 5  # more that wait for one place go out together
DIGEST_MOST: Final = 10  # in one message: as many as an album holds

Group = tuple[Notification, ...]


def together(notes: Sequence[Notification]) -> list[Group]:
    """Group what was leased, in order.

    What was told together before comes together again. Of the rest, whatever is
    fresh and waits for a place in a crowd is told together.
    """
    digests: dict[NotificationId, list[Notification]] = defaultdict(list)
    fresh: dict[Destination, list[Notification]] = defaultdict(list)
    alone: list[Notification] = []
    for note in notes:
        if note.digest is not None:
            digests[note.digest].append(note)
        elif note.tell is Tell.AMEND or note.sending_since is not None:
            alone.append(note)
        else:
            fresh[note.destination].append(note)
    groups = [tuple(group) for group in digests.values()]
    groups += [(note,) for note in alone]
    for waiting in fresh.values():
        groups += _crowds(waiting) if len(waiting) > SINGLE_MOST else _each(waiting)
    return sorted(groups, key=lambda group: group[0].id)


def is_digest(group: Group) -> bool:
    """Whether a group is told in one message of many lines."""
    return len(group) > 1 or group[0].digest is not None


def _crowds(notes: Sequence[Notification]) -> Iterator[Group]:
    for start in range(0, len(notes), DIGEST_MOST):
        yield tuple(notes[start : start + DIGEST_MOST])


def _each(notes: Iterable[Notification]) -> Iterator[Group]:
    for note in notes:
        yield (note,)
