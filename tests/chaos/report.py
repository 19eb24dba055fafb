"""What a run of chaos has shown: one JSON line, and a table."""

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.chaos.tally import Tally

_COLUMNS: Final = (
    "what",
    "times",
    "expected",
    "told",
    "twice",
    "lost",
    "rings missed",
    "short rings repeated",
    "remarks",
    "held",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one scenario has shown.

    Attributes:
        what: The scenario.
        times: Kills, stops, starts or outages.
        tally: What became of the results.
        short_most: Short rings that may be repeated.
        broken: What else was promised and not kept.
        remarks: Figures worth a look.
    """

    what: str
    times: int = 0
    tally: Tally = field(default_factory=Tally)
    short_most: int = 0
    broken: Sequence[str] = ()
    remarks: Mapping[str, float] = field(default_factory=dict)

    @property
    def held(self) -> bool:
        """Whether every promise was kept."""
        told = self.tally
        zero = told.twice + told.lost + told.rings_missed
        return not zero and not self.broken and self.spare >= 0

    @property
    def spare(self) -> int:
        """Short rings that could have been repeated and were not."""
        return self.short_most - self.tally.short_rings_repeated

    def as_json(self) -> dict[str, object]:
        """All of it by name."""
        own: dict[str, object] = {"what": self.what, "times": self.times}
        own |= self.tally.as_json()
        own |= {"broken": list(self.broken), "remarks": dict(self.remarks)}
        return own | {"held": self.held}


def say(words: str) -> None:
    """Tell whoever waits how far it has come."""
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


def together(findings: Sequence[Finding]) -> Finding:
    """Put the parts of one scenario together."""
    remarks: Counter[str] = Counter()
    for each in findings:
        remarks.update(each.remarks)
    return Finding(
        what=findings[0].what,
        times=sum(each.times for each in findings),
        tally=sum((each.tally for each in findings), Tally()),
        short_most=sum(each.short_most for each in findings),
        broken=[words for each in findings for words in each.broken],
        remarks=remarks,
    )


def line(findings: Sequence[Finding], *, seed: int) -> str:
    """One line of JSON."""
    held = all(each.held for each in findings)
    found = [each.as_json() for each in findings]
    return json.dumps({"held": held, "seed": seed, "findings": found})


def table(findings: Sequence[Finding]) -> str:
    """A table for the README."""
    rows = [_COLUMNS, ("---",) * len(_COLUMNS), *map(_row, findings)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(found: Finding) -> tuple[str, ...]:
    told = found.tally
    counts = [found.times, told.expected, told.told, told.twice, told.lost]
    counts += [told.rings_missed, told.short_rings_repeated]
    remarks = "; ".join(
        [*(f"{name} {value:g}" for name, value in found.remarks.items()), *found.broken]
    )
    return (found.what, *map(str, counts), remarks, "yes" if found.held else "NO")
