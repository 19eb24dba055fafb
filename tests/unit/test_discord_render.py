"""Cards as Discord's messages: within every limit, and nobody's markup takes effect."""

import re
from datetime import UTC, datetime
from typing import Any

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.markup import code, code_block, escape
from adapters.discord.render import Key, Payload, render, report
from bot.domain.subscription import Person, Platform
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
    Tone,
)
from tests.fakes.discord import mentions as resolving
from tests.fakes.discord.model import Channel
from tests.fakes.discord.rules import Place, check_message
from tests.fakes.discord.spec import load_spec

OFFICIAL = load_spec()
ANN = Person(platform=Platform("discord"), id="123456789012345678", name="Ann")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NASTY = (
    "@everyone <@123456789012345678> <#1> <:a:1> <t:1:R> [x](https://evil.test) "
    "https://evil.test discord.gg/abc **b** __u__ ~~s~~ ||sp|| `c` ```x``` # h\n"
    "# head\n> quote\n- list\n1. one\n-# small \\* \u202e"
)


def body(payload: Payload) -> dict[str, Any]:
    """The message as it leaves, without the library's views."""
    rows = [
        {"type": 1, "components": [_button(key) for key in row]} for row in payload.rows
    ]
    embeds = [payload.embed.to_dict()] if payload.embed else []
    return {"content": payload.content, "embeds": embeds, "components": rows}


def _button(key: Key) -> dict[str, Any]:
    told: dict[str, Any] = {
        "label": key.label,
        "style": key.style,
        "custom_id": key.custom_id,
    }
    told |= {"emoji": key.emoji and {"name": key.emoji}}
    return {"type": 2} | {name: value for name, value in told.items() if value}


def text_of(payload: Payload) -> str:
    embed = payload.embed or discord.Embed()
    parts = (payload.content, embed.title, embed.description)
    return "\n".join(part for part in parts if part)


def line(text: str, shape: Shape = Shape.TEXT) -> Block:
    return Block((Span(text),), shape)


# --- any card ------------------------------------------------------------------------

texts = st.one_of(st.text(max_size=60), st.text(max_size=5000), st.just(NASTY * 3))
inlines: st.SearchStrategy[Inline] = st.one_of(
    st.builds(Span, texts, st.sampled_from(Ink)),
    st.just(Mention(ANN)),
    st.builds(Moment, st.just(NOON), texts, st.booleans()),
)
blocks = st.builds(
    Block, st.lists(inlines, max_size=4).map(tuple), st.sampled_from(Shape)
)
buttons = st.builds(
    CardButton,
    label=st.text(max_size=200),
    emoji=st.one_of(st.none(), st.sampled_from(["🔄", "upscale_1", "U1", "🖼"])),
    style=st.integers(-1, 9),
    ref=st.integers(0, 10**6).map(lambda n: f"m1b.{n}.0.00000000"),
)
cards = st.builds(
    Card,
    tone=st.sampled_from(Tone),
    blocks=st.lists(blocks, max_size=8).map(tuple),
    buttons=st.lists(st.lists(buttons, max_size=25).map(tuple), max_size=3)
    .filter(lambda groups: sum(map(len, groups)) <= 40)
    .map(tuple),
    mentions=st.sampled_from([(), (ANN,), (ANN,) * 200]),
    bare=st.booleans(),
)


@given(cards, st.booleans())
def test_every_message_is_within_the_limits(card: Card, loud: bool) -> None:
    for payload in render(card, loud=loud):
        told = body(payload)
        if told["content"] or told["embeds"] or told["components"]:
            check_message(told, Place("create"))
            if OFFICIAL:
                OFFICIAL.check("POST", "/channels/1/messages", told)


@given(st.text(max_size=5000), cards)
def test_every_report_is_within_the_limits(custom_id: str, explanation: Card) -> None:
    told = body(report(custom_id, explanation))
    check_message(told, Place("callback"))
    if OFFICIAL:
        OFFICIAL.check("POST", "/channels/1/messages", told)


