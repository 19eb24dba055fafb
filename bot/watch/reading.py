"""What one batch answer says about its watches: pure, from words to steps.

Steps are applied to the watches only after their transitions were written, so that
what memory on disk does not hold is looked at again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from bot.domain.look import Seen, Unknown
from bot.domain.observe import lacking, observe
from bot.domain.subscription import Standing
from bot.domain.task import Snapshot, State, TaskKey, merge
from bot.domain.transition import Tell, Transition
from bot.relay.batch import Batch
from bot.relay.probe import Probe
from bot.watch.options import WatchOptions
from bot.watch.rota import GRACE_SECONDS
from bot.watch.verdict import Verdict, of_missing, of_unchanged, worth_a_fetch
from bot.watch.watch import Watch

TRIES_FOR_FULL: Final = 3  # then a slim end is told as it is


class Step(msgspec.Struct, kw_only=True, gc=False):
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


@dataclass(frozen=True, slots=True)
class News:
    """One answer, sorted: most of it says nothing new.

    Attributes:
        changed: Watches whose tasks may be in another state than last time.
        moved: Those in the same of which other words were said.
        unmoved: Those that have been as before for long.
        missed: Those whose tasks the relay did not know.
    """

    answer: Batch
    changed: list[tuple[Watch, Probe]]
    moved: list[tuple[Watch, Probe]]
    unmoved: list[Watch]
    missed: list[Watch]


def sift(
    batch: Sequence[Watch], answer: Batch, *, now: float, options: WatchOptions
) -> News:
    """Find what is new; `now` in account seconds.

    Watches that were not answered for are passed over: that counts for nothing. Each
    look comes by here, so nothing is made for one that found all as before.
    """
    known, old = answer.known, now - options.stuck_seconds
    changed: list[tuple[Watch, Probe]] = []
    moved: list[tuple[Watch, Probe]] = []
    unmoved: list[Watch] = []
    for watch in batch:
        probe = known.get(watch.task_id)
        if probe is None:
            continue
        if probe != watch.mark or watch.lacks:
            (moved if _stays(watch, probe) else changed).append((watch, probe))
            continue
        watch.misses = 0
        watch.looks += 1
        if watch.changed_at <= old:
            unmoved.append(watch)
    return News(answer, changed, moved, unmoved, _missed(batch, answer))


def wants_full(news: News, *, now: float, options: WatchOptions) -> list[Watch]:
    """Name the watches whose list object is not enough; `now` in account seconds.

    Those are slim ends, and tasks about to be called lost: some relays list a task
    under another id than the one it is fetched by.
    """
    slim = [
        watch
        for watch, probe in news.changed
        if probe.state.terminal and news.answer.snapshot(watch.task_id).slim
    ]
    return slim + [w for w in news.missed if worth_a_fetch(w, now=now, options=options)]


def read(
    news: News,
    full: Mapping[str, Seen | Unknown],
    *,
    now: Moment,
    options: WatchOptions,
) -> list[Step]:
    """Say what becomes of the watches for which anything changed.

    Args:
        news: What was said of them.
        full: What single looks at `wants_full` gave, where they gave anything.
        now: When the answer came.
        options: How patient to be.
    """
    steps = [
        _missing(watch, full.get(watch.task_id), now=now, options=options)
        for watch in news.missed
    ]
    old = now.seconds - options.stuck_seconds
    steps += [_moved(watch, probe, now=now) for watch, probe in news.moved]
    steps += [
        _changed(watch, probe, news.answer, full=full, now=now)
        for watch, probe in news.changed
    ]
    for step in steps:
        said = step.transition or step.retry or step.probe is None
        if not said and step.watch.changed_at <= old:
            step.transition = _unchanged(step.watch, now=now, options=options)
    for watch in news.unmoved:
        verdict = _unchanged(watch, now=now, options=options)
        steps.append(Step(watch=watch, transition=verdict))
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


def _missed(batch: Sequence[Watch], answer: Batch) -> list[Watch]:
    """The watches whose tasks the relay did not know."""
    if not answer.missing:
        return []
    watches = {watch.task_id: watch for watch in batch}
    return [watches[each] for each in answer.missing]


def _changed(
    watch: Watch,
    probe: Probe,
    answer: Batch,
    *,
    full: Mapping[str, Seen | Unknown],
    now: Moment,
) -> Step:
    step = Step(watch=watch, probe=probe)
    if watch.state.terminal:
        return _ended(step, _best(watch, answer, full), now=now)
    fresh = _best(watch, answer, full)
    if not fresh.terminal:
        return _entered(step, fresh, now=now)
    step.retry = fresh.slim and watch.tries < TRIES_FOR_FULL
    return step if step.retry else _ended(step, fresh, now=now)


def _best(watch: Watch, answer: Batch, full: Mapping[str, Seen | Unknown]) -> Snapshot:
    listed, single = answer.snapshot(watch.task_id), full.get(watch.task_id)
    return merge(listed, single.snapshot) if isinstance(single, Seen) else listed


def _stays(watch: Watch, probe: Probe) -> bool:
    """Whether a task runs on in the state that is known of it."""
    seen = watch.standing is not Standing.UNSEEN
    return probe.state is watch.state and seen and not watch.state.terminal


def _moved(watch: Watch, probe: Probe, *, now: Moment) -> Step:
    known, percent = watch.progress, probe.percent
    if percent is None or (known is not None and percent <= known):
        return Step(watch=watch, probe=probe)
    moved = Transition(
        task_key=watch.key, at=now.at, progress=percent, standing=_fine(watch)
    )
    return Step(watch=watch, probe=probe, progress=percent, transition=moved)


def _entered(step: Step, fresh: Snapshot, *, now: Moment) -> Step:
    watch = step.watch
    step.transition = observe(
        watch.key, state=watch.state, progress=watch.progress, fresh=fresh, at=now.at
    )
    if step.transition is not None:
        step.state, step.progress = fresh.state, fresh.progress
    if watch.standing is Standing.UNSEEN:  # memory knows nothing of it yet
        seen = step.transition or Transition(
            task_key=watch.key, at=now.at, standing=Standing.FINE
        )
        step.transition = msgspec.structs.replace(seen, snapshot=fresh)
    return step


def _ended(step: Step, fresh: Snapshot, *, now: Moment) -> Step:
    """An end, seen now or before; the watch goes on a little if something is late."""
    watch = step.watch
    if watch.state.terminal:
        return _late(step, fresh, now=now)
    step.state, step.progress, step.lacks = fresh.state, fresh.progress, lacking(fresh)
    step.transition = Transition(
        task_key=watch.key,
        at=now.at,
        state=fresh.state,
        progress=fresh.progress,
        snapshot=fresh,
        standing=Standing.FINE,
        tell=Tell.ENDED,
        ends_watch=not step.lacks,
    )
    return step


def _late(step: Step, fresh: Snapshot, *, now: Moment) -> Step:
    """A further look at an end that lacked something."""
    watch = step.watch
    shown = fresh.terminal  # one that seems to run again shows nothing of its end
    step.lacks = watch.lacks & lacking(fresh) if shown else watch.lacks
    gained = watch.lacks - step.lacks
    over = not step.lacks or watch.tries + 1 >= len(GRACE_SECONDS)
    if gained or over:
        step.transition = Transition(
            task_key=watch.key,
            at=now.at,
            snapshot=fresh if gained else None,
            tell=Tell.AMEND if gained else None,
            ends_watch=over,
        )
    return step


def _missing(
    watch: Watch, look: Seen | Unknown | None, *, now: Moment, options: WatchOptions
) -> Step:
    step = Step(watch=watch)
    if isinstance(look, Seen):
        watch.misses = 0
        enter = _ended if look.snapshot.terminal else _entered
        return enter(step, look.snapshot, now=now)
    if watch.state.terminal:
        step.lacks = watch.lacks
        over = watch.tries + 1 >= len(GRACE_SECONDS)
        step.transition = _over(watch, now=now) if over else None
        return step
    watch.misses += 1
    if watch.misses == 1:
        watch.missed_at = now.seconds
    # The list's word alone is not enough: the single look must have said it too.
    sure = isinstance(look, Unknown)
    verdict = of_missing(watch, now=now.seconds, options=options) if sure else None
    step.transition = _judged(watch.key, verdict, at=now.at)
    return step


def _unchanged(
    watch: Watch, *, now: Moment, options: WatchOptions
) -> Transition | None:
    verdict = of_unchanged(watch, now=now.seconds, options=options)
    return _judged(watch.key, verdict, at=now.at)


def _over(watch: Watch, *, now: Moment) -> Transition:
    return Transition(task_key=watch.key, at=now.at, ends_watch=True)


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
    if step.retry or watch.state.terminal:
        watch.tries += 1
    if step.retry:
        return
    if step.probe is not None:
        watch.mark = step.probe
    watch.lacks = step.lacks
    if step.transition is None:
        return
    if step.state is not None and step.state.terminal and not watch.state.terminal:
        watch.tries = 0  # what getting it in full took is another count
    watch.state = step.state or watch.state
    watch.progress = watch.progress if step.progress is None else step.progress
    watch.standing = step.transition.standing or watch.standing
    if step.state or step.progress is not None:
        watch.changed_at = now.seconds
