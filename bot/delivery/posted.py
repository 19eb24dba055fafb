"""What came of a message, and the picture that it holds or is to hold."""

from dataclasses import dataclass
from typing import Final

from bot.domain.attachment import Attachment
from bot.domain.notification import Outcome, Reason, Refused

_BAD: Final = frozenset({Reason.TOO_LARGE, Reason.INVALID})


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


def is_bad(outcome: Outcome) -> bool:
    """Whether the message itself was refused: with less in it, it may be taken."""
    return isinstance(outcome, Refused) and outcome.reason in _BAD


def without_files(outcome: Outcome) -> Reason | None:
    """Say why it may be taken without its files; None: they are not to blame."""
    if is_bad(outcome):
        return Reason.TOO_LARGE
    here = isinstance(outcome, Refused) and outcome.reason is Reason.FORBIDDEN
    return Reason.FORBIDDEN if here else None
