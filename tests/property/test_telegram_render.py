"""Whatever a card holds, Telegram takes it."""

from hypothesis import example, given
from hypothesis import strategies as st

from adapters.telegram.keyboard import keyboard_of
from adapters.telegram.limits import CAPTION_UNITS, ENTITIES, TEXT_UNITS
from adapters.telegram.render import render
from bot.domain.buttonref import ButtonRef, Verb, check_of
from bot.domain.subscription import Person, Platform
from bot.domain.task import TaskKey
from bot.present.card import Block, Card, CardButton, Ink, Mention, Shape, Span
from bot.present.text import units
from tests.fakes.telegram.model import World
from tests.fakes.telegram.rules import keyboard
from tests.fakes.telegram.text import read

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=900)
HOSTILE = st.sampled_from(
    [
        "@anna_a",
        "https://evil.com",
        "/kick",
        "#tag",
        "x.com",
        "@anna_a@anna_a",
        "a@b.cn",
    ]
)
WORDS = st.one_of(TEXTS, HOSTILE, st.builds("{} {}".format, HOSTILE, TEXTS))
SPANS = st.builds(Span, WORDS, st.sampled_from(Ink))
PEOPLE = st.builds(
    Person,
    platform=st.just(Platform("t")),
    id=st.sampled_from(["7", "-5", "x"]),
    name=TEXTS,
)
BLOCKS = st.builds(
    Block,
    st.lists(st.one_of(SPANS, st.builds(Mention, PEOPLE)), max_size=5).map(tuple),
    st.sampled_from(Shape),
)
BUTTONS = st.builds(
    CardButton, label=st.text(max_size=30), ref=st.text(min_size=1, max_size=70)
)
CARDS = st.builds(
    Card,
    blocks=st.lists(BLOCKS, max_size=12).map(tuple),
    buttons=st.lists(st.lists(BUTTONS, max_size=60).map(tuple), max_size=3).map(tuple),
    mentions=st.lists(PEOPLE, max_size=4).map(tuple),
)


@given(CARDS, st.booleans())
def test_every_card_is_within_the_limits(card: Card, caption: bool) -> None:
    words = render(card, caption=caption)

    assert units(words.text) <= (CAPTION_UNITS if caption else TEXT_UNITS)
    assert len(words.entities) <= ENTITIES
    keyboard({"reply_markup": words.keyboard.to_dict()} if words.keyboard else {})


@given(CARDS)
def test_every_cards_entities_stand_where_they_should(card: Card) -> None:
    words = render(card)

    read(World(), words.text, None, [each.to_dict() for each in words.entities])


@given(WORDS)
@example("/key")
@example("see /start now")
def test_nothing_in_a_quote_becomes_clickable(prompt: str) -> None:
    words = render(Card(blocks=(Block((Span(prompt),), Shape.QUOTE),)))

    _, found = read(World(), words.text, None, [])

    assert found == []


@given(
    st.integers(1, 2**63 - 1),
    st.text(min_size=1, max_size=64),
    st.lists(st.text(max_size=100), max_size=40),
)
def test_every_tasks_buttons_fit(key: int, task_id: str, custom_ids: list[str]) -> None:
    refs = [
        str(
            ButtonRef(
                verb=Verb.REPORT,
                task_key=TaskKey(key),
                position=position,
                check=check_of(task_id, custom_id),
            )
        )
        for position, custom_id in enumerate(custom_ids)
    ]

    drawn = keyboard_of([tuple(CardButton(label="U1", ref=ref) for ref in refs)])

    pressed = (
        [b.callback_data for row in drawn.inline_keyboard for b in row] if drawn else []
    )
    assert pressed == refs
    assert all(len(ref.encode()) <= 64 for ref in refs)
