"""What one batch answer says about its watches: pure, from words to steps.

Steps are applied to the watches only after their transitions were written, so that
what memory on disk does not hold is looked at again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.domain.observe import lacking, observe
from bot.domain.subscription import Standing
from bot.domain.task import Snapshot, State, TaskKey, merge
from bot.domain.transition import Tell, Transition
from bot.relay.batch import Batch
from bot.relay.probe import Probe
from bot.watch.options import WatchOptions
from bot.watch.rota import GRACE_SECONDS
from bot.watch.verdict import Verdict, of_missing, of_unchanged
from bot.watch.watch import Watch

TRIES_FOR_FULL: Final = 3  # then a slim end is told as it is


@dataclass(slots=True, kw_only=True)
class Step:
    """What a look makes of a watch, and what is to be written and told of it."""

    watch: Watch
    probe: Probe | None = None  # None: the relay did not know it
    state: State | None = None
    progress: int | None = None
    lacks: frozenset[str] = frozenset()
    retry: bool = False  # the end was seen but not yet in full: look again soon
    transition: Transition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When the answer came: wall time for memory, account seconds for ages."""

    at: datetime
    seconds: float
    steady: float


def wants_full(
    batch: Sequence[Watch], answer: Batch, *, options: WatchOptions
) -> list[Watch]:
    """Name the watches whose list object is not enough.

    Those are slim ends, and tasks about to be called lost: some relays list a task
    under another id than the one it is fetched by.
    """
    watches = {watch.task_id: watch for watch in batch}
    slim = [
        watch
        for probe in answer.probes
        if ((watch := watches[probe.id]).mark != (probe.status, probe.progress))
        or watch.lacks
        if probe.state.terminal and answer.snapshot(probe.id).slim
    ]
    gone = (watches[each] for each in answer.missing)
    return slim + [w for w in gone if w.misses + 1 >= options.lost_misses]


def read(
    batch: Sequence[Watch],
    answer: Batch,
    full: Mapping[str, Snapshot],
    *,
    now: Moment,
    options: WatchOptions,
) -> list[Step]:
    """Say what changed, for the watches for which anything did.

    Those that were not answered for are passed over: that counts for nothing.
    """
    watches = {watch.task_id: watch for watch in batch}
    steps = [
        _missing(watches[each], full.get(each), now=now, options=options)
        for each in answer.missing
    ]
    old = now.seconds - options.stuck_seconds
    for probe in answer.probes:
        watch = watches[probe.id]
        if (probe.status, probe.progress) == watch.mark and not watch.lacks:
            watch.misses = 0
            watch.looks += 1
            if watch.changed_at <= old:
                steps.append(_unchanged(watch, now=now, options=options))
        else:
            steps.append(_changed(watch, probe, answer, full=full, now=now))
    return steps


def apply(steps: Iterable[Step], *, now: Moment) -> None:
    """Bring the watches to where their steps say; their transitions are written."""
    for step in steps:
        _apply(step, now=now)


def silence(watches: Iterable[Watch], *, at: datetime) -> list[Transition]:
    """Mark all of a silent relay's tasks, so that their cards say so."""
    return [
        Transition(task_key=w.key, at=at, standing=Standing.SILENT)
        for w in watches
        if not w.state.terminal
    ]


def sound(watches: Iterable[Watch], *, at: datetime) -> list[Transition]:
    """Take the mark away again: each task stands as it did before."""
    return [
        Transition(task_key=w.key, at=at, standing=w.standing)
        for w in watches
        if not w.state.terminal
    ]


def _changed(
    watch: Watch,
    probe: Probe,
    answer: Batch,
    *,
    full: Mapping[str, Snapshot],
    now: Moment,
) -> Step:
    step = Step(watch=watch, probe=probe)
    state = probe.state
    if state is watch.state and not state.terminal:
        return _moved(step, probe.percent, now=now)
    listed = answer.snapshot(watch.task_id)
    snapshot = full.get(watch.task_id)
    if listed.terminal and listed.slim and snapshot is None:
        step.retry = watch.tries < TRIES_FOR_FULL
        if step.retry:
            return step
    fresh = merge(listed, snapshot) if snapshot else listed
    if fresh.terminal:
        return _ended(step, fresh, now=now)
    return _entered(step, fresh, now=now)


def _moved(step: Step, progress: int | None, *, now: Moment) -> Step:
    known = step.watch.progress if step.watch.progress is not None else -1
    if progress is not None and progress > known:
        step.progress = progress
        step.transition = Transition(
            task_key=step.watch.key,
            at=now.at,
            progress=progress,
            standing=_fine(step.watch),
        )
    return step


def _entered(step: Step, fresh: Snapshot, *, now: Moment) -> Step:
    watch = step.watch
    step.transition = observe(
        watch.key, state=watch.state, progress=watch.progress, fresh=fresh, at=now.at
    )
    if step.transition is not None:
        step.state, step.progress = fresh.state, fresh.progress
    return step


def _ended(step: Step, fresh: Snapshot, *, now: Moment) -> Step:
    """An end, seen now or before; the watch goes on a little if something is late."""
    watch = step.watch
    lacks = lacking(fresh)
    over = not lacks or watch.tries >= len(GRACE_SECONDS)
    step.state, step.progress, step.lacks = fresh.state, fresh.progress, lacks
    if not watch.state.terminal:
        first = _entered(step, fresh, now=now).transition
        step.transition = replace(first, ends_watch=over) if first else None
        return step
    gained = watch.lacks - lacks
    if gained or over:
        step.transition = Transition(
            task_key=watch.key,
            at=now.at,
            snapshot=fresh,
            tell=Tell.AMEND if gained else None,
            ends_watch=over,
        )
    return step


def _missing(
    watch: Watch, found: Snapshot | None, *, now: Moment, options: WatchOptions
) -> Step:
    if found is not None:
        watch.misses = 0
        step = Step(watch=watch)
        if found.terminal:
            return _ended(step, found, now=now)
        return _entered(step, found, now=now)
    watch.misses += 1
    if watch.misses == 1:
        watch.missed_at = now.seconds
    verdict = of_missing(watch, now=now.seconds, options=options)
    return Step(watch=watch, transition=_judged(watch.key, verdict, at=now.at))


def _unchanged(watch: Watch, *, now: Moment, options: WatchOptions) -> Step:
    verdict = of_unchanged(watch, now=now.seconds, options=options)
    return Step(watch=watch, transition=_judged(watch.key, verdict, at=now.at))


def _judged(
    key: TaskKey, verdict: Verdict | None, *, at: datetime
) -> Transition | None:
    if verdict is None:
        return None
    return Transition(
        task_key=key,
        at=at,
        standing=verdict.standing,
        tell=verdict.tell,
        ends_watch=verdict.ends_watch,
    )


def _fine(watch: Watch) -> Standing | None:
    return None if watch.standing is Standing.FINE else Standing.FINE


def _apply(step: Step, *, now: Moment) -> None:
    watch = step.watch
    if step.probe is not None:
        watch.misses = 0
        watch.looks += 1
    if step.retry or (watch.state.terminal and step.probe is not None):
        watch.tries += 1
    if step.retry:
        return
    if step.probe is not None:
        watch.mark = (step.probe.status, step.probe.progress)
    watch.lacks = step.lacks
    if step.transition is None:
        return
    watch.state = step.state or watch.state
    watch.progress = watch.progress if step.progress is None else step.progress
    watch.standing = step.transition.standing or watch.standing
    if step.state or step.progress is not None:
        watch.changed_at = now.seconds
