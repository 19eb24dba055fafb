"""The words of the command line reach what they name, and leave with its exit code."""

import sys
from pathlib import Path
from subprocess import CompletedProcess, run

import pytest
from typer.testing import CliRunner

from bot.cli.exits import Exit
from bot.cli.main import app

SAYS = CliRunner()


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Settings for a relay that nobody serves, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RELAY_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("WEB_PORT", "9")
    monkeypatch.setenv("LOG_LEVEL", "critical")


INSTEAD = """
import os, signal, sys, types

running = sys.modules["bot.cli.running"] = types.ModuleType("bot.cli.running")
def refuse():
    raise PermissionError(13, "Permission denied", "data/mjwatch.db")
running.run_program = lambda: {deed}

from bot.cli.main import main

sys.argv[1:] = ["run"]
main()
"""


def ran(deed: str) -> "CompletedProcess[bytes]":
    """Say `run` where it does something else instead."""
    return run(
        [sys.executable, "-c", INSTEAD.format(deed=deed)],
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
        capture_output=True,
    )


def said(*words: str) -> int:
    return SAYS.invoke(app, list(words)).exit_code


def test_a_database_is_made_copied_put_back_and_let_go(tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"

    assert said("migrate") == Exit.FOUND
    assert said("backup", str(copy)) == Exit.FOUND
    assert copy.stat().st_size > 0
    assert said("restore", str(copy)) == Exit.FOUND
    assert said("restore", "--confirm", "drop") == Exit.FOUND
    assert said("restore") == Exit.USAGE
    assert said("restore", str(copy), "--confirm", "tell") == Exit.USAGE


def test_a_relay_that_is_not_there_is_found_out() -> None:
    assert said("check") == Exit.FAILED
    assert said("status", "task_1") == Exit.UNAVAILABLE
    assert said("seed", "task_1") == Exit.UNAVAILABLE
    assert said("probe", "http://127.0.0.1:9") == Exit.UNAVAILABLE


def test_a_bot_that_does_not_run_is_not_well() -> None:
    assert said("health") == Exit.FAILED


def test_a_simulated_relay_of_no_kind_is_a_wrong_word() -> None:
    assert said("simulate", "--kind", "none") == Exit.USAGE


def test_a_version_is_said() -> None:
    assert said("version") == Exit.FOUND


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_before_there_is_anything_to_stop_is_no_failure(name: str) -> None:
    done = ran(f"os.kill(os.getpid(), signal.{name})")

    assert (done.returncode, done.stderr) == (0, b"")


def test_a_folder_that_cannot_be_opened_is_said_in_a_line() -> None:
    done = ran("refuse()")

    assert done.returncode == Exit.UNAVAILABLE
    assert done.stderr == b"data/mjwatch.db: Permission denied\n"
