"""The table, the JSON file, and on what it was measured."""

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
RESULTS: Final = Path(__file__).parent / "results.json"
LIBRARIES: Final = ("aiohttp", "msgspec", "pydantic", "SQLAlchemy", "aiosqlite")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        number: As in the list of figures.
        met: Whether the goal is reached; None: there is none.
        scaled: How a quick run differs.
    """

    number: str
    figure: str
    measured: str
    beside: str
    goal: str
    met: bool | None = None
    scaled: str = ""
    raw: dict[str, Any] = field(default_factory=dict)


def header(*, quick: bool) -> dict[str, Any]:
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
    }


def markdown(head: dict[str, Any], rows: list[Row]) -> str:
    """Write the table."""
    versions = ", ".join(f"{k} {v}" for k, v in head["versions"].items())
    lines = [
        f"mjwatch benchmark of {head['date']}"
        + (" (QUICK: every row is scaled down)" if head["quick"] else ""),
        "",
        f"{head['machine']}; {versions}",
        "",
        "| # | figure | measured | beside it | goal | |",
        "|---|---|---|---|---|---|",
        *(_line(row) for row in rows),
        "",
        f"Code without tests: {head['lines_of_code']} lines (goal 7,000).",
        f"Packages in the runtime lock: {head['packages_in_lock']} (goal 55).",
    ]
    return "\n".join(lines)


def save(head: dict[str, Any], rows: list[Row]) -> None:
    """Keep everything beside the benchmark."""
    kept = head | {"rows": [asdict(row) for row in rows]}
    RESULTS.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


def lines_of_code() -> int:
    """Count lines that are neither empty nor a mere comment, without tests."""
    files = [p for part in ("bot", "adapters", "storage") for p in _sources(part)]
    return sum(_count(path) for path in files)


def packages() -> int:
    """Count what the runtime lock names."""
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    return len(re.findall(r"(?m)^[\w.-]+(?:\[[\w,.-]+\])?==", lock))


def _sources(part: str) -> list[Path]:
    return sorted((ROOT / part).rglob("*.py"))


def _count(path: Path) -> int:
    lines = (line.strip() for line in path.read_text("utf-8").splitlines())
    return sum(1 for line in lines if line and not line.startswith("#"))


def _line(row: Row) -> str:
    mark = {True: "met", False: "**missed**", None: ""}[row.met]
    figure = f"{row.figure} [{row.scaled}]" if row.scaled else row.figure
    cells = (row.number, figure, row.measured, row.beside, row.goal, mark)
    return f"| {' | '.join(cells)} |"


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor() or "unknown processor"
    found = re.search(r"model name\s*:\s*(.+)", info.read_text("utf-8"))
    return found[1].strip() if found else "unknown processor"
