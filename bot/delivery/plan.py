"""How a notification is to be told: pure, from what is known of earlier tries."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.domain.notification import Notification
from bot.domain.transition import Tell

LEAST_SECONDS: Final = 0.3  # a picture that is at hand makes no ring late
OWED_SECONDS: Final = 0.5  # for one look at whether an owed picture has come
OWED_AGAIN_SECONDS: Final = 5.0  # after the first of these looks


class Way(StrEnum):
    """The ways of telling."""

    SEND = "send"  # a new message that rings
    LOOK = "look"  # a try is unsure: look first whether it is there
    AMEND = "amend"  # edit the message that rang


def way(note: Notification, *, repeats_safely: bool) -> Way:
    """Choose how to begin."""
    if note.tell is Tell.AMEND:
        return Way.AMEND
    if note.sending_since is not None and not repeats_safely:
        return Way.LOOK
    return Way.SEND


def key_of(note: Notification) -> str:
    """Name a delivery for ever, at most 24 characters for any number there is."""
    return f"mjw-{note.id:x}-{note.tell.value[:3]}"


def wants_picture(note: Notification) -> bool:
    """Whether the message is to hold the task's pictures; a text result has none."""
    snapshot = note.task.snapshot
    pictured = snapshot is not None and snapshot.pictured
    return pictured and note.tell in {Tell.ENDED, Tell.AMEND}


def owed_again(attempts: int) -> float:
    """Seconds until an owed picture is looked for again: less and less often."""
    return OWED_AGAIN_SECONDS * (attempts + 1)


def picture_wait(note: Notification, *, now: datetime, most_seconds: float) -> float:
    """Seconds that the picture may still take, counted from when the end was seen.

    One that is owed is only looked for: it goes on coming while nobody waits, and who
    waited would take the place of a ring.
    """
    if note.tell is Tell.AMEND:
        return min(OWED_SECONDS, most_seconds)
    waited = max((now - note.created_at).total_seconds(), 0.0)
    return max(most_seconds - waited, min(LEAST_SECONDS, most_seconds))
