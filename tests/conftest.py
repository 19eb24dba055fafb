"""What all tests share: how hard properties try, and where the API specs are."""

import os

from hypothesis import settings

# No deadline: a slow machine is not a wrong answer.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, max_examples=300, print_blob=True)
settings.load_profile("ci" if os.getenv("CI") else "default")


def pytest_report_header() -> str:
    """Say whether the official API descriptions are at hand."""
    specs = os.getenv("MJWATCH_SPECS")
    return f"MJWATCH_SPECS: {specs or 'not set, so tests against them skip'}"
