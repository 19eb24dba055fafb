"""What came of a message, and the picture that it holds or is to hold."""

from dataclasses import dataclass

from bot.domain.attachment import Attachment
from bot.domain.notification import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What became of a ring's picture by the time it must go."""

    files: tuple[Attachment, ...] = ()
    problem: str | None = None  # why there is none, for good or for now
    coming: bool = False  # it is late: the message will be edited to hold it


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What came of posting, and what the message then holds."""

    outcome: Outcome
    picture: Picture = Picture()
