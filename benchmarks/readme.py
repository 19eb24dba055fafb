"""Put the last full run into the READMEs; measures nothing."""

import json
from typing import Any, Final

from benchmarks.report import FULL, HERE, ROOT, Row, as_json, counted, ground, mark

PUBLISHED: Final = HERE / "results.json"  # kept in git, beside the READMEs' table
BEGIN: Final = "<!-- benchmark -->"
END: Final = "<!-- /benchmark -->"
HEADS: Final = {
    "README.md": "| figure | measured | beside it, in the same run | goal | |",
    "README.zh.md": "| 指标 | 实测 | 同一次运行里的对照 | 目标 | |",
}
# What the figures are called on the Chinese page; the rest is numbers and names.
CHINESE: Final = HERE / "figures.zh.json"


def publish(*, demo_seconds: float | None) -> None:
    """Write the tables and the figures.

    Raises:
        SystemExit: There is no full run, or a part of it failed.
    """
    if not FULL.exists():
        raise SystemExit("no full run yet: say `make bench` first")
    head = json.loads(FULL.read_text("utf-8"))
    rows = [Row(**each) for each in head.pop("rows")]
    if failed := [row.number for row in rows if row.failed]:
        raise SystemExit(f"rows {', '.join(failed)} failed in the last full run")
    if demo_seconds is not None:
        head["demo_seconds"] = demo_seconds
    PUBLISHED.write_text(as_json(head, rows), "utf-8")
    for name in HEADS:
        page = ROOT / name
        text = inserted(page.read_text("utf-8"), table(name, head, rows))
        page.write_text(text, "utf-8")


def table(name: str, head: dict[str, Any], rows: list[Row]) -> str:
    """Write one page's table."""
    words = CHINESE.read_text("utf-8") if name.endswith(".zh.md") else "{}"
    chinese = json.loads(words)
    lines = [
        f"{head['date']}; {ground(head)}",
        "",
        HEADS[name],
        "|---|---|---|---|---|",
        *(_line(row, chinese) for row in [*rows, *counted(head)]),
    ]
    return "\n".join(lines)


def inserted(page: str, text: str) -> str:
    """Put a text between the two marks of a page.

    Raises:
        ValueError: A mark is missing.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError("the marks of the benchmark are missing")
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def _line(row: Row, chinese: dict[str, str]) -> str:
    figure = chinese.get(row.number, row.figure)
    cells = (figure, row.measured, row.beside, row.goal, mark(row))
    return f"| {' | '.join(cells)} |"
