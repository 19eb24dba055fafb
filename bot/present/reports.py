"""What a pressed button reports: the customId, letter for letter."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.subscription import StoredTask
from bot.domain.task import Button
from bot.present.buttons import label_of
from bot.present.card import Card, CardButton, Ink, Span
from bot.present.faces import name_of
from bot.present.reader import Reader, pre
from bot.present.text import units

_PRE_LIMIT: Final = 1500  # UTF-16 units of one card's code, below every platform's
_COPY_LIMIT: Final = 256  # core.telegram.org/bots/api#copytextbutton
_PROMPT_LIMIT: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitCall:
    """How follow-ups are submitted to a relay.

    Attributes:
        url: `<base>{prefix}/submit/action`.
        header: The header that carries the key; None where there is no key.
    """

    url: str
    header: str | None = "Authorization: Bearer $RELAY_KEY"


def report_card(task: StoredTask, index: int, reader: Reader) -> Card:
    """Report the pressed customId and nothing else, with all of them to copy.

    The copy buttons are for doors that have such buttons; others leave them out.

    Raises:
        IndexError: The task has no such button; see `stale_button_card`.
    """
    buttons = _buttons(task)
    copies = tuple(
        CardButton(
            label=label_of(each), emoji=_other(each.emoji, each), copy=each.custom_id
        )
        for each in buttons
        if len(each.custom_id) <= _COPY_LIMIT
    )
    report = reader.card(pre(buttons[index].custom_id), buttons=(copies,))
    return replace(report, bare=True)


def explain_card(task: StoredTask, index: int, reader: Reader) -> Card:
    """Say what the reported customId is, for beside the bare report."""
    label = Span(label_of(_buttons(task)[index]), Ink.BOLD)
    prompt = name_of(task, _PROMPT_LIMIT)
    return reader.card(
        reader.say("report.what", label=label, prompt=prompt),
        reader.say("report.next"),
    )


def custom_ids_cards(
    task: StoredTask, reader: Reader, *, call: SubmitCall
) -> tuple[Card, ...]:
    """All customIds of a task as JSON to paste, and the ready call.

    Long ones go on in further cards, each a whole JSON object of its own.
    """
    named = list(_unique(_buttons(task)))
    if not named:
        return (reader.card(reader.say("report.none")),)
    first = named[0][1]
    head = reader.say("report.all", prompt=name_of(task, _PROMPT_LIMIT))
    first_part, *parts = (pre(_object(part)) for part in _parts(named))
    return (
        reader.card(head, first_part),
        *(reader.card(part) for part in parts),
        reader.card(reader.say("report.call"), pre(_curl(task, first, call))),
    )


def stale_button_card(reader: Reader) -> Card:
    """The relay has changed the task's buttons since this one was made."""
    return reader.card(reader.say("report.stale"))


def unknown_button_card(reader: Reader) -> Card:
    """A press that is none of ours, or of a task that was forgotten."""
    return reader.card(reader.say("report.unknown"))


def _buttons(task: StoredTask) -> Sequence[Button]:
    return task.snapshot.buttons if task.snapshot else ()


def _other(emoji: str | None, button: Button) -> str | None:
    return None if emoji == label_of(button) else emoji


def _unique(buttons: Sequence[Button]) -> Iterator[tuple[str, str]]:
    """Name each customId by its label; the second of a name gets a number."""
    seen: dict[str, int] = {}
    for button in buttons:
        label = label_of(button)
        seen[label] = seen.get(label, 0) + 1
        count = seen[label]
        yield (label if count == 1 else f"{label} ({count})"), button.custom_id


def _object(named: Sequence[tuple[str, str]]) -> str:
    return json.dumps(dict(named), ensure_ascii=False, indent=2)


def _parts(named: Sequence[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    parts: list[list[tuple[str, str]]] = [[]]
    for each in named:
        if parts[-1] and units(_object([*parts[-1], each])) > _PRE_LIMIT:
            parts.append([])
        parts[-1].append(each)
    return parts


def _curl(task: StoredTask, custom_id: str, call: SubmitCall) -> str:
    """Write the call; the key stays the name of a variable."""
    sent = json.dumps(
        {"taskId": task.task_id, "customId": custom_id}, ensure_ascii=False
    )
    lines = [f"curl -X POST {_shell(call.url)}"]
    if call.header:
        lines.append(f'  -H "{call.header}"')
    lines += ["  -H 'Content-Type: application/json'", f"  -d {_shell(sent)}"]
    return " \\\n".join(lines)


def _shell(word: str) -> str:
    quoted = word.replace("'", "'\\''")
    return f"'{quoted}'"
