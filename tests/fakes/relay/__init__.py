"""A relay on loopback with a script: what the real servers answer, told in tests."""

from tests.fakes.relay.answers import Answer
from tests.fakes.relay.cases import CASES, Case
from tests.fakes.relay.faults import Fault
from tests.fakes.relay.kinds import KINDS, Kind
from tests.fakes.relay.record import Seen
from tests.fakes.relay.samples import PAGES, RUNNING, SAMPLES
from tests.fakes.relay.server import FakeRelay
from tests.fakes.relay.tasks import ABSENT

__all__ = [
    "ABSENT",
    "CASES",
    "KINDS",
    "PAGES",
    "RUNNING",
    "SAMPLES",
    "Answer",
    "Case",
    "FakeRelay",
    "Fault",
    "Kind",
    "Seen",
]
