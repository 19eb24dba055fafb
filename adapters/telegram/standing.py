"""How the door stands: what is missing, in words for readiness and the log."""

from typing import Final

import structlog

from bot.ports import Clock

log = structlog.get_logger(__name__)

_SAY_AGAIN_SECONDS: Final = 600.0  # a trouble that flickers is said this often


class Standing:
    """The door's one trouble, if any; each is logged when it begins and when it ends."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._said: dict[str, float] = {}
        self._trouble: str | None = "not connected yet"

    @property
    def trouble(self) -> str | None:
        """What is wrong; None: all is well."""
        return self._trouble

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
