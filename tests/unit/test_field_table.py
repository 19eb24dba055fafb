"""ARCHITECTURE.md's table of fields: whole, and true of the JSON and of every card."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from bot.domain.task import RelayName, Snapshot, TaskId
from bot.domain.transition import Tell
from bot.present.details import details_card
from bot.present.record import record
from bot.present.reports import SubmitCall, custom_ids_cards, explain_card, report_card
from bot.present.ring import ring_card
from bot.present.task_card import task_card
from bot.relay.wire import FIELDS, read_snapshot
from tests.fakes.relay import PAGES, SAMPLES
from tests.unit.card_samples import EN, note, task, text

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| `([\w.\[\]]+)` \| (shown|JSON|hidden) \| (.*) \|$", re.MULTILINE)
TABLE = {
    name: (fate, why)
    for name, fate, why in ROW.findall((ROOT / "ARCHITECTURE.md").read_text("utf-8"))
}
MARK = "c4n4ry"
# What is read as something else than text: numbers, instants, words, addresses.
JUDGED = re.compile(r"status|progress|\w+(Time|Height|Width|Urls?)|.*\.(emoji|style)")


def names_in(value: object, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            here = f"{path}.{name}" if path else name
            yield here
            yield from names_in(inner, here)
    elif isinstance(value, list):
        for inner in value:
            yield from names_in(inner, f"{path}[]")


def put(value: dict[str, Any], path: list[str], mark: str) -> bool:
    """Put a mark wherever a path leads to a text or a number; say whether it did."""
    name, rest = path[0], path[1:]
    if name.endswith("[]"):
        inner = value.get(name[:-2]) or []
        marks = [put(each, rest, mark) for each in inner if isinstance(each, dict)]
        return any(marks)
    if rest:
        return put(value.get(name) or {}, rest, mark)
    if isinstance(value.get(name), dict | list | None):
        return False
    value[name] = mark
    return True


def marked(page: str, field: str) -> dict[str, Any] | None:
    """The page's sample with a mark in one field; None where it has no such text."""
    sample = deepcopy(SAMPLES[page])
    return sample if put(sample, field.split("."), MARK) else None


def cases(fate: str) -> list[tuple[str, str]]:
    """Pages and the texts on them that have one fate."""
    return [
        (page, name)
        for name, (given, _) in TABLE.items()
        for page in PAGES
        if given == fate and not JUDGED.fullmatch(name) and marked(page, name)
    ]


def seen(page: str, field: str) -> Snapshot:
    return read_snapshot(marked(page, field) or {}, TaskId("1767225600000777"))


def written(snapshot: Snapshot) -> str:
    return json.dumps(record(RelayName("relay"), snapshot), ensure_ascii=False)


def said(snapshot: Snapshot) -> str:
    """Everything that any card says of a task."""
    known = replace(task(snapshot), task_id=snapshot.task_id)
    call = SubmitCall(url="https://relay.example/mj/submit/action")
    cards = [
        task_card(known, EN, watched=True, previews=True),
        details_card(known, EN),
        ring_card(note(Tell.ENDED, known), EN),
        *custom_ids_cards(known, EN, call=call),
    ]
    for position in range(len(snapshot.buttons)):
        cards += [report_card(known, position, EN), explain_card(known, position, EN)]
    return "\n".join(text(card) for card in cards)


@pytest.mark.parametrize("page", PAGES)
def test_the_table_holds_every_name_on_a_page(page: str) -> None:
    assert set(names_in(SAMPLES[page])) - TABLE.keys() == set()


def test_the_table_names_each_field_once_and_in_order() -> None:
    found = [name for name, _, _ in ROW.findall(_document())]

    assert found == sorted(set(found))


def test_the_table_names_only_keys_of_the_json() -> None:
    keys = {"custom_id", "emoji", "label", "style"}
    keys |= record(RelayName("relay"), read_snapshot({}, TaskId("1"))).keys()

    named = {name: _key(why) for name, (fate, why) in TABLE.items() if fate != "hidden"}

    assert {name: key for name, key in named.items() if key not in keys} == {}


def test_what_is_read_stands_in_the_table() -> None:
    read = set(FIELDS)

    unread = {n for n, (fate, _) in TABLE.items() if fate == "hidden" and "." not in n}

    assert read & unread == {"properties"}


@pytest.mark.parametrize(("page", "field"), cases("hidden"))
def test_a_hidden_field_gets_nowhere(page: str, field: str) -> None:
    snapshot = seen(page, field)

    assert MARK not in written(snapshot)
    assert MARK not in said(snapshot)


@pytest.mark.parametrize(("page", "field"), cases("JSON"))
def test_a_field_of_the_json_alone_is_on_no_card(page: str, field: str) -> None:
    snapshot = seen(page, field)

    assert MARK in written(snapshot)
    assert MARK not in said(snapshot)


@pytest.mark.parametrize(("page", "field"), cases("shown"))
def test_a_shown_text_is_in_the_json_and_on_a_card(page: str, field: str) -> None:
    snapshot = seen(page, field)

    assert MARK in written(snapshot)
    assert MARK in said(snapshot)


def _document() -> str:
    return (ROOT / "ARCHITECTURE.md").read_text("utf-8")


def _key(why: str) -> str | None:
    found = re.search(r"`(\w+)`", why)
    return found[1] if found else None
