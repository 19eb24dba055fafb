"""How the door stands: what is missing, in words for readiness and the log."""

from typing import Final

import structlog

from bot.ports import Clock

log = structlog.get_logger(__name__)

OTHER_POLLER: Final = "another process fetches this bot's updates (409)"
NO_ANSWER: Final = "no answer in time"
_SAY_AGAIN_SECONDS: Final = 600.0  # a trouble that flickers is said this often


class Standing:
    """The door's one trouble, if any; each is logged when it begins and when it ends."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._said: dict[str, float] = {}
        self._trouble: str | None = "not connected yet"
        self._failures = 0

    @property
    def trouble(self) -> str | None:
        """What is wrong; None: all is well."""
        return self._trouble

    @property
    def failures(self) -> int:
        """How often in a row it went wrong."""
        return self._failures

    def lasts(self) -> None:
        """It does not only begin well: the next failure is a first one."""
        self._failures = 0

    def well(self) -> None:
        """Telegram has answered as it should."""
        if self._trouble is not None:
            log.info("telegram.well", after=self._trouble)
        self._trouble = None

    def bad(self, trouble: str) -> None:
        """Something is wrong; said once, not at every try."""
        now, last = self._clock.monotonic(), self._said.get(trouble)
        if last is None or now - last >= _SAY_AGAIN_SECONDS:
            log.error("telegram.trouble", trouble=trouble)
            self._said[trouble] = now
        self._trouble = trouble
        self._failures += 1
