"""Log the first failure of a relay and its recovery; what lies between is counted."""

from collections.abc import Iterable

import structlog

from bot.domain.look import Trouble
from bot.domain.scrub import scrub
from bot.domain.task import RelayName
from bot.relay.reply import Problem

log = structlog.get_logger(__name__)
_SAID_LIMIT = 200  # characters of the server's words


class Notices:
    """What the operator's log hears of one relay."""

    def __init__(self, relay: RelayName) -> None:
        self._relay = relay
        self._trouble: Trouble | None = None
        self._count = 0

    def failed(self, problem: Problem, secrets: Iterable[str]) -> None:
        """Count a failure; log it if it is the first of its kind in a row."""
        self._count += 1
        if problem.trouble is self._trouble:
            return
        self._trouble = problem.trouble
        log.warning(
            "relay.refused" if problem.denied else "relay.unavailable",
            relay=self._relay,
            trouble=problem.trouble.value,
            http_status=problem.http or None,
            after_seconds=problem.after_seconds,
            said=scrub(problem.said, secrets=secrets, limit=_SAID_LIMIT) or None,
        )

    def succeeded(self) -> None:
        """Log the recovery, if there was anything to recover from."""
        if self._trouble is not None:
            log.info("relay.recovered", relay=self._relay, failures=self._count)
        self._trouble, self._count = None, 0
