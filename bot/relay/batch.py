"""What came of asking for several tasks: probes of all, full objects on demand."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from bot.domain.look import NoLook
from bot.domain.task import Snapshot, TaskId, merge
from bot.relay.dialect import Rows
from bot.relay.probe import Probe, objects_of
from bot.relay.wire import read_snapshot

Object = msgspec.Raw | dict[str, Any]
Places = dict[TaskId, list[int]]  # of a task's objects in one answer


class Batch:
    """Answers for some of the tasks asked for.

    Attributes:
        known: A probe for each task that the relay knows, by the id as it was asked
            for. Of several objects with one id the most advanced.
        missing: Asked for and absent: one miss each, no verdict.
        unasked: Not answered for, by `trouble`; no miss.
        trouble: Why some were not answered for; None if all were.
    """

    def __init__(self, *, secrets: Iterable[str] = ()) -> None:
        self.known: dict[TaskId, Probe] = {}
        self.missing: tuple[TaskId, ...] = ()
        self.unasked: tuple[TaskId, ...] = ()
        self.trouble: NoLook | None = None
        self._secrets = tuple(secrets)
        self._pages: list[Page] = []
        self._snapshots: dict[TaskId, Snapshot] = {}

    @property
    def probes(self) -> list[Probe]:
        """The probes of all tasks that the relay knows; their `id` as asked for."""
        return list(self.known.values())

    def snapshot(self, task_id: TaskId) -> Snapshot:
        """Decode a task's full object.

        Raises:
            KeyError: The relay did not show this task.
        """
        found = self._snapshots.get(task_id)
        if found is None:
            found = self._snapshots[task_id] = self._read(task_id)
        return found

    def add_page(
        self, rows: Rows, asked: Sequence[TaskId], aliases: Mapping[str, TaskId]
    ) -> None:
        """Take in a list's answer; ids not asked for are passed over."""
        wanted, places = set(asked), None
        found = _one_each(rows.probes, wanted)
        if found is None:
            found, places = _sorted_out(rows.probes, wanted, aliases)
        self._pages.append(Page(rows, found, places))
        self.known = self.known | found if self.known else found
        if len(found) < len(asked):
            self.missing += tuple(each for each in asked if each not in found)

    def add(self, snapshot: Snapshot) -> None:
        """Take in a task that was fetched singly."""
        self._snapshots[snapshot.task_id] = snapshot
        self.known[snapshot.task_id] = Probe(
            id=snapshot.task_id, status=snapshot.status, progress=snapshot.progress
        )

    def add_missing(self, task_id: TaskId) -> None:
        """Note that the relay did not know a task."""
        self.missing += (task_id,)

    def add_trouble(self, task_ids: Iterable[TaskId], trouble: NoLook) -> None:
        """Note tasks that were not answered for."""
        self.unasked += tuple(task_ids)
        self.trouble = self.trouble or trouble

    def _read(self, task_id: TaskId) -> Snapshot:
        """Read all objects with this id, whatever their order; late fields are filled."""
        joined: Snapshot | None = None
        found = [
            read_snapshot(raw, task_id, secrets=self._secrets)
            for page in self._pages
            for raw in page.of(task_id)
        ]
        for read in sorted(found, key=lambda each: each.order):
            joined = merge(joined, read)
        if joined is None:
            raise KeyError(task_id)
        return joined


class Page:
    """The objects of one list answer, cut apart when the first is wanted.

    Args:
        rows: The answer.
        found: The tasks in it.
        places: Where the objects of each are; None: one each, in the order of `found`.
    """

    def __init__(
        self, rows: Rows, found: Iterable[TaskId], places: Places | None
    ) -> None:
        self._rows = rows
        self._found = found
        self._places = places
        self._objects: dict[TaskId, Sequence[Object]] | None = None

    def of(self, task_id: TaskId) -> Sequence[Object]:
        """Give a task's objects, undecoded if the list came as a list."""
        if self._objects is None:
            self._objects = self._cut()
        return self._objects.get(task_id, ())

    def _cut(self) -> dict[TaskId, Sequence[Object]]:
        told: Sequence[Object] = self._rows.objects or objects_of(self._rows.body)
        if self._places is None:
            return dict(zip(self._found, zip(told), strict=True))
        return {each: [told[i] for i in at] for each, at in self._places.items()}


def _one_each(
    probes: list[Probe | None], wanted: set[TaskId]
) -> dict[TaskId, Probe] | None:
    """Take a list of at most one object for each id, all asked for: the usual one."""
    try:
        found = {probe.id: probe for probe in probes if probe is not None}
    except TypeError:  # an id that is a list or an object
        return None
    return found if len(found) == len(probes) and found.keys() <= wanted else None


def _sorted_out(
    probes: list[Probe | None], wanted: set[TaskId], aliases: Mapping[str, TaskId]
) -> tuple[dict[TaskId, Probe], Places]:
    """Find what was asked for in a list that holds other things too, or some twice."""
    found: dict[TaskId, Probe] = {}
    places: Places = {}
    for index, probe in enumerate(probes):
        task_id = _asked(probe, wanted, aliases) if probe else None
        if probe is None or task_id is None:
            continue
        places.setdefault(task_id, []).append(index)
        if task_id not in found or probe.order > found[task_id].order:
            probe.id = task_id
            found[task_id] = probe
    return found, places


def _asked(
    probe: Probe, wanted: set[TaskId], aliases: Mapping[str, TaskId]
) -> TaskId | None:
    task_id = probe.id if type(probe.id) is str else probe.task_id
    if task_id in wanted:
        return TaskId(task_id)
    alias = aliases.get(task_id)
    return alias if alias in wanted else None
