"""The buttons under a card: ours by verb, the relay's by position."""

from typing import Final

from bot.domain.buttonref import ButtonRef, Verb, check_of
from bot.domain.subscription import StoredTask
from bot.domain.task import Button, TaskKey
from bot.present.card import CardButton
from bot.present.reader import Reader
from bot.present.text import outside

LABEL_LIMIT: Final = 40  # phone first; the strictest platform takes 80
NO_TASK: Final = TaskKey(0)
_STYLES: Final = range(1, 5)


def task_button(
    verb: Verb,
    task: StoredTask,
    label: str,
    *,
    emoji: str | None = None,
    style: int = 2,
) -> CardButton:
    """Make a button of ours for one task; its check is `check_of(task_id)`."""
    ref = ButtonRef(verb=verb, task_key=task.key, check=check_of(task.task_id))
    return CardButton(label=label, emoji=emoji, style=style, ref=str(ref))


def free_button(verb: Verb, label: str, *, position: int = 0) -> CardButton:
    """Make a button that belongs to no task."""
    ref = ButtonRef(verb=verb, task_key=NO_TASK, position=position)
    return CardButton(label=label, ref=str(ref))


def relay_buttons(task: StoredTask) -> tuple[CardButton, ...]:
    """The relay's buttons in its order; each reports its customId when pressed."""
    if task.snapshot is None:
        return ()
    return tuple(
        _report_button(task, position, button)
        for position, button in enumerate(task.snapshot.buttons)
    )


def label_of(button: Button) -> str:
    """What a person sees on a relay's button; never empty."""
    return outside(button.label, LABEL_LIMIT) or button.emoji or "?"


def running_buttons(
    task: StoredTask, reader: Reader, *, watched: bool
) -> tuple[CardButton, ...]:
    """*Watch*, or *Stop* where it is watched, and *Refresh*."""
    refresh = task_button(
        Verb.REFRESH, task, reader.words("button.refresh"), emoji="🔄"
    )
    if watched:
        stop = task_button(Verb.STOP, task, reader.words("button.stop"), emoji="🔕")
        return (stop, refresh)
    watch = task_button(
        Verb.WATCH, task, reader.words("button.watch"), emoji="🔔", style=1
    )
    return (watch, refresh)


def ended_buttons(
    task: StoredTask, reader: Reader, *, seed: bool
) -> tuple[CardButton, ...]:
    """*Seed*, *Details*, *All customIds*, as far as there is something to show."""
    words = reader.words
    snapshot = task.snapshot
    verbs = [
        (Verb.SEED, "button.seed", "🌱", seed),
        (Verb.DETAILS, "button.details", "🔎", True),
        (Verb.CUSTOM_IDS, "button.custom_ids", "📋", snapshot and snapshot.buttons),
    ]
    return tuple(
        task_button(verb, task, words(key), emoji=emoji)
        for verb, key, emoji, wanted in verbs
        if wanted
    )


def own_key_button(reader: Reader) -> CardButton:
    """*Use my own key*."""
    return free_button(Verb.OWN_KEY, reader.words("button.own_key"))


def paging(verb: Verb, page: int, pages: int, reader: Reader) -> tuple[CardButton, ...]:
    """Offer the neighbouring pages, counted from 0."""
    steps = ((page - 1, "button.newer"), (page + 1, "button.older"))
    return tuple(
        free_button(verb, reader.words(key), position=target)
        for target, key in steps
        if 0 <= target < pages
    )


def _report_button(task: StoredTask, position: int, button: Button) -> CardButton:
    check = check_of(task.task_id, button.custom_id)
    ref = ButtonRef(verb=Verb.REPORT, task_key=task.key, position=position, check=check)
    label = outside(button.label, LABEL_LIMIT)
    if button.emoji and label == button.emoji:
        label = ""
    return CardButton(
        label=label or ("" if button.emoji else "?"),
        emoji=button.emoji,
        style=button.style if button.style in _STYLES else 2,
        ref=str(ref),
    )
