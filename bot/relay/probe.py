"""The little that is decoded of every listed task; the rest waits in the bytes.

Decoding id, status and progress alone costs a tenth of the full object (see the
benchmark), and most looks change nothing.
"""

import json
from typing import Any, Final

import msgspec

from bot.domain.task import State, TaskId
from bot.relay.coerce import as_id, as_percent, state_of


class Probe(msgspec.Struct, gc=False):
    """Id, status and progress as the relay wrote them, of any type."""

    id: Any = None
    status: Any = None
    progress: Any = None

    @property
    def task_id(self) -> TaskId:
        """The id as it was asked for (in a Batch), as text."""
        return TaskId(as_id(self.id) or "")

    @property
    def state(self) -> State:
        """The state in our words."""
        return state_of(self.status)

    @property
    def percent(self) -> int | None:
        """Progress, 0..100; None if unknown."""
        return as_percent(self.progress)

    @property
    def order(self) -> tuple[bool, int, int]:
        """Terminal over rank over percent, as `Snapshot.order`."""
        state = self.state
        return (state.terminal, state.rank, self.percent or 0)


_PROBES: Final = msgspec.json.Decoder(list[Probe])
_PROBE: Final = msgspec.json.Decoder(Probe)
_RAWS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_ANY: Final = msgspec.json.Decoder()
UNREADABLE: Final = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
NOTHING: Final = object()  # a body that is no JSON


def probes_of(body: bytes) -> list[Probe | None] | None:
    """Decode the probes of a JSON list, None in place of what is no object.

    Returns:
        None if the body is no JSON list.
    """
    try:
        return list(_PROBES.decode(body))
    except UNREADABLE:
        pass
    try:
        raws = _RAWS.decode(body)
    except UNREADABLE:
        return None
    return [_probe_of(raw) for raw in raws]


def objects_of(body: bytes) -> list[msgspec.Raw]:
    """Cut a JSON list into its raw elements; only after `probes_of` understood it."""
    return _RAWS.decode(body)


def decoded(body: bytes) -> object:
    """Decode JSON whatever its label; NOTHING if it is none.

    msgspec is strict about text cut inside a character, which relays do to long
    prompts: such a body is read once more, leniently.
    """
    try:
        return _ANY.decode(body)
    except UNREADABLE:
        pass
    try:
        return _whole(json.loads(body.decode("utf-8-sig", "replace")))
    except (ValueError, RecursionError):
        return NOTHING


def _whole(value: object) -> object:
    """Replace half characters, which neither UTF-8 nor a database can hold."""
    text = json.dumps(value, ensure_ascii=False)
    mended = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return json.loads(mended)


def _probe_of(raw: msgspec.Raw) -> Probe | None:
    try:
        return _PROBE.decode(raw)
    except UNREADABLE:
        return None
