"""An HTTP answer as a value, and the few things that may come of reading one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

from bot.domain.look import Denied, NoLook, Trouble, Unavailable
from bot.domain.task import RelayName
from bot.relay.probe import NOTHING, decoded

BODY_LIMIT_BYTES: Final = 2 * 1024 * 1024
DENIALS: Final = frozenset(
    {Trouble.BAD_KEY, Trouble.QUOTA, Trouble.BANNED, Trouble.FORBIDDEN}
)
WAIT_LIMIT_SECONDS: Final = 3600.0
_BLANK: Final = b" \t\r\n\x00\xef\xbb\xbf"  # a byte order mark included


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came over the wire.

    Attributes:
        status: HTTP status.
        headers: Asked for in lower case; the wire's own take any case.
        body: At most BODY_LIMIT_BYTES.
        cut: The body was longer than that.
        at: When it came, for a Retry-After that names a date.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: bool = False
    at: datetime | None = None

    @property
    def bare(self) -> bytes:
        """The body without blanks around it."""
        return self.body.strip(_BLANK)

    @property
    def html(self) -> bool:
        """Whether the body is a page; the header often lies."""
        return self.bare.startswith(b"<")

    def json(self) -> object:
        """Decode the body whatever its label; NOTHING if it is no JSON."""
        return decoded(self.bare)


@dataclass(frozen=True, slots=True)
class Miss:
    """The relay says that it does not know the id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """No answer about the task.

    Attributes:
        after_seconds: How long the relay asked to be left alone.
        said: Its own words, for the log alone and not yet scrubbed.
        splits: Fewer ids may be answered where these were not.
    """

    trouble: Trouble
    http: int = 0
    after_seconds: float | None = None
    said: str = field(default="", repr=False)
    splits: bool = False

    @property
    def denied(self) -> bool:
        """Whether the operator must act."""
        return self.trouble in DENIALS

    def to_look(self, relay: RelayName) -> NoLook:
        """Say it to whoever asked; the server's words stay behind."""
        if self.denied:
            return Denied(relay=relay, trouble=self.trouble)
        return Unavailable(
            relay=relay, trouble=self.trouble, after_seconds=self.after_seconds
        )


def wait_asked(reply: Reply, told: object = NOTHING) -> float | None:
    """Read how long to wait, from Retry-After (seconds or a date) or the body."""
    header = reply.headers.get("retry-after", "").strip()
    if not header:
        return _from_body(told)
    seconds = _seconds(header)
    return _until(header, reply.at) if seconds is None else seconds


def _from_body(told: object) -> float | None:
    if not isinstance(told, dict):
        return None
    inner = told.get("error")
    places = (told, inner if isinstance(inner, dict) else {})
    names = ("retryAfter", "retry_after", "retry-after")
    found = (_seconds(each.get(name)) for each in places for name in names)
    return next((seconds for seconds in found if seconds is not None), None)


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return min(seconds, WAIT_LIMIT_SECONDS) if seconds >= 0 else None


def _until(header: str, at: datetime | None) -> float | None:
    if at is None:
        return None
    try:
        seconds = (parsedate_to_datetime(header) - at).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), WAIT_LIMIT_SECONDS)
