"""What all tests share: how hard properties try, and where the API specs are."""

import logging
import os
import sys
import threading
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings

# A slow machine is not a wrong answer, and CI tries the same examples each time.
SLOW_IS_FINE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("default", SLOW_IS_FINE)
settings.register_profile(
    "ci", SLOW_IS_FINE, max_examples=300, print_blob=True, derandomize=True
)
settings.load_profile("ci" if os.getenv("CI") else "default")

# Whole programs, browsers and real seconds: `make test-slow`, and CI.
SLOW = {
    "cli_asking",
    "cli_check",
    "test_browser_demo.py",
    "test_busy_chat.py",
    "test_chaos_clock.py",
    "test_chaos_disk.py",
    "test_cli_keeping.py",
    "test_cli_probe.py",
    "test_cli_rotating.py",
    "test_discord_connection.py",
    "test_discord_edges.py",
    "test_picture_order.py",
    "test_proxies.py",
    "test_settings_run.py",
    "test_silence.py",
    "test_first_operator.py",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what takes real time, so that `make test` stays under four minutes."""
    if not os.getenv("MJWATCH_SPECS"):
        items[:] = [i for i in items if i.get_closest_marker("described") is None]
    for item in items:
        if {item.path.name, item.path.parent.name} & SLOW:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """Undo what a command of the program has set up for its own process."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    hooks = sys.excepthook, threading.excepthook
    config = structlog.get_config() if structlog.is_configured() else None
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    sys.excepthook, threading.excepthook = hooks
    if config is None:
        structlog.reset_defaults()
    else:
        structlog.configure(**config)


def pytest_report_header() -> str:
    """Say whether the official API descriptions are at hand."""
    specs = os.getenv("MJWATCH_SPECS")
    return f"MJWATCH_SPECS: {specs or 'not set, so the fakes check less'}"
