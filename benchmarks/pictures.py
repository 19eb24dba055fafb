"""Row 11, in a process of its own: twenty large pictures at once."""

import argparse
import asyncio
import contextlib
import json
import tempfile
import time
from pathlib import Path
from statistics import quantiles
from typing import Any, Final

from benchmarks.children import child, run
from benchmarks.live import family_rss_mb
from benchmarks.report import Row
from bot.clock import SystemClock
from bot.domain.attachment import MediaLimits, PictureSource
from bot.media.picture import PictureOptions
from bot.media.pictures import Pictures, open_pictures

COUNT: Final = 20
PICTURE_BYTES: Final = 8_000_000
DECODED_MB: Final = 2048 * 2048 * 3 / 1e6
ROOMY_BYTES: Final = 10_000_000
TIGHT_BYTES: Final = 5_000_000
STEP_SECONDS: Final = 0.005
IDLE_SECONDS: Final = 2.0
LAG_GOAL_MS: Final = 25.0


async def rows(*, quick: bool) -> list[Row]:
    """Measure in a fresh process."""
    del quick
    async with child(
        "benchmarks.relay", "--picture-bytes", str(PICTURE_BYTES)
    ) as relay:
        out = await run("benchmarks.pictures", "--relay", relay, pinned=False)
    found = json.loads(out.splitlines()[-1])
    room = 2 * PICTURE_BYTES / 1e6 + DECODED_MB
    return [
        Row(
            "11",
            "20 pictures of 8 MB at once, half of them over the platform's limit",
            f"RSS +{found['grown_mb']:.0f} MB, loop lag p99 {found['lag_p99_ms']:.0f} ms"
            f", {found['seconds']:.1f} s",
            f"streaming alone: +{found['streaming_mb']:.0f} MB, "
            f"p99 {found['streaming_lag_p99_ms']:.0f} ms; a loop that does nothing: "
            f"p99 {found['idle_lag_p99_ms']:.0f} ms",
            f"+{room:.0f} MB, 25 ms",
            found["grown_mb"] <= room and found["lag_p99_ms"] <= LAG_GOAL_MS,
            raw=found,
        )
    ]


async def measure(relay: int, folder: Path) -> dict[str, Any]:
    """Fetch all, then fetch and fit all; watch memory and the loop."""
    options = PictureOptions(folder=folder / "pictures")
    async with open_pictures(options, clock=SystemClock()) as pictures:
        await _one(pictures, relay, "warm", tight=True)
        idle = await _idle()
        streaming = await _watched(pictures, relay, "stream", fit=False)
        both = await _watched(pictures, relay, "both", fit=True)
    return (
        both
        | {f"streaming_{k}": v for k, v in streaming.items()}
        | {"streaming_mb": streaming["grown_mb"], "idle_lag_p99_ms": idle}
    )


async def _watched(
    pictures: Pictures, relay: int, label: str, *, fit: bool
) -> dict[str, float]:
    before, begun = family_rss_mb(), time.monotonic()
    most, lags = [before], [0.0]
    async with asyncio.TaskGroup() as group:
        ticking = group.create_task(_tick(most, lags))
        async with asyncio.TaskGroup() as work:
            for number in range(COUNT):
                tight = None if not fit else bool(number % 2)
                work.create_task(_one(pictures, relay, f"{label}{number}", tight=tight))
        ticking.cancel()
    return {
        "grown_mb": max(most) - before,
        "lag_p99_ms": 1000 * quantiles(lags, n=100)[98],
        "seconds": time.monotonic() - begun,
    }


async def _idle() -> float:
    """Say how late a loop is that does nothing: what others on the machine cost."""
    lags: list[float] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(IDLE_SECONDS):
            await _tick([], lags)
    return 1000 * quantiles(lags, n=100)[98]


async def _one(pictures: Pictures, relay: int, key: str, *, tight: bool | None) -> None:
    url = f"http://127.0.0.1:{relay}/v-pictures/mj/image/{key}"
    picture = await pictures.fetch(key, (PictureSource(url=url, trusted=True),))
    if tight is None:
        return
    room = TIGHT_BYTES if tight else ROOMY_BYTES
    limits = MediaLimits(
        photo_bytes=room, document_bytes=room, video_bytes=room, total_bytes=room
    )
    await pictures.fit(picture, limits, task_id=key)


async def _tick(most: list[float], lags: list[float]) -> None:
    while True:
        begun = time.monotonic()
        await asyncio.sleep(STEP_SECONDS)
        lags.append(time.monotonic() - begun - STEP_SECONDS)
        most.append(family_rss_mb())


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pictures")
    parser.add_argument("--relay", type=int, required=True)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mjwatch-bench-") as folder:
        print(json.dumps(asyncio.run(measure(given.relay, Path(folder)))))


if __name__ == "__main__":
    main()
