"""How the dispatcher goes about telling."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryOptions:
    """The numbers of delivery.

    Attributes:
        in_flight: Rings under way at once on one platform, those that wait for
            their picture included.
        lease_for: How long the right to tell lasts if we die.
        picture_wait_seconds: How long a ring waits for its picture, counted from
            when the end was seen.
        lane_wait_seconds: A chat that is paused longer gets its ring put back.
        idle_seconds: How late work is found when no bell rings.
        picture_tries: Further tries at a picture that was owed.
    """

    in_flight: int = 300
    lease_for: timedelta = timedelta(seconds=60)
    picture_wait_seconds: float = 8.0
    lane_wait_seconds: float = 5.0
    idle_seconds: float = 1.0
    picture_tries: int = 6
