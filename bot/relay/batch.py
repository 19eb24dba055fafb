"""What came of asking for several tasks: probes of all, full objects on demand."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.domain.look import NoLook
from bot.domain.task import Snapshot, TaskId, merge
from bot.relay.dialect import Rows
from bot.relay.probe import Probe, decoded, objects_of
from bot.relay.wire import read_snapshot


class Batch:
    """Answers for some of the tasks asked for.

    Attributes:
        probes: One for each task that the relay knows; `id` as it was asked for. Of
            several objects with one id the most advanced.
        missing: Asked for and absent: one miss each, no verdict.
        unasked: Not answered for, by `trouble`; no miss.
        trouble: Why some were not answered for; None if all were.
    """

    def __init__(self, *, secrets: Iterable[str] = ()) -> None:
        self.probes: list[Probe] = []
        self.missing: tuple[TaskId, ...] = ()
        self.unasked: tuple[TaskId, ...] = ()
        self.trouble: NoLook | None = None
        self._secrets = tuple(secrets)
        self._places: dict[TaskId, list[tuple[Page, int]]] = {}
        self._snapshots: dict[TaskId, Snapshot] = {}

    def snapshot(self, task_id: TaskId) -> Snapshot:
        """Decode a task's full object.

        Raises:
            KeyError: The relay did not show this task.
        """
        if task_id not in self._snapshots:
            self._snapshots[task_id] = self._read(task_id)
        return self._snapshots[task_id]

    def add_page(
        self, rows: Rows, asked: Sequence[TaskId], aliases: Mapping[str, TaskId]
    ) -> None:
        """Take in a list's answer; ids not asked for are passed over."""
        wanted, page = set(asked), Page(rows)
        found: dict[TaskId, Probe] = {}
        for index, probe in enumerate(rows.probes):
            task_id = _asked(probe, wanted, aliases) if probe else None
            if probe is None or task_id is None:
                continue
            if task_id not in found:
                probe.id = task_id
                found[task_id] = probe
                self._places[task_id] = [(page, index)]
                continue
            self._places[task_id].append((page, index))
            if probe.order > found[task_id].order:
                probe.id = task_id
                found[task_id] = probe
        self.probes += found.values()
        self.missing += tuple(each for each in asked if each not in found)

    def add(self, snapshot: Snapshot) -> None:
        """Take in a task that was fetched singly."""
        self._snapshots[snapshot.task_id] = snapshot
        probe = Probe(
            id=snapshot.task_id, status=snapshot.status, progress=snapshot.progress
        )
        self.probes.append(probe)

    def add_missing(self, task_id: TaskId) -> None:
        """Note that the relay did not know a task."""
        self.missing += (task_id,)

    def add_trouble(self, task_ids: Iterable[TaskId], trouble: NoLook) -> None:
        """Note tasks that were not answered for."""
        self.unasked += tuple(task_ids)
        self.trouble = self.trouble or trouble

    def _read(self, task_id: TaskId) -> Snapshot:
        """Read all objects with this id; late fields of one fill the others'."""
        joined: Snapshot | None = None
        for page, index in self._places[task_id]:
            raw = page.at(index)
            read = read_snapshot(raw, task_id, secrets=self._secrets)
            joined = merge(joined, read)
        if joined is None:
            raise KeyError(task_id)
        return joined


class Page:
    """The objects of one list answer, cut apart when the first is wanted."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._objects: list[Any] | None = rows.objects

    def at(self, index: int) -> dict[str, Any]:
        """Decode one object; empty if its bytes turn out to be broken."""
        if self._objects is None:
            self._objects = list(objects_of(self._rows.body))
        found = self._objects[index]
        told = found if isinstance(found, dict) else decoded(bytes(found))
        return told if isinstance(told, dict) else {}


def _asked(
    probe: Probe, wanted: set[TaskId], aliases: Mapping[str, TaskId]
) -> TaskId | None:
    task_id = probe.id if type(probe.id) is str else probe.task_id
    if task_id in wanted:
        return TaskId(task_id)
    alias = aliases.get(task_id)
    return alias if alias in wanted else None
