"""What came of asking a relay about a task: values, since every asker branches."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.task import RelayName, Snapshot


class Trouble(StrEnum):
    """Why a relay gave no answer about a task; a log and metric label, closed."""

    UNREACHABLE = "unreachable"  # no connection, reset, name not found
    TIMEOUT = "timeout"
    BROKEN = "broken"  # 5xx, HTML, truncated or senseless body
    TOO_LARGE = "too_large"
    BUSY = "busy"  # 429 or code 30
    WRONG_PATH = "wrong_path"  # the route is not there: address or prefix is wrong
    BAD_KEY = "bad_key"  # 401
    QUOTA = "quota"  # the key is out of quota
    BANNED = "banned"
    FORBIDDEN = "forbidden"  # 403 with an error object
    EDGE = "edge"  # a proxy before the relay (Cloudflare) said no
    NO_SEED = "no_seed"  # the task is known, its seed is not there (yet)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The relay knows the task."""

    relay: RelayName
    snapshot: Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The relay says that it does not know the id, for this key; no verdict yet."""

    relay: RelayName


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """The relay refuses the key or the account; the operator must act, or its owner."""

    relay: RelayName
    trouble: Trouble
    own: bool = False  # it was the asker's own key


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """The relay could not be asked, or its answer could not be understood."""

    relay: RelayName
    trouble: Trouble
    after_seconds: float | None = None  # when it asked to be left alone


Look = Seen | Unknown | Denied | Unavailable
NoLook = Denied | Unavailable
