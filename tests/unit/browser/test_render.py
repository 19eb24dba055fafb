"""Cards as the page reads them: words, bars and buttons, never markup."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.browser.limits import YOU
from adapters.browser.render import card_json, file_json, refs_of
from bot.domain.attachment import Attachment, FileKind
from bot.present.card import (
    Block,
    Card,
    CardButton,
    Ink,
    Inline,
    Mention,
    Moment,
    Shape,
    Span,
)
from bot.present.lists import watch_list
from bot.present.reader import Reader
from bot.present.task_card import task_card
from tests.unit import card_samples as samples


def runs(*inlines: Inline, shape: Shape = Shape.TEXT) -> list[object]:
    drawn = card_json(Card(blocks=(Block(inlines, shape),)))["blocks"]
    assert isinstance(drawn, list)
    return list(drawn[0]["runs"])


def test_a_bar_becomes_a_number() -> None:
    card = task_card(samples.task(), samples.EN, watched=True)

    blocks = card_json(card)["blocks"]

    assert isinstance(blocks, list)
    assert blocks[1]["runs"] == [{"is": "bar", "percent": 45, "text": "45%"}]


@pytest.mark.parametrize("reader", samples.READERS)
def test_the_bars_of_a_list_become_numbers(reader: Reader) -> None:
    card = watch_list(samples.watched(), total=1, page=0, pages=1, reader=reader)

    blocks = card_json(card)["blocks"]

    assert isinstance(blocks, list)
    assert [run["is"] for run in blocks[1]["runs"]] == ["plain", "bar", "plain", "code"]


def test_other_peoples_bars_stay_text() -> None:
    fake = "▰▰▰▰▰▰▰▰▰▰ 100%"

    assert runs(Span(fake), shape=Shape.QUOTE) == [{"is": "plain", "text": fake}]


def test_every_kind_of_inline_has_a_run() -> None:
    found = runs(
        Span("a"),
        Span("b", Ink.BOLD),
        Span("c", Ink.CODE),
        Mention(YOU),
        Mention(samples.ANNA),
        Moment(samples.NOW, "now"),
    )

    assert found == [
        {"is": "plain", "text": "a"},
        {"is": "bold", "text": "b"},
        {"is": "code", "text": "c"},
        {"is": "you"},
        {"is": "plain", "text": "Anna"},
        {
            "is": "time",
            "at": "2026-11-22T12:00:00+00:00",
            "text": "now",
            "relative": True,
        },
    ]


def test_buttons_carry_what_they_do() -> None:
    group = (
        CardButton(label="U1", ref="m1b.1.0.0"),
        CardButton(label="id", copy="", emoji="📋"),
    )

    card = card_json(Card(buttons=(group,)))

    assert card["buttons"] == [
        [
            {"label": "U1", "style": 2, "ref": "m1b.1.0.0"},
            {"label": "id", "style": 2, "emoji": "📋", "copy": ""},
        ]
    ]
    assert refs_of(card) == {"m1b.1.0.0"}
    assert refs_of({}) == frozenset()


def test_a_ring_names_who_is_not_here() -> None:
    card = card_json(Card(mentions=(YOU, samples.ANNA)))

    assert (card["rings"], card["others"]) == (True, ["Anna"])


def test_empty_blocks_are_left_out() -> None:
    assert card_json(Card(blocks=(Block((Span(" "),)),)))["blocks"] == []


@given(st.text(max_size=200), st.sampled_from(Shape), st.sampled_from(Ink))
def test_no_word_is_lost_or_added(text: str, shape: Shape, ink: Ink) -> None:
    card = Card(blocks=(Block((Span("x"), Span(text, ink)), shape),))

    drawn = json.loads(json.dumps(card_json(card)))

    words = [run["text"] for run in drawn["blocks"][0]["runs"] if run["is"] != "bar"]
    lost = len(text) + 1 - len("".join(words))
    assert lost == 0 or "▰" in text or "▱" in text


@pytest.mark.parametrize(
    ("kind", "mime", "shown"),
    [
        (FileKind.PHOTO, "image/png", "photo"),
        (FileKind.VIDEO, "video/mp4", "video"),
        (FileKind.DOCUMENT, "image/png", "document"),
        (FileKind.PHOTO, "image/svg+xml", "document"),
        (FileKind.VIDEO, "video/quicktime", "document"),
    ],
)
def test_a_file_is_shown_only_as_what_a_browser_draws(
    kind: FileKind, mime: str, shown: str
) -> None:
    file = Attachment(kind=kind, position=0, name="a.x", mime=mime)

    assert file_json(file, "abc.x")["kind"] == shown
    assert file_json(replace(file, width=3), "abc.x")["width"] == 3
