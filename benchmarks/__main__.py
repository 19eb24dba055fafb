"""Run the measurements: `python -m benchmarks [--quick] [--rows 1,4]`."""

import argparse
import asyncio
import signal
import sys

from benchmarks import readme, report, watching
from benchmarks.parts import chosen, measure, run_here


def main() -> int:
    """Read the arguments and do what they say; 1 where a part went wrong.

    A missed goal is nothing wrong, nor is a part for which a slow machine had no time.
    """
    given = _arguments()
    if given.part:
        run_here(given.part, quick=given.quick)
        return 0
    if given.curve:
        asyncio.run(watching.curve(quick=given.quick))
        return 0
    if given.readme:
        readme.publish(demo_seconds=given.demo_seconds)
        return 0
    # As Ctrl-C, so that no part is left running behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    wanted = frozenset(filter(None, given.rows.split(",")))
    head = report.header(quick=given.quick, demo_seconds=given.demo_seconds)
    rows = asyncio.run(measure(chosen(wanted, quick=given.quick), quick=given.quick))
    report.save(head, rows, whole=not wanted)
    print(report.markdown(head, rows))
    return int(any(row.failed and not row.hung for row in rows))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true", help="under 90 s, scaled down")
    parser.add_argument("--rows", default="", help="such as 1,4; all by default")
    parser.add_argument("--curve", action="store_true", help="draw 1,000 to 100,000")
    parser.add_argument(
        "--demo-seconds",
        type=float,
        help="by hand: from `make demo` in a fresh clone to the first card",
    )
    parser.add_argument(
        "--readme",
        action="store_true",
        help="measure nothing: put the last full run into the READMEs",
    )
    parser.add_argument("--part", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
