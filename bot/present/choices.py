"""A chat's settings as a card of toggles, and what each press chooses.

A button's position is a promise: old messages keep working, so a number is never
given a new meaning.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import IntEnum
from typing import Any, Final

from bot.domain.buttonref import ButtonRef, Verb, check_of
from bot.domain.subscription import ChatSettings
from bot.domain.task import RelayName
from bot.present.buttons import LABEL_LIMIT, NO_TASK
from bot.present.card import Block, Card, CardButton, Ink, Span
from bot.present.reader import Reader
from bot.present.text import outside


class Choice(IntEnum):
    """Position of a Verb.SETTING button -> what it chooses."""

    ENGLISH = 0
    CHINESE = 1
    LIVE_CARD_ON = 2
    LIVE_CARD_OFF = 3
    MENTION_ON = 4
    MENTION_OFF = 5
    SILENT_ON = 6
    SILENT_OFF = 7
    LISTENING_ON = 8
    LISTENING_OFF = 9
    PREVIEWS_ON = 10
    PREVIEWS_OFF = 11
    RELAY = 12  # which one: check == check_of(relay's name)
    KEY_ON = 13  # looks here may use the presser's own relay keys
    KEY_OFF = 14


_TOGGLES: Final[tuple[tuple[str, Choice, Choice], ...]] = (
    ("live_card", Choice.LIVE_CARD_ON, Choice.LIVE_CARD_OFF),
    ("mention", Choice.MENTION_ON, Choice.MENTION_OFF),
    ("silent", Choice.SILENT_ON, Choice.SILENT_OFF),
    ("previews", Choice.PREVIEWS_ON, Choice.PREVIEWS_OFF),
    ("listening", Choice.LISTENING_ON, Choice.LISTENING_OFF),
)
_FLAGS: Final = {
    choice: (field, choice is on) for field, on, off in _TOGGLES for choice in (on, off)
}
LENDING: Final[Mapping[int, bool]] = {Choice.KEY_ON: True, Choice.KEY_OFF: False}
_LANGUAGES: Final = {Choice.ENGLISH: "en", Choice.CHINESE: "zh"}
_NAMES: Final = {Choice.ENGLISH: "English", Choice.CHINESE: "中文"}


def settings_card(
    settings: ChatSettings,
    reader: Reader,
    *,
    relays: Sequence[RelayName] = (),
    can_listen: bool = False,
    lender: str | None = None,
) -> Card:
    """Show a chat's settings; each button chooses the other value.

    Args:
        settings: As they are.
        reader: Who reads.
        relays: All configured relays, the program's default first; chosen from
            only where there are several.
        can_listen: The operator allows listening.
        lender: The reader, `platform:id`, if they could let the chat use their key.
    """
    toggles = [row for row in _TOGGLES if can_listen or row[0] != "listening"]
    lines = [_line(settings, row[0], reader) for row in toggles]
    several = relays if len(relays) > 1 else ()
    if several:
        chosen = outside(settings.default_relay or several[0], LABEL_LIMIT)
        lines.insert(0, reader.say("settings.relay", relay=Span(chosen, Ink.BOLD)))
    lending = _lending(settings, lender, reader)
    if lending is not None:
        lines.append(lending[0])
    groups = (
        _languages(settings),
        tuple(_relay_button(name) for name in several),
        tuple(_toggle_button(settings, row, reader) for row in toggles),
        lending[1:] if lending else (),
    )
    return reader.card(reader.say("settings.title"), *lines, buttons=groups)


def choose(
    settings: ChatSettings, ref: ButtonRef, *, relays: Sequence[RelayName] = ()
) -> ChatSettings | None:
    """Apply a pressed setting; None if it chooses nothing that there is (any more)."""
    if ref.verb is not Verb.SETTING or ref.position not in set(Choice):
        return None
    choice = Choice(ref.position)
    if choice in _LANGUAGES:
        return replace(settings, language=_LANGUAGES[choice])
    if choice is Choice.RELAY:
        found = [name for name in relays if check_of(name) == ref.check]
        return replace(settings, default_relay=found[0]) if found else None
    field, value = _FLAGS[choice]
    changed: dict[str, Any] = {field: value}
    return replace(settings, **changed)


def _line(settings: ChatSettings, field: str, reader: Reader) -> Block:
    words = reader.words
    value = words("settings.on" if getattr(settings, field) else "settings.off")
    return reader.say(f"settings.{field}", value=Span(value, Ink.BOLD))


def _lending(
    settings: ChatSettings, lender: str | None, reader: Reader
) -> tuple[Block, CardButton] | None:
    """Say whose relay key looks here use, and offer the other; None: not to be said."""
    owner = settings.key_owner
    if owner is None and lender is None:
        return None
    whose = "operator" if owner is None else "member"
    whose = "yours" if owner is not None and owner == lender else whose
    value = Span(reader.words(f"settings.key.{whose}"), Ink.BOLD)
    choice = Choice.KEY_ON if owner is None else Choice.KEY_OFF
    label = reader.words("settings.name.key" if owner is None else "settings.key.end")
    return (
        reader.say("settings.key", value=value),
        _button(choice, label, chosen=False),
    )


def _languages(settings: ChatSettings) -> tuple[CardButton, ...]:
    return tuple(
        _button(choice, _NAMES[choice], chosen=settings.language == language)
        for choice, language in _LANGUAGES.items()
    )


def _relay_button(name: RelayName) -> CardButton:
    ref = ButtonRef(
        verb=Verb.SETTING,
        task_key=NO_TASK,
        position=Choice.RELAY,
        check=check_of(name),
    )
    return CardButton(label=outside(name, LABEL_LIMIT), ref=str(ref))


def _toggle_button(
    settings: ChatSettings, row: tuple[str, Choice, Choice], reader: Reader
) -> CardButton:
    field, on, off = row
    is_on = bool(getattr(settings, field))
    return _button(
        off if is_on else on, reader.words(f"settings.name.{field}"), chosen=is_on
    )


def _button(choice: Choice, label: str, *, chosen: bool) -> CardButton:
    ref = ButtonRef(verb=Verb.SETTING, task_key=NO_TASK, position=choice)
    return CardButton(
        label=f"✓ {label}" if chosen else label, style=1 if chosen else 2, ref=str(ref)
    )
