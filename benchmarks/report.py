"""The table, the JSON file, and on what it was measured."""

import ast
import json
import os
import platform
import re
from dataclasses import asdict, dataclass, field
from datetime import UTC
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from bot.clock import SystemClock

ROOT: Final = Path(__file__).parents[1]
HERE: Final = Path(__file__).parent
PUBLISHED: Final = HERE / "results.json"  # kept in git, beside the README's table
FULL: Final = HERE / "results-full.json"  # of this machine alone, like the others
QUICK: Final = HERE / "results-quick.json"
SOME: Final = HERE / "results-some.json"
READMES: Final = ("README.md", "README.zh.md")
BEGIN: Final = "<!-- benchmark: made by `python -m benchmarks --readme` -->"
END: Final = "<!-- /benchmark -->"
LIBRARIES: Final = (
    *("aiohttp", "msgspec", "pydantic", "SQLAlchemy", "aiosqlite"),
    *("discord.py", "python-telegram-bot"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        number: As in the list of figures.
        met: Whether the goal is reached; None: there is none.
        scaled: How a quick run differs.
        failed: It could not be measured at all.
    """

    number: str
    figure: str
    measured: str
    beside: str
    goal: str
    met: bool | None = None
    scaled: str = ""
    raw: dict[str, Any] = field(default_factory=dict)
    failed: bool = False


def header(*, quick: bool, demo_seconds: float | None = None) -> dict[str, Any]:
    """Say when, on what and with which versions; no name of a machine or a folder."""
    return {
        "date": SystemClock().now().astimezone(UTC).date().isoformat(),
        "quick": quick,
        "machine": f"{platform.system()} {platform.machine()}, {_cpu()}, "
        f"{os.cpu_count()} cores",
        "versions": {"Python": platform.python_version()}
        | {name: version(name) for name in LIBRARIES},
        "lines_of_code": lines_of_code(),
        "packages_in_lock": packages(),
        "demo_seconds": demo_seconds,
    }


def markdown(head: dict[str, Any], rows: list[Row]) -> str:
    """Write the table."""
    quick = " (QUICK: every row is scaled down)" if head["quick"] else ""
    lines = [f"mjwatch benchmark of {head['date']}{quick}", "", *_lines(head, rows)]
    return "\n".join(lines)


def save(head: dict[str, Any], rows: list[Row], *, whole: bool) -> None:
    """Keep everything beside the benchmark, outside git."""
    path = SOME if not whole else QUICK if head["quick"] else FULL
    path.write_text(_json(head, rows), "utf-8")


def publish(*, demo_seconds: float | None) -> None:
    """Put the last full run into the READMEs, and its figures beside them.

    Raises:
        SystemExit: There is none, or a part of it failed.
    """
    if not FULL.exists():
        raise SystemExit("no full run yet: say `make bench` first")
    head = json.loads(FULL.read_text("utf-8"))
    rows = [Row(**each) for each in head.pop("rows")]
    if failed := [row.number for row in rows if row.failed]:
        raise SystemExit(f"rows {', '.join(failed)} failed in the last full run")
    if demo_seconds is not None:
        head["demo_seconds"] = demo_seconds
    PUBLISHED.write_text(_json(head, rows), "utf-8")
    table = "\n".join([f"{head['date']}. ", *_lines(head, rows)])
    for name in READMES:
        page = ROOT / name
        page.write_text(inserted(page.read_text("utf-8"), table), "utf-8")


def inserted(page: str, table: str) -> str:
    """Put a table between the two marks of a page.

    Raises:
        ValueError: A mark is missing.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError("the marks of the benchmark are missing")
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{after}"


def lines_of_code() -> int:
    """Count lines that do something: none empty, no comment, no docstring, no test."""
    files = [p for part in ("bot", "adapters", "storage") for p in _sources(part)]
    return sum(_count(path) for path in files)


def packages() -> int:
    """Count what the runtime lock names."""
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    return len(re.findall(r"(?m)^[\w.-]+(?:\[[\w,.-]+\])?==", lock))


def _sources(part: str) -> list[Path]:
    return sorted((ROOT / part).rglob("*.py"))


def _count(path: Path) -> int:
    text = path.read_text("utf-8")
    words = {n for tree in ast.walk(ast.parse(text)) for n in _docstring(tree)}
    return sum(
        1
        for number, line in enumerate(text.splitlines(), 1)
        if number not in words and line.strip() and not line.strip().startswith("#")
    )


def _docstring(tree: ast.AST) -> range:
    body = getattr(tree, "body", None)
    first = body[0] if isinstance(body, list) and body else None
    if not (isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)):
        return range(0)
    return range(first.lineno, (first.end_lineno or first.lineno) + 1)


def _json(head: dict[str, Any], rows: list[Row]) -> str:
    return json.dumps(head | {"rows": [asdict(row) for row in rows]}, indent=1) + "\n"


def _lines(head: dict[str, Any], rows: list[Row]) -> list[str]:
    versions = ", ".join(f"{k} {v}" for k, v in head["versions"].items())
    demo = head["demo_seconds"]
    return [
        f"{head['machine']}; {versions}",
        "",
        "| # | figure | measured | beside it | goal | |",
        "|---|---|---|---|---|---|",
        *(_line(row) for row in rows),
        *(
            [
                f"| | `make demo` in a fresh clone to the first card | {demo:.0f} s | | | |"
            ]
            if demo is not None
            else []
        ),
        f"| | lines of code without tests | {head['lines_of_code']:,} | | 7,000 | |",
        f"| | packages in the runtime lock | {head['packages_in_lock']} | | 55 | |",
    ]


def _line(row: Row) -> str:
    mark = {True: "met", False: "**missed**", None: ""}[row.met]
    mark = "" if row.failed else mark
    figure = f"{row.figure} [{row.scaled}]" if row.scaled else row.figure
    cells = (row.number, figure, row.measured, row.beside, row.goal, mark)
    return f"| {' | '.join(cells)} |"


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor() or "unknown processor"
    found = re.search(r"model name\s*:\s*(.+)", info.read_text("utf-8"))
    return found[1].strip() if found else "unknown processor"
