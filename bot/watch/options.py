"""How hard to watch."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchOptions:
    """The numbers of watching; all of them are settings.

    Attributes:
        poll_seconds: Between two looks at a running task.
        batch_size: Tasks in one list request.
        in_flight: Requests under way at once to one account's relay.
        lost_misses: Misses in a row before a task may be called lost, and
        lost_seconds: how long they must have lasted.
        stuck_seconds: Without change before "no news" is told.
        give_up_seconds: Without change before the watch ends.
        silent_seconds: Without an answer before a relay counts as silent.
        rest_most_seconds: Between two tries at a relay that does not answer.
        slow_seconds: Between two looks at a task that is stuck.
        adaptive: Whether to ask at learnt moments when there are many batches.
    """

    poll_seconds: float = 4.0
    batch_size: int = 200
    in_flight: int = 6
    lost_misses: int = 5
    lost_seconds: float = 120.0
    stuck_seconds: float = 900.0
    give_up_seconds: float = 86_400.0
    silent_seconds: float = 300.0
    rest_most_seconds: float = 30.0
    slow_seconds: float = 60.0
    adaptive: bool = True

    @property
    def gap_seconds(self) -> float:
        """Never closer than this after the last look."""
        return min(self.poll_seconds, 3.0)
