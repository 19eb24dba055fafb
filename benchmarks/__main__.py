"""Run the measurements: `python -m benchmarks [--quick] [--rows 1,4]`."""

import argparse
import asyncio
import sys
import time
from typing import Final, Protocol

from benchmarks import (
    answers,
    looking,
    pictures,
    polling,
    ringing,
    starting,
    storing,
    watching,
)
from benchmarks.report import Row, header, markdown, save


class Measure(Protocol):
    """Measures some rows."""

    async def __call__(self, *, quick: bool) -> list[Row]:
        """Measure; scaled down if quick."""


# In the order of the table; each with the rows that it gives.
PARTS: Final[tuple[tuple[frozenset[str], bool, Measure], ...]] = (
    (frozenset({"0", "9"}), True, ringing.rows),
    (frozenset({"1", "2", "3"}), True, looking.rows),
    (frozenset({"4"}), True, watching.rows),
    (frozenset({"5", "6", "7"}), True, polling.rows),
    (frozenset({"8"}), False, storing.rows),
    (frozenset({"10"}), False, answers.rows),
    (frozenset({"11"}), False, pictures.rows),
    (frozenset({"12"}), False, starting.rows),
)


async def measure(wanted: frozenset[str], *, quick: bool) -> list[Row]:
    """Run the parts that were asked for; a quick run leaves some out."""
    found: list[Row] = []
    for numbers, always, part in PARTS:
        chosen = numbers & wanted if wanted else always or not quick
        if not chosen:
            continue
        begun = time.monotonic()
        found += await part(quick=quick)
        spent = time.monotonic() - begun
        print(f"rows {'/'.join(sorted(numbers))}: {spent:.0f} s", file=sys.stderr)
    return sorted(found, key=lambda row: (int(row.number.rstrip("abc")), row.number))


def main() -> None:
    """Read the arguments, measure, print the table, keep the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true", help="under 90 s, scaled down")
    parser.add_argument("--rows", default="", help="such as 1,4; all by default")
    parser.add_argument("--curve", action="store_true", help="draw 1,000 to 100,000")
    given = parser.parse_args()
    if given.curve:
        asyncio.run(watching.curve(quick=given.quick))
        return
    wanted = frozenset(filter(None, given.rows.split(",")))
    rows = asyncio.run(measure(wanted, quick=given.quick))
    head = header(quick=given.quick)
    save(head, rows)
    print(markdown(head, rows))


if __name__ == "__main__":
    main()
