"""What the program's exit codes mean; a promise to programs."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes."""

    FOUND = 0  # also: done, well
    FAILED = 1  # with --wait: failed or cancelled; check: something is wrong
    USAGE = 2  # wrong usage or settings, also an id that cannot be one
    UNKNOWN_TASK = 3
    REFUSED = 4  # the operator must act
    UNAVAILABLE = 5
    NEEDS_INPUT = 6
    BUSY = 75  # another copy runs on the same database or token
