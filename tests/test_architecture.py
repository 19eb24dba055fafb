"""What import-linter cannot say: names, lengths, banned doubles, clean locks."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "adapters", "storage")
FILE_LINES_LIMIT = 400
LOCKS = sorted(ROOT.glob("requirements*.lock"))
# A lock holds requirements, hashes and remarks about who wants what.
LOCK_LINE = re.compile(
    r"[\w.-]+(\[[\w,.-]+\])?==[\w.!+-]+( ; [^/]+)? \\"  # name==version ; marker
    r"|    --hash=sha256:[0-9a-f]{64}( \\)?"
    r"|    # +(via|mjwatch|-c requirements).*"
    r"|    #   [\w.-]+(\[[\w,.-]+\])?( \([\w.-]+\))?"
)


def sources(*folders: str, pattern: str = "*.py") -> list[Path]:
    return sorted(path for each in folders for path in (ROOT / each).rglob(pattern))


def layered() -> set[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    arrows = next(each for each in contracts if each["id"] == "arrows")
    return set(re.findall(r"bot\.(\w+)", " ".join(arrows["layers"])))


def modules_of_bot() -> set[str]:
    files = {path.stem for path in (ROOT / "bot").glob("*.py")}
    packages = {path.parent.name for path in (ROOT / "bot").glob("*/__init__.py")}
    return (files | packages) - {"__init__"}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_module_of_bot_stands_in_a_layer() -> None:
    assert modules_of_bot() - layered() == set()


def test_every_package_says_what_it_is_for() -> None:
    faces = [path for path in sources(*PACKAGES) if path.name == "__init__.py"]

    silent = [
        str(path.relative_to(ROOT))
        for path in faces
        if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]

    assert silent == []


@pytest.mark.parametrize("pattern", ["*.py", "*.css", "*.js"])
def test_no_file_climbs_over_the_wall(pattern: str) -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines())
        for path in sources(*PACKAGES, "tests", "benchmarks", pattern=pattern)
    }

    assert lengths
    assert {k: v for k, v in lengths.items() if v > FILE_LINES_LIMIT} == {}


def test_nobody_imports_a_mock() -> None:
    users = [
        str(path.relative_to(ROOT))
        for path in sources(*PACKAGES, "tests", "benchmarks")
        if any(re.match(r"unittest\.mock|mock\b", name) for name in imported(path))
    ]

    assert users == []


def test_both_locks_are_there() -> None:
    assert {"requirements.lock", "requirements-dev.lock"} <= {p.name for p in LOCKS}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_index_and_no_path(lock: Path) -> None:
    lines = lock.read_text("utf-8").splitlines()

    assert [line for line in lines if not LOCK_LINE.fullmatch(line)] == []
