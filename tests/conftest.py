"""What all tests share: how hard properties try, and where the API specs are."""

import logging
import os
import sys
import threading
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

# No deadline: a slow machine is not a wrong answer.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, max_examples=300, print_blob=True)
settings.load_profile("ci" if os.getenv("CI") else "default")


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
    return f"MJWATCH_SPECS: {specs or 'not set, so tests against them skip'}"
