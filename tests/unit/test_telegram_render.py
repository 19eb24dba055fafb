"""Cards as Telegram shows them."""

from dataclasses import replace

import pytest

from adapters.telegram.keyboard import keyboard_of
from adapters.telegram.render import plain, render
from bot.domain.subscription import Person, Platform
from bot.present.card import (
    Block,
    Card,
    CardButton,
    Ink,
    Mention,
    Moment,
    Shape,
    Span,
)
from bot.present.task_card import task_card
from bot.present.text import units
from tests.unit.card_samples import EN, NOW, task

TELEGRAM = Platform("telegram")
NAMED = Person(platform=TELEGRAM, id="5", name="@anna_a")
NAMELESS = Person(platform=TELEGRAM, id="6", name="Bob 🦊")
CHANNEL = Person(platform=TELEGRAM, id="-1001", name="News")


def one(*inlines: object, shape: Shape = Shape.TEXT) -> Card:
    return Card(blocks=(Block(tuple(inlines), shape),))  # type: ignore[arg-type] # inlines


def cuts(card: Card, *, caption: bool = False) -> list[tuple[str, str]]:
    """Each entity's type and the text under it."""
    words = render(card, caption=caption)
    raw = words.text.encode("utf-16-le")
    return [
        (
            each.type,
            raw[each.offset * 2 : (each.offset + each.length) * 2].decode("utf-16-le"),
        )
        for each in words.entities
    ]


@pytest.mark.parametrize(
    ("ink", "kind"),
    [(Ink.BOLD, "bold"), (Ink.ITALIC, "italic"), (Ink.CODE, "code")],
)
def test_ink_is_an_entity_at_its_utf16_place(ink: Ink, kind: str) -> None:
    assert cuts(one(Span("🦊 "), Span("é🦊", ink), Span("!"))) == [(kind, "é🦊")]


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        (Shape.QUOTE, "blockquote"),
        (Shape.FOLDED, "expandable_blockquote"),
        (Shape.PRE, "pre"),
    ],
)
def test_a_shape_is_an_entity_of_its_block(shape: Shape, kind: str) -> None:
    assert cuts(one(Span("<b>a\nb</b>"), shape=shape)) == [(kind, "<b>a\nb</b>")]


def test_a_moment_is_words() -> None:
    assert render(one(Moment(NOW, "2 minutes ago"))).text == "2 minutes ago"


def test_the_named_are_mentioned_by_name_and_others_by_number() -> None:
    card = replace(one(Span("Done")), mentions=(NAMED, NAMELESS, CHANNEL))

    words = render(card)

    assert words.text == "Done\n@anna_a Bob 🦊 News"
    [mention] = words.entities
    assert (mention.type, mention.user and mention.user.id) == ("text_mention", 6)


def test_nobody_is_mentioned_twice() -> None:
    card = replace(one(Mention(NAMED), Span(" asked")), mentions=(NAMED,))

    assert render(card).text == "@anna_a asked"


@pytest.mark.parametrize(
    "text",
    [
        "@anna_a",
        "see https://evil.example.com/x",
        "/kick@other_bot",
        "#tag $USD",
        "a@b.cn",
        "tg://resolve?domain=x",
    ],
)
def test_other_peoples_text_takes_no_effect(text: str) -> None:
    shown = render(one(Span(text), shape=Shape.QUOTE)).text

    assert shown != text
    assert shown.replace("\u2060", "") == text


@pytest.mark.parametrize("text", ["--ar 16:9 --v 6.1", "and/or", "1/2 and 3.5"])
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert render(one(Span(text))).text == text


def test_a_command_is_one_in_our_own_words_alone() -> None:
    said = EN.say("watch.none", id="/start").text
    words = render(Card(blocks=(EN.say("watch.none", id="/start"),))).text

    assert "watches /start" not in words
    assert "/list shows" in words
    assert words.replace("\u2060", "") == said


