"""When to try again, and when not any more: pure."""

from datetime import timedelta
from typing import Final

BASE_SECONDS: Final = 2.0
MOST_SECONDS: Final = 300.0
ATTEMPTS_MOST: Final = 30
AGE_MOST: Final = timedelta(days=1)
FORBIDDEN_MOST: Final = 3  # a chat that says no so often is given up


def backoff(attempts: int, *, chance: float) -> timedelta:
    """Say how long to wait after so many counted attempts.

    Args:
        attempts: Tries so far, from 1.
        chance: 0..1; spreads those that failed together.
    """
    seconds = min(BASE_SECONDS * 2.0 ** min(attempts - 1, 16), MOST_SECONDS)
    return timedelta(seconds=seconds * (0.75 + 0.5 * chance))


def exhausted(attempts: int, *, age: timedelta) -> bool:
    """Whether a notification was tried so often and so long that it is a dead letter."""
    return attempts >= ATTEMPTS_MOST and age >= AGE_MOST
