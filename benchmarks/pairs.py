"""Rows 1 to 3: CPU of a look, in rotating short slices in one process.

All designs look at the same tasks, a round of each in turn, so they must agree.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median, quantiles

import aiohttp

from benchmarks.designs.floor import Floor
from benchmarks.designs.library import Library
from benchmarks.designs.naive import Naive
from benchmarks.designs.product import Product
from benchmarks.designs.seed import Seed
from benchmarks.designs.tally import Design, Tally
from benchmarks.load import name
from bot.clock import SystemClock
from bot.domain.task import RelayName
from bot.relay.client import open_relay
from bot.relay.options import RelayOptions


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured.

    Attributes:
        few: Of the tasks that all batches hold, how many the dear designs look at.
    """

    slices: int
    batch: int
    batches: int
    few: int
    rounds: int = 1
    still: bool = False  # nothing changes after the first look


@dataclass(frozen=True, slots=True)
class Ratio:
    """A median with its quartiles."""

    middle: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.middle:.2f} ({self.low:.2f}-{self.high:.2f})"


@dataclass(frozen=True, slots=True)
class Compared:
    """CPU of a look in microseconds, and slice by slice against the product."""

    micros: dict[str, float]
    ratios: dict[str, Ratio]  # product and library / floor; others / product
    tally: Tally


def ratio_of(values: list[float]) -> Ratio:
    """Give the median and quartiles of slice-by-slice ratios."""
    low, _, high = quantiles(values, n=4)
    return Ratio(median(values), low, high)


async def compare(port: int, plan: Plan) -> Compared:
    """Measure the designs.

    Raises:
        AssertionError: They disagree on what they saw.
    """
    costs: dict[str, list[float]] = {}
    async with _designs(port, plan) as designs:
        for number in range(plan.slices + 1):
            for label in _rotated(list(designs), number):
                cost = await _slice(designs[label], plan)
                if number:  # the first warms up
                    costs.setdefault(label, []).append(cost)
        _agree(designs)
        tally = designs["product"].tally
    ratios = {
        "floor": _paired(costs["product"], costs["floor"]),
        "library": _paired(costs["library"], costs["floor"]),
        "seed": _paired(costs["seed"], costs["product"]),
        "naive": _paired(costs["naive"], costs["product"]),
    }
    micros = {label: median(values) * 1e6 for label, values in costs.items()}
    return Compared(micros, ratios, tally)


@asynccontextmanager
async def _designs(port: int, plan: Plan) -> AsyncIterator[dict[str, Design]]:
    """Open them; the dear ones get few tasks, and a product beside them agrees."""
    base = f"http://127.0.0.1:{port}"
    batches = [
        [name(place) for place in range(first, first + plan.batch)]
        for first in range(0, plan.batch * plan.batches, plan.batch)
    ]
    few = [name(place) for place in range(plan.few)]
    clock, session = SystemClock(), aiohttp.ClientSession()
    async with (
        session,
        open_relay(
            _options(base, _world(plan, "product"), plan.batch), clock=clock
        ) as client,
        open_relay(
            _options(base, _world(plan, "few"), plan.batch), clock=clock
        ) as other,
    ):
        yield {
            "floor": Floor(port, _world(plan, "floor"), batches),
            "library": Library(port, _world(plan, "library"), batches, session=session),
            "product": Product(client, batches),
            "seed": Seed(port, _world(plan, "seed"), few),
            "naive": Naive(session, f"{base}/{_world(plan, 'naive')}", few),
            "few": Product(other, [few]),
        }


def _world(plan: Plan, design: str) -> str:
    return f"{'s' if plan.still else 'v'}-{design}-{plan.batch}"


def _options(base: str, world: str, batch: int) -> RelayOptions:
    return RelayOptions(
        name=RelayName("bench"),
        hosts=(base,),
        prefix=f"/{world}/mj",
        rate_per_second=1_000_000.0,
        batch_size=batch,
        timeout_seconds=60.0,  # a machine that stalls is no relay without an answer
    )


async def _slice(design: Design, plan: Plan) -> float:
    looked, begun = design.tally.looks, time.process_time()
    await design.look(plan.rounds)
    spent = time.process_time() - begun
    await asyncio.sleep(0)
    return spent / (design.tally.looks - looked)


def _rotated(labels: list[str], number: int) -> list[str]:
    turn = number % len(labels)
    return labels[turn:] + labels[:turn]


def _paired(one: list[float], other: list[float]) -> Ratio:
    return ratio_of([a / b for a, b in zip(one, other, strict=True)])


def _agree(designs: dict[str, Design]) -> None:
    pairs = (("floor", "product"), ("library", "product"))
    for one, other in (*pairs, ("seed", "few"), ("naive", "few")):
        if designs[one].tally != designs[other].tally:
            lines = (f"{each}: {designs[each].tally}" for each in (one, other))
            raise AssertionError("the designs disagree\n" + "\n".join(lines))
