"""The real cards as Discord shows them: each state, each action, light and long."""

from dataclasses import replace
from typing import Any, Final

import pytest
from msgspec import structs
from syrupy.assertion import SnapshotAssertion

from adapters.discord.render import Payload, render
from bot.domain.subscription import Person, Platform
from bot.domain.task import Snapshot
from bot.domain.transition import Tell
from bot.present.card import Card
from bot.present.reader import Reader
from bot.present.ring import ring_card
from bot.present.task_card import shrunk_card, task_card
from tests.fakes.discord.rules import Place, check_message
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

ASKER: Final = Person(platform=Platform("discord"), id="123456789012345678", name="Ann")
by_language = pytest.mark.parametrize("reader", READERS, ids=lambda r: r.language)


def drawn(card: Card, *, loud: bool = False) -> list[dict[str, Any]]:
    """What leaves, checked by the fake's rules."""
    return [_told(payload) for payload in render(card, loud=loud)]


def _told(payload: Payload) -> dict[str, Any]:
    embeds = [payload.embed.to_dict()] if payload.embed else []
    check_message({"content": payload.content, "embeds": embeds}, Place("create"))
    rows = [
        [f"{key.emoji or ''} {key.label or ''} [{key.style}]".strip() for key in row]
        for row in payload.rows
    ]
    return {"content": payload.content, "embeds": embeds, "rows": rows}


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
    told = drawn(ring_card(ring, reader), loud=True)
    assert f"<@{ASKER.id}>" in told[0]["content"]
    assert told == snapshot


@by_language
def test_a_card_whose_ring_is_out(reader: Reader, snapshot: SnapshotAssertion) -> None:
    assert drawn(shrunk_card(task(DONE), reader)) == snapshot
