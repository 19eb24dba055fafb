"""What the simulated relay knows about a task."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.demo.buttons import Offer
from bot.demo.life import Life, Moment, moment_of


class Art(StrEnum):
    """What a task's result looks like."""

    GRID = "grid"  # four small pictures in one
    SINGLE = "single"
    ALBUM = "album"  # a grid, and its four pictures one by one
    FILM = "film"
    TEXT = "text"  # no picture; the words are the result


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoTask:
    """A task, ready-made or submitted.

    Attributes:
        submitted_at: None: its life begins when it is first asked for.
        scene: The words that are drawn; a child draws its parent's.
        seed: Chooses the composition; reported as the image seed.
        tile: Which of the grid's four pictures this one is, 1..4; 0: none.
        state: The caller's own parameter.
    """

    task_id: str
    action: str
    prompt: str
    life: Life
    submitted_at: datetime | None
    scene: str
    seed: int
    art: Art = Art.GRID
    tile: int = 0
    prompt_en: str = ""
    final_prompt: str = ""
    fail_reason: str = ""
    state: str = ""
    offers: tuple[Offer, ...] = ()

    def begun_at(self, now: datetime) -> datetime:
        """Say when it was submitted; for one that laps, when this lap began."""
        if self.life.lap_seconds is not None:
            return now - timedelta(seconds=now.timestamp() % self.life.lap_seconds)
        return self.submitted_at or now

    def moment(self, now: datetime) -> Moment:
        """Say how it stands."""
        return moment_of(self.life, (now - self.begun_at(now)).total_seconds())
