"""The real cards as Telegram shows them: each state, each action, light and long."""

from dataclasses import replace
from typing import Any, Final

import pytest
from msgspec import structs
from syrupy.assertion import SnapshotAssertion

from adapters.telegram.limits import PLATFORM
from adapters.telegram.render import render
from bot.domain.subscription import Person
from bot.domain.task import Snapshot
from bot.domain.transition import Tell
from bot.present.card import Card
from bot.present.reader import Reader
from bot.present.ring import ring_card
from bot.present.task_card import shrunk_card, task_card
from tests.fakes.telegram.model import World
from tests.fakes.telegram.rules import keyboard
from tests.fakes.telegram.text import read
from tests.unit.card_samples import (
    ACTIONS,
    DONE,
    READERS,
    RUNNING,
    STATES,
    note,
    silent_card,
    task,
)

ASKER: Final = Person(platform=PLATFORM, id="5000000001", name="Ann")
by_language = pytest.mark.parametrize("reader", READERS, ids=lambda r: r.language)


def drawn(card: Card, *, caption: bool = False) -> dict[str, Any]:
    """What leaves, checked by the fake's rules."""
    words = render(card, caption=caption)
    entities = [each.to_dict() for each in words.entities]
    read(World(), words.text, None, entities)
    markup = words.keyboard.to_dict() if words.keyboard else {}
    keyboard({"reply_markup": markup} if markup else {})
    return {
        "text": words.text,
        "entities": [_short(each, words.text) for each in entities],
        "rows": [
            [f"{key['text']} [{key.get('style', '')}]" for key in row]
            for row in markup.get("inline_keyboard", ())
        ],
    }


def _short(entity: dict[str, Any], text: str) -> str:
    """An entity by its kind and the words it stands on."""
    begin, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
    words = text.encode("utf-16-le")[begin:end].decode("utf-16-le")
    return f"{entity['type']}: {words[:40]}"


@by_language
@pytest.mark.parametrize("name", STATES)
def test_each_state(name: str, reader: Reader, snapshot: SnapshotAssertion) -> None:
    seen, standing = STATES[name]
    card = task_card(task(seen, standing), reader, watched=True)
    assert drawn(card) == snapshot


@by_language
@pytest.mark.parametrize("seen", [None, RUNNING], ids=["unseen", "running"])
def test_a_silent_relay(
    seen: Snapshot | None, reader: Reader, snapshot: SnapshotAssertion
) -> None:
    assert drawn(silent_card(seen, reader)) == snapshot


@by_language
@pytest.mark.parametrize("action", ACTIONS)
def test_each_action(action: str, reader: Reader, snapshot: SnapshotAssertion) -> None:
    seen = structs.replace(
        DONE, action=action, buttons=(), final_prompt="a boat, a lake"
    )
    assert drawn(task_card(task(seen), reader, watched=False)) == snapshot


@by_language
@pytest.mark.parametrize("tell", [t for t in Tell if t is not Tell.AMEND])
def test_each_ring(tell: Tell, reader: Reader, snapshot: SnapshotAssertion) -> None:
    seen = DONE if tell is Tell.ENDED else RUNNING
    ring = replace(note(tell, task(seen)), askers=(ASKER,))
    told = drawn(ring_card(ring, reader), caption=True)
    assert f"text_mention: {ASKER.name}" in told["entities"]
    assert told == snapshot


@by_language
def test_a_card_whose_ring_is_out(reader: Reader, snapshot: SnapshotAssertion) -> None:
    assert drawn(shrunk_card(task(DONE), reader)) == snapshot
