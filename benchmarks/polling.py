"""Rows 5 to 7: how often is asked, and how soon an end is known."""

from math import ceil

from benchmarks.report import Row
from benchmarks.simulation import Outcome, Setting, simulate

INTERVAL_SECONDS = 4.0
SHARE_GOAL = 1.05
SAVED_GOAL = 0.7
SOONER_GOAL = 0.8
BLIND_GOAL = 1.02  # as good, but for the noise
REFUSED_GOAL = 0.01
USED_GOAL = 0.8
STARVED_SECONDS = 60.0
FEW = 80  # one batch holds them
MANY = 4_000
SCALED = 2_000
LONG_SECONDS = 400.0


async def rows(*, quick: bool) -> list[Row]:
    """Simulate; the same tasks for every way."""
    tasks = SCALED if quick else MANY
    seconds = 120.0 if quick else 150.0
    scaled = f"{tasks:,} tasks, {seconds:.0f} s" if quick else ""
    common = Setting(tasks=tasks, seconds=seconds)
    fixed = simulate(_like(common, adaptive=False))
    learnt = simulate(common)
    few = simulate(_like(common, tasks=FEW))
    blind = simulate(_like(common, progress=False))
    blind_fixed = simulate(_like(common, progress=False, adaptive=False))
    return [
        _fifth(common, few, fixed, learnt, scaled),
        _sixth(fixed, learnt, scaled),
        _sixth_blind(blind_fixed, blind, scaled),
        *_seventh(common, scaled),
    ]


def _like(common: Setting, **changes: float) -> Setting:
    known = {name: getattr(common, name) for name in Setting.__slots__}
    return Setting(**known | changes)


def _share(setting: Setting, tasks: int, outcome: Outcome) -> float:
    intervals = setting.seconds / INTERVAL_SECONDS
    return outcome.requests / intervals / ceil(tasks / setting.batch)


def _fifth(
    common: Setting, few: Outcome, fixed: Outcome, learnt: Outcome, scaled: str
) -> Row:
    tick = _share(common, FEW, few)
    full = _share(common, common.tasks, fixed)
    saved = learnt.requests / fixed.requests
    return Row(
        "5",
        "requests an interval / ceil(N/batch)",
        f"tick {tick:.2f}, fixed with many batches {full:.2f}; adaptive {saved:.2f} "
        "of the fixed",
        "1.0",
        "1.05; 0.7",
        max(tick, full) <= SHARE_GOAL and saved <= SAVED_GOAL,
        scaled,
        {"tick": tick, "fixed": full, "adaptive_share": saved},
    )


def _sixth(fixed: Outcome, learnt: Outcome, scaled: str) -> Row:
    ratio, saved = learnt.mean / fixed.mean, learnt.requests / fixed.requests
    return Row(
        "6",
        "detection of an end, mean, 3 s minimum gap",
        f"{ratio:.2f} x ({learnt.mean:.2f} s) with {saved:.2f} x the requests",
        f"fixed 4 s tick: {fixed.mean:.2f} s",
        "0.8 x, 0.7 x",
        ratio <= SOONER_GOAL and saved <= SAVED_GOAL,
        scaled,
        {"mean": learnt.mean, "fixed_mean": fixed.mean, "requests": saved},
    )


def _sixth_blind(fixed: Outcome, learnt: Outcome, scaled: str) -> Row:
    ratio, saved = learnt.mean / fixed.mean, learnt.requests / fixed.requests
    return Row(
        "6b",
        "the same, a relay that shows no progress",
        f"{ratio:.2f} x ({learnt.mean:.2f} s) with {saved:.2f} x the requests",
        f"fixed 4 s tick: {fixed.mean:.2f} s",
        "1.0 x",
        ratio <= BLIND_GOAL,
        scaled,
        {"mean": learnt.mean, "fixed_mean": fixed.mean, "requests": saved},
    )


def _seventh(common: Setting, scaled: str) -> list[Row]:
    if not scaled:  # refusals are few: over less time one more or less would decide
        common = _like(common, seconds=LONG_SECONDS)
    capacity = common.tasks / common.batch / INTERVAL_SECONDS / 2
    held = simulate(_like(common, capacity=capacity, adaptive=False))
    rude = simulate(_like(common, capacity=capacity, adaptive=False, retry_at_once=1))
    share = held.refused / held.requests
    used = (held.requests - held.refused) / (capacity * common.seconds)
    rude_share = rude.refused / rude.requests
    row = Row(
        "7",
        "a relay that takes half of the demand",
        f"{share:.1%} of requests refused, {used:.0%} of its capacity used, longest "
        f"unseen {held.longest_unseen:.0f} s",
        f"retry at once: {rude_share:.0%} refused",
        "1 %, 80 %, none starved",
        share <= REFUSED_GOAL
        and used >= USED_GOAL
        and held.longest_unseen < STARVED_SECONDS,
        scaled,
        {"refused": share, "used": used, "longest_unseen": held.longest_unseen},
    )
    return [row]
