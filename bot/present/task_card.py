"""A task as a card: state and prompt first, then what is known, nothing that is not."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from bot.domain.buttonref import Verb
from bot.domain.subscription import Standing, StoredTask
from bot.domain.task import TEXT_ACTIONS, Snapshot, State
from bot.domain.transition import Tell
from bot.present.buttons import (
    ended_buttons,
    own_key_button,
    relay_buttons,
    running_buttons,
    task_button,
)
from bot.present.card import Block, Card, CardButton, Span
from bot.present.faces import ABANDONED, DOT, face_of, percent_of, title_block
from bot.present.reader import Reader, code, quote
from bot.present.text import bar, outside, outside_text

PROMPT_LIMIT: Final = 300
RESULT_LIMIT: Final = 1500  # DESCRIBE and SHORTEN: the text is the result
REASON_LIMIT: Final = 300
_WORD_LIMIT: Final = 40
_RESULTS: Final = {
    "DESCRIBE": ("final_prompt", "prompt", "prompt_en"),
    "SHORTEN": ("final_prompt", "prompt_en", "prompt"),
}


def task_card(
    task: StoredTask,
    reader: Reader,
    *,
    watched: bool,
    previews: bool = False,
    silent_since: datetime | None = None,
) -> Card:
    """Show a task as it stands.

    Args:
        task: The task.
        reader: Who reads.
        watched: Whether this chat watches it: *Stop* instead of *Watch*.
        previews: A preview picture goes with the card while it runs.
        silent_since: Since when its relay has not answered; what was seen since then
            is shown without a word of it.
    """
    blocks = [title_block(task, reader), *body(task, reader)]
    if previews and task.snapshot is not None and task.snapshot.previewed:
        blocks.insert(-1, reader.say("card.preview"))
    if silent_since and _unheard(task, silent_since):
        blocks.insert(1, silent_block(task, reader, silent_since))
    return reader.card(
        *blocks,
        tone=face_of(task).tone,
        buttons=task_buttons(task, reader, watched=watched),
    )


def shrunk_card(task: StoredTask, reader: Reader) -> Card:
    """What a live card becomes when its ring is out: one line."""
    return reader.card(title_block(task, reader), tone=face_of(task).tone)


def body(
    task: StoredTask, reader: Reader, *, tell: Tell | None = None
) -> Iterator[Block]:
    """All of a card below its first line, the id last; no block is empty."""
    yield from _standing(task, reader, tell)
    if task.snapshot and face_of(task, tell) not in ABANDONED:
        yield from _bar(task.snapshot, reader)
    if task.snapshot:
        yield from _known(task.snapshot, reader)
    if reader.relays_shown:
        yield reader.say("card.relay", relay=outside(task.relay, _WORD_LIMIT))
    yield code(task.task_id)


def task_buttons(
    task: StoredTask, reader: Reader, *, watched: bool, tell: Tell | None = None
) -> tuple[tuple[CardButton, ...], ...]:
    """The groups of buttons that a task's standing calls for."""
    snapshot = task.snapshot
    if snapshot and snapshot.terminal:
        return (relay_buttons(task), _after_the_end(task, snapshot, reader))
    if Standing.GIVEN_UP is task.standing or tell is Tell.GAVE_UP:
        label = reader.words("button.go_on")
        go_on = task_button(Verb.GO_ON, task, label, emoji="🔔", style=1)
        return ((go_on, running_buttons(task, reader, watched=True)[-1]),)
    if Standing.LOST is task.standing or tell is Tell.LOST:
        refresh = running_buttons(task, reader, watched=True)[-1]
        return ((refresh, own_key_button(reader)),)
    return (running_buttons(task, reader, watched=watched),)


def silent_block(task: StoredTask, reader: Reader, since: datetime) -> Block:
    """Say since when the relay has not answered."""
    if reader.relays_shown:
        relay, at = outside(task.relay, _WORD_LIMIT), reader.instant(since)
        return reader.say("card.silent_named", relay=relay, since=at)
    return reader.say("card.silent", since=reader.instant(since))


def action_words(snapshot: Snapshot, reader: Reader) -> str:
    """Name action and mode in the reader's words, or in the relay's."""
    named = (
        _word("action", snapshot.action, reader),
        _word("mode", snapshot.mode, reader),
    )
    return DOT.join(word for word in named if word)


def result_text(snapshot: Snapshot) -> str:
    """The text that DESCRIBE and SHORTEN end with; "" for every other task."""
    action = (snapshot.action or "").upper()
    if snapshot.state is not State.SUCCEEDED or action not in TEXT_ACTIONS:
        return ""
    texts = (getattr(snapshot, field) for field in _RESULTS[action])
    return next((text for text in texts if text), "")


def _after_the_end(
    task: StoredTask, snapshot: Snapshot, reader: Reader
) -> tuple[CardButton, ...]:
    text_only = (snapshot.action or "").upper() in TEXT_ACTIONS
    seed = snapshot.state is State.SUCCEEDED and not text_only
    return ended_buttons(task, reader, seed=seed)


def _unheard(task: StoredTask, since: datetime) -> bool:
    """Whether a silence hides how a task stands: somebody's look may have found out."""
    seen_since = task.looked_at is not None and task.looked_at > since
    return not (_over(task) or seen_since)


def _over(task: StoredTask) -> bool:
    return bool(task.snapshot and task.snapshot.terminal)


def _standing(task: StoredTask, reader: Reader, tell: Tell | None) -> Iterator[Block]:
    face = face_of(task, tell)
    key = f"card.{face.key}"
    if key in reader.words:
        yield reader.say(
            key, relay=reader.relay(task.relay), changed=reader.ago(task.changed_at)
        )


def _bar(snapshot: Snapshot, reader: Reader) -> Iterator[Block]:
    percent = percent_of(snapshot)
    if percent is not None:
        words = f"{bar(percent)} {reader.words.percent(percent)}"
        yield Block((Span(words),))


def _known(snapshot: Snapshot, reader: Reader) -> Iterator[Block]:
    yield from _texts(snapshot)
    if action := action_words(snapshot, reader):
        yield Block((Span(action),))
    yield from _time(snapshot, reader)
    if reason := outside(snapshot.fail_reason, REASON_LIMIT):
        yield reader.say("card.reason", reason=reason)


def _texts(snapshot: Snapshot) -> Iterator[Block]:
    result = result_text(snapshot)
    if snapshot.prompt != result and (text := outside(snapshot.prompt, PROMPT_LIMIT)):
        yield quote(text)
    if text := outside_text(result, RESULT_LIMIT):
        yield quote(text)


def _time(snapshot: Snapshot, reader: Reader) -> Iterator[Block]:
    begun = reader.believable(snapshot.started_at or snapshot.submitted_at)
    begun = begun or reader.believable(snapshot.submitted_at)
    ended = reader.believable(snapshot.finished_at)
    if not begun:
        return
    if not snapshot.terminal:
        yield reader.say("card.begun", ago=reader.ago(begun))
    elif ended and ended >= begun:
        yield reader.say("card.took", duration=reader.words.duration(ended - begun))


def _word(kind: str, word: str | None, reader: Reader) -> str:
    shown = outside(word, _WORD_LIMIT)
    key = f"{kind}.{shown.lower()}"
    return reader.words(key) if shown and key in reader.words else shown
