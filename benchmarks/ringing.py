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


async def ring_time(*, quick: bool) -> list[Row]:
    """Row 0: the program between a relay and a platform, each a process of its own."""
    tasks, seconds = _size(quick=quick)
    found = await _run(PICTURE_BYTES, 0.2, *_steady(quick=quick))
    return [_ring_row(found, f"{tasks} running, {seconds:.0f} s" if quick else "")]


async def hanging(*, quick: bool) -> list[Row]:
    """Row 0b: the same, with pictures that never come."""
    words = (*_steady(quick=quick), "--world", "hang")
    found = await _run(PICTURE_BYTES, 0.2, *words)
    return [
        Row(
            "0b",
            "the same, picture sources that hang",
            f"{_times(found)}, seen after {found['seen_p50']:.1f} s",
            "the wait for a picture: 8 s",
            f"p95 {HANGING_GOAL:.0f} s",
            found["p95"] <= HANGING_GOAL and not found["lost"],
            raw=found,
        )
    ]


async def burst(*, quick: bool) -> list[Row]:
    """Row 9: many ends at once, on both platforms."""
    ends = 300 if quick else 1000
    words = ("burst", "--tasks", str(ends))
    found = await _run(SMALL_BYTES, 0.05, *words)
    return [_burst(found, ends, f"{ends} ends" if quick else "")]


def _size(*, quick: bool) -> tuple[int, float]:
    return (400, 10.0) if quick else (1000, 35.0)


def _steady(*, quick: bool) -> tuple[str, ...]:
    tasks, seconds = _size(quick=quick)
    warm = 5 if quick else 15
    return (
        *("steady", "--tasks", str(tasks), "--seconds", str(seconds)),
        *("--warm-seconds", str(warm)),
    )


async def _run(picture_bytes: int, delay: float, *words: str) -> dict[str, Any]:
    async with (
        child("benchmarks.relay", "--picture-bytes", str(picture_bytes)) as relay,
        child("benchmarks.platform", "--delay", str(delay)) as platform,
    ):
        there = ("--relay", relay, "--platform", platform)
        out = await run("benchmarks.rings", *words, *there, pinned=False)
    return dict(json.loads(out.splitlines()[-1]))


def _ring_row(found: dict[str, Any], scaled: str) -> Row:
    p50, p95 = found["p50"], found["p95"]
    return Row(
        "0",
        "ring time: the relay shows the end -> Discord has accepted the ring; 1,000 "
        "running, 2 MB pictures, answers in 200 ms",
        f"{_times(found)} ({found['rings']} rings, {found['bare']} before their "
        f"picture, {found['core_percent']:.0f} % of a core)",
        f"the poll interval alone: 2.0 s, 3.8 s; seen after {found['seen_p50']:.1f} s, "
        f"{found['seen_p95']:.1f} s",
        f"p50 {MEDIAN_GOAL} s, p95 {SLOW_GOAL:.0f} s",
        p50 <= MEDIAN_GOAL and p95 <= SLOW_GOAL and not found["lost"],
        scaled,
        found,
    )


def _times(found: dict[str, Any]) -> str:
    lost = f", **{found['lost']} not rung within 25 s**" if found["lost"] else ""
    return f"p50 {found['p50']:.1f} s, p95 {found['p95']:.1f} s{lost}"


def _burst(found: dict[str, Any], ends: int, scaled: str) -> Row:
    shares = {p: found[p]["a_second"] / PACES[p] for p in PACES}
    once = all(found[p]["uploads"] == ends == found[p]["rings"] for p in PACES)
    told = ", ".join(
        f"{p} {found[p]['a_second']:.1f}/s = {share:.0%} (the first after "
        f"{found[p]['first_after']:.1f} s, at most {found[p]['most_in_a_second']} calls "
        f"in a second, {found[p]['bare']} rings before their picture)"
        for p, share in shares.items()
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
