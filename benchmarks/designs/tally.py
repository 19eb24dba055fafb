"""What a design has seen; all designs must agree."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(slots=True)
class Tally:
    """Counts of one design."""

    looks: int = 0
    changes: int = 0
    ends: int = 0
    buttons: int = 0


class Design(Protocol):
    """A way to look at many tasks."""

    tally: Tally

    async def look(self, rounds: int) -> None:
        """Look at every task so many times."""
