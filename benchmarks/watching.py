"""Row 4: the program's watching by the real clock; and the curve."""

import json
from statistics import median
from typing import Any, Final

from benchmarks.children import child, run
from benchmarks.plot import Line, Plot, draw
from benchmarks.report import ROOT, Row

RATIO_GOAL: Final = 3.5
CORE_GOAL: Final = 20.0  # percent
MEMORY_GOAL: Final = 150.0  # MB
LATE_GOAL: Final = 40.0  # ms
COMMITS_GOAL: Final = 1.05  # 1; what is asked and written at a run's edges differs
TASKS: Final = 20_000
PLOT: Final = ROOT / "benchmarks" / "cost-of-watching.svg"
KEPT_UP_MS: Final = 1000.0  # later than that, fewer looks were taken than are drawn
CURVE: Final = (1_000, 3_000, 10_000, 20_000, 50_000, 100_000)


async def rows(*, quick: bool) -> list[Row]:
    """Run with and without storage, in turn."""
    tasks, seconds, turns = (5_000, 8.0, 1) if quick else (TASKS, 20.0, 2)
    found: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
    async with child("benchmarks.relay") as port:
        for _ in range(turns):
            for storage, runs in found.items():
                runs.append(await one(port, tasks, seconds=seconds, storage=storage))
    with_store, without = _joined(found[True]), _joined(found[False])
    scaled = f"{tasks:,} tasks for {seconds * turns:.0f} s" if quick else ""
    return [_row(with_store, without, scaled, found)]


async def one(
    port: str, tasks: int, *, seconds: float, storage: bool
) -> dict[str, Any]:
    """Run once; give the figures."""
    words = ["benchmarks.live", "--port", port, "--tasks", str(tasks)]
    words += ["--seconds", str(seconds), "--warm-seconds", "7"]
    words.append("--storage" if storage else "--no-storage")
    return dict(json.loads((await run(*words)).splitlines()[-1]))


async def curve(*, quick: bool) -> None:
    """Draw how cost grows with the number of tasks, beside this file."""
    points: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
    async with child("benchmarks.relay") as port:
        for tasks in CURVE:
            for storage, line in points.items():
                found = await one(
                    port, tasks, seconds=6.0 if quick else 20.0, storage=storage
                )
                print(tasks, storage, json.dumps(found), flush=True)
                if found["late_p99_ms"] > KEPT_UP_MS:
                    print("left out: the relay or the machine did not keep up")
                    continue
                line.append((tasks, found["core_percent"]))
    lines = (Line("with a store", points[True]), Line("without", points[False]))
    plot = Plot("Cost of watching", "live tasks", "% of one core", lines)
    PLOT.write_text(draw(plot), "utf-8")


def _joined(runs: list[dict[str, Any]]) -> dict[str, float]:
    return {key: median(run[key] for run in runs) for key in runs[0]}


def _row(
    stored: dict[str, float], bare: dict[str, float], scaled: str, raw: dict[bool, Any]
) -> Row:
    ratio = stored["micros_per_look"] / bare["micros_per_look"]
    commits = stored["commits"] / stored["batches"]
    met = (
        ratio <= RATIO_GOAL
        and stored["core_percent"] < CORE_GOAL
        and stored["rss_mb"] < MEMORY_GOAL
        and stored["late_p99_ms"] < LATE_GOAL
        and commits <= COMMITS_GOAL
    )
    return Row(
        "4",
        f"watching {TASKS:,} live tasks at 4 s, every transition and outbox row on disk",
        f"{ratio:.1f} x; {stored['core_percent']:.0f} % of a core, "
        f"{stored['rss_mb']:.0f} MB, lateness p99 {stored['late_p99_ms']:.0f} ms, "
        f"{commits:.2f} commits a batch",
        f"without storage: {bare['core_percent']:.1f} %, "
        f"p99 {bare['late_p99_ms']:.0f} ms",
        "3.5 x, 20 %, 150 MB, 40 ms, 1",
        met,
        scaled,
        {"with": raw[True], "without": raw[False]},
    )
