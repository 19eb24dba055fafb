"""Rows 0 and 9: from the relay's showing an end to the accepted ring."""

import json
from typing import Any, Final

from benchmarks.children import child, run
from benchmarks.report import Row
from benchmarks.rings import PACES

PICTURE_BYTES: Final = 2_000_000
SMALL_BYTES: Final = 50_000
MEDIAN_GOAL: Final = 3.5  # seconds
SLOW_GOAL: Final = 7.0
HANGING_GOAL: Final = 13.0
PACE_GOAL: Final = 0.95


async def rows(*, quick: bool) -> list[Row]:
    """Run the program between a relay and platforms, each in a process of its own."""
    tasks, seconds = (400, 14.0) if quick else (1000, 50.0)
    scaled = f"{tasks} running, {seconds:.0f} s" if quick else ""
    words = ("steady", "--tasks", str(tasks), "--seconds", str(seconds))
    warm = ("--warm-seconds", "8" if quick else "25")
    found = [_ring_time(await _run(PICTURE_BYTES, 0.2, *words, *warm), scaled)]
    if not quick:
        found.append(await _hanging(*words, *warm, "--world", "hang"))
    ends = 200 if quick else 1000
    told = await _run(SMALL_BYTES, 0.05, "burst", "--tasks", str(ends))
    return [*found, _burst(told, ends, f"{ends} ends" if quick else "")]


async def _run(picture_bytes: int, delay: float, *words: str) -> dict[str, Any]:
    async with (
        child("benchmarks.relay", "--picture-bytes", str(picture_bytes)) as relay,
        child("benchmarks.platform", "--delay", str(delay)) as platform,
    ):
        there = ("--relay", relay, "--platform", platform)
        out = await run("benchmarks.rings", *words, *there, pinned=False)
    return dict(json.loads(out.splitlines()[-1]))


def _ring_time(found: dict[str, Any], scaled: str) -> Row:
    return Row(
        "0",
        "ring time: the relay shows the end -> the platform has the ring; 1,000 "
        "running, 2 MB pictures, answers in 200 ms",
        f"p50 {found['p50']:.1f} s, p95 {found['p95']:.1f} s ({found['rings']} rings, "
        f"{found['core_percent']:.0f} % of a core)",
        "the poll interval alone: 2.0 s, 3.8 s",
        "p50 3.5 s, p95 7 s",
        found["p50"] <= MEDIAN_GOAL and found["p95"] <= SLOW_GOAL,
        scaled,
        found,
    )


async def _hanging(*words: str) -> Row:
    figure, beside = "the same, pictures that never come", "the wait for them: 8 s"
    goal = f"p95 {HANGING_GOAL:.0f} s"
    try:
        found = await _run(PICTURE_BYTES, 0.2, *words)
    except TimeoutError:
        return Row("0b", figure, "the program did not stop", beside, goal, met=False)
    measured = f"p50 {found['p50']:.1f} s, p95 {found['p95']:.1f} s"
    met = found["p95"] <= HANGING_GOAL
    return Row("0b", figure, measured, beside, goal, met, raw=found)


def _burst(found: dict[str, Any], ends: int, scaled: str) -> Row:
    shares = {p: found[p]["a_second"] / PACES[p] for p in PACES}
    once = all(found[p]["uploads"] == ends == found[p]["rings"] for p in PACES)
    told = ", ".join(
        f"{p} {found[p]['a_second']:.1f}/s = {share:.0%}" for p, share in shares.items()
    )
    return Row(
        "9",
        "telling 1,000 ends to 1,000 chats on both platforms, answers in 50 ms",
        f"{told}; each picture uploaded {'once' if once else 'NOT once'} a platform",
        "the platforms' own pace: 30/s, 50/s",
        "95 %",
        min(shares.values()) >= PACE_GOAL and once,
        scaled,
        found,
    )