@given(st.text(), st.integers(0, 300))
def test_a_cut_is_never_longer(text: str, limit: int) -> None:
    cut = escape(text, limit)
    assert len(cut) <= limit
    assert not re.search(r"(?<!\\)(\\\\)*\\…$", cut)


@given(cards)
def test_buttons_are_never_lost(card: Card) -> None:
    if card.bare:
        return
    wanted = {button.ref for group in card.buttons for button in group}
    rows = [row for payload in render(card) for row in payload.rows]
    assert {key.custom_id for row in rows for key in row} == wanted


# --- other people's text ----------------------------------------------------------------


@given(st.text())
def test_no_markup_of_theirs_is_left(text: str) -> None:
    for shown in (escape(text), escape(f"{NASTY}{text}")):
        bare = re.sub(r"\\[^0-9A-Za-z\s]", "", shown)
        assert not re.search(r"[*_~`|\[\]]|://", bare)
        assert not re.search(r"<[@#:/a-zA-Z]|@everyone|@here", shown)
        assert not re.search(r"(?m)^[ \t]*(#|>|- |\+|\d+\.)", shown)
        assert not re.search(r"discord\.gg/", shown)


def test_nobody_is_rung_but_those_who_asked() -> None:
    card = Card(blocks=(line(NASTY), line(NASTY, Shape.QUOTE)), mentions=(ANN,))
    eve = Person(platform=Platform("discord"), id="99", name="Eve")
    text = render(card)[0].content
    rung = resolving.resolve(text, None, Channel(1, "x"), {int(ANN.id), int(eve.id)})
    assert rung.users == {int(ANN.id)}
    assert not rung.everyone
    assert text.count("<@") == 1


def test_ordinary_words_stay_as_they_are() -> None:
    assert escape("a red fox, 4k -- ar 16:9, 50 %, 红狐狸") == (
        "a red fox, 4k -- ar 16:9, 50 %, 红狐狸"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("task_1", "`task_1`"),
        ("a`b", "`` a`b ``"),
        ("a``b", "a\\`\\`b"),
        ("", ""),
        ("a\nb", "`a b`"),
    ],
)
def test_code(text: str, shown: str) -> None:
    assert code(text) == shown


def test_a_block_of_code_cannot_be_left() -> None:
    inside = code_block("a\n```\n@everyone")
    assert inside.count("```") == 2


# --- the parts ---------------------------------------------------------------------------


def test_a_quiet_card_is_an_embed_alone() -> None:
    (payload,) = render(Card(tone=Tone.DONE, blocks=(line("Done · fox"), line("more"))))
    assert payload.content == ""
    assert payload.embed
    assert payload.embed.title == "Done · fox"
    assert payload.embed.description == "more"
    assert payload.embed.colour
    assert payload.embed.colour.value == 0x57F287


def test_a_ring_says_its_first_line_outside() -> None:
    card = Card(blocks=(line("✅ Done · fox"), line("more")), mentions=(ANN, ANN))
    (payload,) = render(card, loud=True)
    assert payload.content == f"✅ Done · fox <@{ANN.id}>"
    assert payload.mentions == (int(ANN.id),)
    assert payload.embed
    assert payload.embed.title is None
    assert payload.embed.description == "more"


def test_people_of_other_platforms_are_not_rung() -> None:
    other = Person(platform=Platform("telegram"), id="x1", name="Bob")
    (payload,) = render(Card(blocks=(line("a"),), mentions=(other,)))
    assert payload.mentions == ()
    assert "<@" not in text_of(payload)


def test_moments_and_quotes() -> None:
    card = Card(
        blocks=(
            line("title"),
            Block((Moment(NOON, "an hour ago"), Span(" ·"), Moment(NOON, "x", False))),
            line("one\ntwo", Shape.QUOTE),
            line("three", Shape.FOLDED),
            line("x = 1\ny = 2", Shape.PRE),
        )
    )
    (payload,) = render(card)
    seconds = int(NOON.timestamp())
    assert payload.embed
    assert payload.embed.description == (
        f"<t:{seconds}:R> ·<t:{seconds}:f>\n"
        "> one\n> two\n> three\n```\nx = 1\ny = 2\n```"
    )


