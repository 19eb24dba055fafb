"""How a simulated task comes along: a function of the time that went by."""

from dataclasses import dataclass
from typing import Final

# What relays report: steps of fifteen or so, as the picture clears.
STEPS: Final = (0, 6, 15, 31, 46, 62, 78, 93)
PREVIEW_FROM: Final = 31  # percent
ACCEPTED_SECONDS: Final = 1.0  # before it is sent on
TERMINAL: Final = frozenset({"SUCCESS", "FAILURE", "CANCEL"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What will happen to a task.

    Attributes:
        end: The status it comes to; MODAL is one from which it can go on.
        stops_at: Percent at which an end other than SUCCESS comes.
        freezes_seconds: From then on nothing changes any more.
        lap_seconds: It begins anew so often.
    """

    queue_seconds: float = 4.0
    work_seconds: float = 26.0
    end: str = "SUCCESS"
    stops_at: int = 100
    previews: bool = False
    freezes_seconds: float | None = None
    lap_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """How a task stands; `started` and `finished` are seconds since it was submitted."""

    status: str
    percent: int = 0
    preview: bool = False
    started: float | None = None
    finished: float | None = None

    @property
    def done(self) -> bool:
        """Whether there is a result."""
        return self.status == "SUCCESS"


def moment_of(life: Life, seconds: float) -> Moment:
    """Say how a task stands so many seconds after it was submitted."""
    if life.freezes_seconds is not None:
        seconds = min(seconds, life.freezes_seconds)
    if seconds < ACCEPTED_SECONDS:
        return Moment(status="NOT_START")
    if seconds < life.queue_seconds:
        return Moment(status="SUBMITTED")
    worked = (seconds - life.queue_seconds) / life.work_seconds
    return _working(life, worked) if worked < 1 else _ended(life)


def _working(life: Life, share: float) -> Moment:
    percent = _percent(share * min(life.stops_at, 99) / 99)
    return Moment(
        status="IN_PROGRESS",
        percent=percent,
        preview=life.previews and percent >= PREVIEW_FROM,
        started=life.queue_seconds,
    )


def _percent(share: float) -> int:
    return STEPS[min(int(share * len(STEPS)), len(STEPS) - 1)]


def _ended(life: Life) -> Moment:
    finished = life.queue_seconds + life.work_seconds
    return Moment(
        status=life.end,
        percent=life.stops_at,
        started=life.queue_seconds,
        finished=finished if life.end in TERMINAL else None,
    )
