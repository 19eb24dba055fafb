"""Rows 1 to 3, in a process of their own: `python -m benchmarks.looking --port P`."""

import argparse
import asyncio
import gc
import json
from dataclasses import asdict, replace
from typing import Any, Final

from benchmarks.children import child, run
from benchmarks.load import sizes
from benchmarks.pairs import Compared, Plan, Ratio, compare
from benchmarks.report import Row
from bot.app.app import GC_THRESHOLD

FLOOR_GOAL: Final = 1.4
FULL: Final = Plan(slices=60, batch=200, batches=10, few=60)
QUICK: Final = Plan(slices=20, batch=200, batches=10, few=60)


async def rows(*, quick: bool) -> list[Row]:
    """Measure in a fresh process, pinned away from the relay."""
    async with child("benchmarks.relay") as port:
        words = ("benchmarks.looking", "--port", port) + ("--quick",) * quick
        found = json.loads((await run(*words)).splitlines()[-1])
    plan = QUICK if quick else FULL
    scaled = f"{plan.slices} slices instead of {FULL.slices}" if quick else ""
    return [
        _first(found, scaled),
        _still(found, scaled),
        _other(
            found, "2", "seed", "a loop that asks for one task at a time", 35.0, scaled
        ),
        _other(found, "3", "naive", "a coroutine per task", 45.0, scaled),
    ]


def _first(found: dict[str, Any], scaled: str) -> Row:
    ratio, micros = Ratio(**found["ratios"]["floor"]), found["micros"]
    shares = found["shares"]
    return Row(
        "1",
        "CPU per look, the shipped poll-decode-detect path",
        f"{ratio} x; {micros['product']:.1f} us ({shares['begin_or_end']:.0%} of looks "
        f"decode a whole object, {shares['change']:.0%} change something)",
        _floor(found),
        f"{FLOOR_GOAL} x",
        ratio.middle <= FLOOR_GOAL,
        scaled,
        found,
    )


def _floor(found: dict[str, Any]) -> str:
    """Tell what the floor takes, and how far above it the HTTP library alone is."""
    library = Ratio(**found["ratios"]["library"])
    return (
        f"floor by hand: {found['micros']['floor']:.1f} us; the same by aiohttp: "
        f"{library.middle:.2f} x"
    )


def _other(
    found: dict[str, Any],
    number: str,
    label: str,
    beside: str,
    goal: float,
    scaled: str,
) -> Row:
    ratio, micros = Ratio(**found["ratios"][label]), found["micros"]
    return Row(
        number,
        f"the same, beside {beside}",
        f"{ratio} x cheaper",
        f"that way: {micros[label]:.0f} us; the floor reaches "
        f"{micros[label] / micros['floor']:.0f} x",
        f"{goal:.0f} x",
        ratio.middle >= goal,
        scaled,
    )


def _still(found: dict[str, Any], scaled: str) -> Row:
    ratio = Ratio(**found["still"]["ratios"]["floor"])
    micros = found["still"]["micros"]
    return Row(
        "1b",
        "the same, looks that change nothing: HTTP and the probe alone",
        f"{ratio} x; {micros['product']:.1f} us",
        _floor(found["still"]),
        "none",
        scaled=scaled,
    )


def _plain(found: Compared, still: Compared) -> dict[str, Any]:
    tally = found.tally
    return {
        "still": _measured(still),
        **_measured(found),
        "shares": {
            "change": tally.changes / tally.looks,
            "begin_or_end": 2 * tally.ends / tally.looks,
        },
        "bodies": sizes(),
    }


def _measured(found: Compared) -> dict[str, Any]:
    ratios = {label: asdict(ratio) for label, ratio in found.ratios.items()}
    return {"micros": found.micros, "ratios": ratios}


def main() -> None:
    """Measure and print one JSON line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.looking")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    gc.set_threshold(GC_THRESHOLD)
    print(json.dumps(asyncio.run(_both(given.port, quick=given.quick))))


async def _both(port: int, *, quick: bool) -> dict[str, Any]:
    plan = QUICK if quick else FULL
    still = await compare(port, replace(plan, still=True, slices=plan.slices // 2))
    return _plain(await compare(port, plan), still)


if __name__ == "__main__":
    main()
