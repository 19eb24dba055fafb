"""The ring: what is told loudly, and to whom."""

import pytest
from msgspec.structs import replace

from bot.domain.subscription import ChatSettings, Standing
from bot.domain.task import State
from bot.domain.transition import Tell
from bot.media.picture import PictureProblem
from bot.present.answers import picture_failed
from bot.present.reader import Reader
from bot.present.ring import ring_card
from bot.present.text import units
from tests.unit.card_samples import (
    ANNA,
    EN,
    ID,
    READERS,
    RUNNING,
    labels,
    note,
    task,
    text,
)


def test_an_end_is_told_with_state_prompt_id_and_buttons() -> None:
    card = ring_card(note(), EN)

    assert card.title.startswith("✅ Done · a paper boat")
    assert card.blocks[-1].text == ID
    assert labels(card) == [["U1", "🔄"], ["Seed", "Details", "All customIds"]]
    assert card.mentions == (ANNA,)


def test_a_chat_without_mentions_rings_nobody() -> None:
    card = ring_card(note(settings=ChatSettings(mention=False)), EN)

    assert card.mentions == ()


@pytest.mark.parametrize(
    ("tell", "start"),
    [
        (Tell.LOST, "❓ Lost · "),
        (Tell.STUCK, "🐌 No news · "),
        (Tell.GAVE_UP, "💤 No longer watched · "),
    ],
)
def test_what_is_told_leads(tell: Tell, start: str) -> None:
    assert ring_card(note(tell, task()), EN).title.startswith(start)


def test_a_wait_for_input_is_told() -> None:
    waiting = task(replace(RUNNING, state=State.NEEDS_INPUT))

    card = ring_card(note(Tell.NEEDS_INPUT, waiting), EN)

    assert card.title.startswith("🟠 Waits for your input on the relay")
    assert labels(card) == [["Stop", "Refresh"]]


def test_an_end_stands_above_an_older_tell() -> None:
    assert ring_card(note(Tell.STUCK), EN).title.startswith("✅ Done")


def test_a_failure_says_why() -> None:
    failed = replace(RUNNING, state=State.FAILED, fail_reason="Banned prompt")

    assert "Reason: Banned prompt" in text(ring_card(note(of=task(failed)), EN))


def test_giving_up_offers_to_go_on() -> None:
    given_up = task(standing=Standing.GIVEN_UP)

    card = ring_card(note(Tell.GAVE_UP, given_up), EN)

    assert labels(card) == [["Go on watching", "Refresh"]]


@pytest.mark.parametrize("reader", READERS, ids=lambda r: r.language)
@pytest.mark.parametrize("problem", list(PictureProblem))
def test_every_picture_problem_has_words_of_its_own(
    problem: PictureProblem, reader: Reader
) -> None:
    general = text(picture_failed("never heard of", reader))

    card = ring_card(note(), reader, picture_problem=problem)

    assert card.blocks[1].text == text(picture_failed(problem, reader))
    assert card.blocks[1].text != general


def test_a_picture_that_failed_can_be_tried_again() -> None:
    card = ring_card(note(), EN, picture_problem=PictureProblem.TIMEOUT)

    assert labels(card)[-1] == ["Try the picture again"]


def test_a_picture_too_big_for_the_chat_is_offered_as_a_file() -> None:
    card = ring_card(note(), EN, picture_problem=PictureProblem.TOO_LARGE)

    assert labels(card)[-1] == ["Original file", "Try the picture again"]


def test_a_picture_that_comes_later_is_announced() -> None:
    card = ring_card(note(), EN, picture_coming=True)

    assert card.blocks[1].text == "The picture is on its way."


@pytest.mark.parametrize("reader", READERS, ids=lambda r: r.language)
def test_the_short_ring_is_one_line(reader: Reader) -> None:
    card = ring_card(note(), reader, short=True)

    assert len(card.blocks) == 1
    assert units(card.title) <= 60
    assert (card.buttons, card.mentions) == ((), (ANNA,))


def test_the_short_ring_says_that_it_may_be_known() -> None:
    card = ring_card(note(), EN, short=True)

    assert "finished; you may have heard this already" in card.title