def test_a_caption_is_cut_at_its_quote_first() -> None:
    quote = Block((Span("🦊" * 600),), Shape.QUOTE)
    blocks = (Block((Span("Done"),)), quote, Block((Span("id1", Ink.CODE),)))
    card = replace(Card(blocks=blocks), mentions=(NAMED,))

    words = render(card, caption=True)

    assert units(words.text) in {1023, 1024}
    assert words.text.startswith("Done\n🦊")
    assert words.text.endswith("🦊…\nid1\n@anna_a")


def test_what_is_too_long_without_quotes_loses_its_middle() -> None:
    lines = tuple(Block((Span(f"{n} " + "x" * 300),)) for n in range(9))
    blocks = (Block((Span("Done"),)), *lines, Block((Span("id1", Ink.CODE),)))

    text = render(Card(blocks=blocks), caption=True).text

    assert units(text) <= 1024
    assert text.startswith("Done\n0 x")
    assert text.endswith("\nid1")


def test_an_empty_card_still_has_a_text() -> None:
    assert render(Card()).text == "…"
    assert render(Card(), caption=True).text == ""


def test_no_more_entities_than_telegram_keeps_and_rings_first() -> None:
    many = one(*(Span(f"{n} ", Ink.CODE) for n in range(120)))

    words = render(replace(many, mentions=(NAMELESS,)))

    assert len(words.entities) == 100
    assert words.entities[-1].type == "text_mention"


def rows(*groups: list[CardButton]) -> list[list[str]]:
    drawn = keyboard_of(tuple(map(tuple, groups)))
    return [[b.text for b in row] for row in drawn.inline_keyboard] if drawn else []


def named(*labels: str) -> list[CardButton]:
    return [CardButton(label=label, ref=f"r{n}") for n, label in enumerate(labels)]


def test_the_relays_buttons_stand_in_rows_of_four() -> None:
    labels = named("U1", "U2", "U3", "U4", "🔄", "V1", "V2", "V3", "V4")

    assert rows(labels, named("Seed")) == [
        ["U1", "U2", "U3", "U4"],
        ["🔄"],
        ["V1", "V2", "V3", "V4"],
        ["Seed"],
    ]


def test_long_labels_have_room() -> None:
    labels = named(
        "Upscale (Subtle)", "Upscale (Creative)", "Vary (Region)", "Zoom Out 2x"
    )

    assert [len(row) for row in rows(labels)] == [2, 2]


def test_no_keyboard_is_over_the_limit() -> None:
    labels = named(*(f"A{n}" for n in range(70)))

    drawn = rows(labels, labels)

    assert sum(map(len, drawn)) == 100
    assert max(map(len, drawn)) <= 8


def test_buttons_that_telegram_refuses_are_left_out() -> None:
    odd = [
        CardButton(label="a", copy="x" * 257),
        CardButton(label="b", ref="x" * 65),
        CardButton(label="e"),
    ]

    assert keyboard_of([tuple(odd)]) is None


def test_styles_are_colours() -> None:
    buttons = [CardButton(label="x", ref="r", style=n) for n in range(1, 5)]

    drawn = keyboard_of([tuple(buttons)])

    assert drawn is not None
    flat = [button.style for row in drawn.inline_keyboard for button in row]
    assert flat == ["primary", None, "success", "danger"]


def test_a_button_says_its_emoji_and_label() -> None:
    both = CardButton(label="Seed", emoji="🌱", ref="r")
    alone = CardButton(label="", emoji="🔄", ref="r")

    assert rows([both], [alone], [CardButton(label="", ref="r")]) == [
        ["🌱 Seed"],
        ["🔄"],
        ["?"],
    ]


def test_a_card_in_one_short_text() -> None:
    assert plain(one(Span("a"), Span("b", Ink.CODE)), 200) == "ab"


def test_the_first_line_is_what_a_phone_shows() -> None:
    assert units(render(task_card(task(), EN, watched=True)).text.split("\n")[0]) <= 62