def test_a_report_is_the_custom_id_and_nothing_else() -> None:
    custom_id = "MJ::JOB::upsample::1::abc::SOLO"
    payload = report(custom_id, Card(blocks=(line("U1 of a fox"),)))
    assert payload.content == f"```\n{custom_id}\n```"
    assert payload.embed
    assert payload.embed.title == "U1 of a fox"
    assert render(Card(blocks=(line(custom_id),), bare=True)) == [
        Payload(content=f"```\n{custom_id}\n```")
    ]


def test_long_code_goes_on_in_further_messages() -> None:
    long = "\n".join(f"{number} = 'x'" for number in range(2000))
    payloads = render(Card(blocks=(line("t"), line(long, Shape.PRE))))
    assert len(payloads) > 2
    found = [
        re.sub(r"```\n?", "", p.embed.description or "") for p in payloads if p.embed
    ]
    assert "".join(found).replace("\n", "") == long.replace("\n", "")


# --- buttons -----------------------------------------------------------------------------


def rows_of(*groups: int) -> list[list[int]]:
    count = iter(range(100))
    made = tuple(
        tuple(
            CardButton(label="x", ref=f"m1b.{next(count)}.0.00000000")
            for _ in range(size)
        )
        for size in groups
    )
    payloads = render(Card(blocks=(line("t"),), buttons=made))
    return [[len(row) for row in payload.rows] for payload in payloads]


def test_groups_stand_in_rows_of_their_own() -> None:
    assert rows_of(4, 5, 3) == [[4, 5, 3]]
    assert rows_of(9, 3) == [[5, 4, 3]]
    assert rows_of(0, 2) == [[2]]


def test_groups_move_together_where_that_saves_a_message() -> None:
    assert rows_of(*[1] * 10) == [[5, 5]]
    assert rows_of(22, 3) == [[5, 5, 5, 5, 5]]


def test_further_messages_hold_the_rest() -> None:
    assert rows_of(40) == [[5] * 5, [5] * 3]
    assert rows_of(25, 3) == [[5] * 5, [3]]


def one(**given: object) -> dict[str, Any]:
    button = CardButton(**given)  # type: ignore[arg-type]  # fields by name
    card = Card(blocks=(line("t"),), buttons=((button,),))
    rows = render(card)[0].rows
    return _button(rows[0][0]) if rows else {}


def test_emoji_that_discord_would_refuse_are_text() -> None:
    assert one(label="U1", emoji="🔍", ref="a")["emoji"] == {"name": "🔍"}
    assert one(label="U1", emoji="upscale_1", ref="a")["label"] == "upscale_1 U1"
    assert (
        one(label="Up", emoji="\u2b06\ufe0f", ref="a")["emoji"]["name"]
        == "\u2b06\ufe0f"
    )
    assert one(label="U1", emoji=" 🔍 ", ref="a")["emoji"] == {"name": "🔍"}
    unassigned, joined = "\U0001faff", "\U0001f600\u200d\U0001f4a9"
    for each in (unassigned, joined):
        shown = one(label="U1", emoji=each, ref="a")
        assert (shown.get("emoji"), shown["label"]) == (None, f"{each} U1")
    assert "label" not in one(label="", emoji="🔄", ref="a")
    assert one(label=" ", ref="a")["label"] == "?"


def test_kinds_of_buttons() -> None:
    assert one(label="x", copy="y") == {}
    assert one(label="x", ref="r" * 101) == {}
    assert one(label="x", ref="a", style=4)["style"] == 4
    assert one(label="x", ref="a", style=5)["style"] == 2
    assert len(one(label="x" * 200, ref="a")["label"]) == 80


def test_the_same_button_twice_is_drawn_once() -> None:
    twice = (CardButton(label="a", ref="r"), CardButton(label="b", ref="r"))
    rows = render(Card(blocks=(line("t"),), buttons=(twice,)))[0].rows
    assert [[key.label for key in row] for row in rows] == [["a"]]
