"""The table, the JSON file, and on what it was measured."""

import ast
import json
import os
import platform
import re
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from bot.clock import SystemClock

ROOT: Final = Path(__file__).parents[1]
HERE: Final = Path(__file__).parent
FULL: Final = HERE / "results-full.json"  # of this machine alone, like the others
QUICK: Final = HERE / "results-quick.json"
SOME: Final = HERE / "results-some.json"
LINES_GOAL: Final = 7000
PACKAGES_GOAL: Final = 55
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
        hung: That was for want of time, which a slow machine may not have.
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
    hung: bool = False


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
    lines = [
        f"mjwatch benchmark of {head['date']}{quick}",
        "",
        ground(head),
        "",
        "| # | figure | measured | beside it | goal | |",
        "|---|---|---|---|---|---|",
        *(_line(row) for row in [*rows, *counted(head)]),
    ]
    return "\n".join(lines)


def save(head: dict[str, Any], rows: list[Row], *, whole: bool) -> None:
    """Keep everything beside the benchmark, outside git."""
    path = SOME if not whole else QUICK if head["quick"] else FULL
    path.write_text(as_json(head, rows), "utf-8")


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


def as_json(head: dict[str, Any], rows: list[Row]) -> str:
    """Write all figures, the raw ones too."""
    return json.dumps(head | {"rows": [asdict(row) for row in rows]}, indent=1) + "\n"


def ground(head: dict[str, Any]) -> str:
    """Say on what was measured."""
    versions = ", ".join(f"{k} {v}" for k, v in head["versions"].items())
    return f"{head['machine']}; {versions}"


def counted(head: dict[str, Any]) -> list[Row]:
    """Give what is counted, not measured, as further rows."""
    lines, packed = head["lines_of_code"], head["packages_in_lock"]
    found = [
        Row("lines", "lines of code without tests", f"{lines:,}", "", "7,000"),
        Row("packages", "packages in the runtime lock", str(packed), "", "55"),
    ]
    found[0] = replace(found[0], met=lines <= LINES_GOAL)
    found[1] = replace(found[1], met=packed <= PACKAGES_GOAL)
    if (demo := head["demo_seconds"]) is not None:
        first = "`make demo` in a fresh clone to the first card"
        found.append(Row("demo", first, f"{demo:.0f} s", "", ""))
    return found


def mark(row: Row) -> str:
    """Say whether the goal is reached."""
    return {True: "met", False: "**missed**", None: ""}[row.met]


def _line(row: Row) -> str:
    figure = f"{row.figure} [{row.scaled}]" if row.scaled else row.figure
    number = row.number if row.number[0].isdigit() else ""
    said = "" if row.failed else mark(row)
    cells = (number, figure, row.measured, row.beside, row.goal, said)
    return f"| {' | '.join(cells)} |"


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor() or "unknown processor"
    found = re.search(r"model name\s*:\s*(.+)", info.read_text("utf-8"))
    return found[1].strip() if found else "unknown processor"
