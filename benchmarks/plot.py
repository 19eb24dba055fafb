"""A line plot as SVG, by hand: logarithmic both ways, so that linear is a straight line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from typing import Final

WIDTH: Final = 640
HEIGHT: Final = 400
LEFT: Final = 70
BOTTOM: Final = 50
TOP: Final = 40
RIGHT: Final = 130
COLOURS: Final = ("#1f6feb", "#8a8f98", "#d1242f")


@dataclass(frozen=True, slots=True)
class Line:
    """Points that belong together."""

    label: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Plot:
    """What to draw."""

    title: str
    across: str
    upward: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class _Scale:
    low: int
    high: int
    begin: float
    end: float

    def at(self, value: float) -> float:
        share = (log10(value) - self.low) / (self.high - self.low)
        return self.begin + share * (self.end - self.begin)

    def decades(self) -> range:
        return range(self.low, self.high + 1)


def draw(plot: Plot) -> str:
    """Draw it."""
    points = [point for line in plot.lines for point in line.points]
    across = _scale([x for x, _ in points], LEFT, WIDTH - RIGHT)
    upward = _scale([y for _, y in points], HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">',
        "<style>text { font: 13px sans-serif }</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(LEFT, 22, f"{plot.title}: {plot.upward}", weight="bold"),
        _text(LEFT, HEIGHT - 10, plot.across),
        *_grid(across, upward),
        *_drawn(plot.lines, across, upward),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _scale(values: Sequence[float], begin: float, end: float) -> _Scale:
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    return _Scale(low, max(high, low + 1), begin, end)


def _grid(across: _Scale, upward: _Scale) -> Iterator[str]:
    for decade in across.decades():
        x = across.at(10**decade)
        yield _rule(x, upward.begin, x, upward.end)
        yield _text(x - 14, HEIGHT - BOTTOM + 18, f"{10**decade:,}")
    for decade in upward.decades():
        y = upward.at(10.0**decade)
        yield _rule(across.begin, y, across.end, y)
        yield _text(LEFT - 40, y + 4, f"{10.0**decade:g}")


def _drawn(lines: Sequence[Line], across: _Scale, upward: _Scale) -> Iterator[str]:
    for line, colour in zip(lines, COLOURS, strict=False):
        spots = [(across.at(x), upward.at(y)) for x, y in line.points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for x, y in spots:
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
        x, y = spots[-1]
        yield _text(x + 8, y + 4, line.label, colour=colour)


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="#d0d7de"/>'


def _text(
    x: float, y: float, words: str, *, weight: str = "normal", colour: str = "#24292f"
) -> str:
    style = f'font-weight="{weight}" fill="{colour}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(words)}</text>'
