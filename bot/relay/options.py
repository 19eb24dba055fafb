"""What a relay client is told at the start."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from bot.domain.task import RelayName

USER_AGENT: Final = "mjwatch"  # some relays' edge refuses requests without any


class Clock(Protocol):
    """The part of the clock that a relay client reads."""

    def now(self) -> datetime:
        """Tell the wall time, aware, UTC."""

    def monotonic(self) -> float:
        """Tell seconds that never go back."""


class AuthStyle(StrEnum):
    """How the key is shown to the relay; the two headers exclude each other."""

    AUTO = "auto"  # bearer, and on a 401 once the other; what worked is remembered
    BEARER = "bearer"
    MJ_API_SECRET = "mj-api-secret"  # noqa: S105 - a header's name
    NONE = "none"

    def headers(self, key: str) -> Mapping[str, str]:
        """Give the header that shows a key; AUTO stands for nothing by itself."""
        if self is AuthStyle.BEARER:
            return {"Authorization": f"Bearer {key}"}
        if self is AuthStyle.MJ_API_SECRET:
            return {"mj-api-secret": key}
        return {}


def _nobody(_route: str, _outcome: str) -> None:
    """Hear nothing."""


def _straight(_url: str) -> str | None:
    """Use no proxy."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayOptions:
    """One relay.

    Attributes:
        hosts: Interchangeable addresses, with or without scheme (https is meant).
        key: The operator's key; None sends no header.
        prefix: Path before `task/...`, such as `/mj`; may be empty.
        rate_per_second: Requests a second at most, all callers together.
        batch_size: Ids in one list request at most.
        proxy: Gives the http(s) proxy on the way to an address, or None.
        image_hosts: Hosts of pictures that the operator trusts though private.
        timeout_seconds: For one request to one host.
        look_seconds: For all that one person's look may take.
        retry_pauses_seconds: Waits between the tries of a person's look.
        breaker_failures: Failures in a row after which the relay is left alone.
        probe_seconds: Between two probes of a relay that is left alone.
        heard: Told the route and the outcome of every question, for counting.
        singles_at_once: Single fetches in flight where there is no list endpoint.
    """

    name: RelayName
    hosts: tuple[str, ...]
    key: str | None = field(default=None, repr=False)
    auth: AuthStyle = AuthStyle.AUTO
    prefix: str = "/mj"
    rate_per_second: float = 10.0
    batch_size: int = 200
    proxy: Callable[[str], str | None] = field(default=_straight, repr=False)
    image_hosts: frozenset[str] = frozenset()
    timeout_seconds: float = 10.0
    connect_seconds: float = 4.0
    look_seconds: float = 10.0
    retry_pauses_seconds: tuple[float, ...] = (0.2, 0.6)
    breaker_failures: int = 5
    probe_seconds: float = 30.0
    singles_at_once: int = 4
    heard: Callable[[str, str], None] = _nobody
    user_agent: str = USER_AGENT

    @property
    def bases(self) -> tuple[str, ...]:
        """The hosts as full addresses, without a slash or the prefix at the end."""
        return tuple(base_of(host, self.path_prefix) for host in self.hosts)

    @property
    def path_prefix(self) -> str:
        """The prefix with a slash before it and none behind; "" if there is none."""
        bare = self.prefix.strip().strip("/")
        return f"/{bare}" if bare else ""


def base_of(host: str, prefix: str = "") -> str:
    """Give the full address of a host; one that ends in the prefix is understood."""
    bare = host.strip().rstrip("/")
    full = bare if "://" in bare else f"https://{bare}"
    return full.removesuffix(prefix).rstrip("/") if prefix else full
