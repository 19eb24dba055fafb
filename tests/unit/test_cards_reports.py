"""Buttons report customIds letter for letter; details and seeds show what they may."""

import json
import subprocess
from dataclasses import replace

import pytest
from msgspec import structs

from bot.domain.task import Button
from bot.present.card import Card, Ink, Shape, Span
from bot.present.details import details_card, seed_card, seed_missing_card
from bot.present.reader import Reader
from bot.present.reports import (
    SubmitCall,
    custom_ids_cards,
    explain_card,
    report_card,
    stale_button_card,
    unknown_button_card,
)
from tests.unit.card_samples import (
    DONE,
    EN,
    EPOCH,
    ID,
    READERS,
    REROLL,
    U1,
    labels,
    task,
    text,
)

CALL = SubmitCall(url="https://relay.example/mj/submit/action")
MANY = tuple(
    Button(custom_id=f"MJ::JOB::upsample::{i}::{'f' * 60}", label="U")
    for i in range(45)
)


def pres(*cards: Card) -> list[str]:
    return [b.text for c in cards for b in c.blocks if b.shape is Shape.PRE]


def test_a_press_reports_the_customid_and_nothing_else() -> None:
    card = report_card(task(DONE), 1, EN)

    assert card.bare
    assert [block.text for block in card.blocks] == [REROLL.custom_id]
    assert card.blocks[0].shape is Shape.PRE


def test_a_report_lets_all_customids_be_copied() -> None:
    card = report_card(task(DONE), 0, EN)

    assert [b.copy for b in card.buttons[0]] == [U1.custom_id, REROLL.custom_id]
    assert labels(card) == [["U1", "🔄"]]


def test_a_button_that_is_not_there_is_an_error() -> None:
    with pytest.raises(IndexError):
        report_card(task(DONE), 2, EN)


def test_the_explanation_stands_apart() -> None:
    card = explain_card(task(DONE), 0, EN)

    assert card.title.startswith("customId of U1 · a paper boat")
    assert "submit/action" in text(card)


def test_all_customids_are_json_to_paste() -> None:
    first, *_ = custom_ids_cards(task(DONE), EN, call=CALL)

    assert json.loads(pres(first)[0]) == {"U1": U1.custom_id, "🔄": REROLL.custom_id}


def test_the_call_is_ready_and_names_no_key() -> None:
    call = pres(custom_ids_cards(task(DONE), EN, call=CALL)[-1])[0]

    assert call.startswith(f"curl -X POST '{CALL.url}' \\\n")
    assert '-H "Authorization: Bearer $RELAY_KEY"' in call
    assert f'"taskId": "{ID}", "customId": "{U1.custom_id}"' in call


def test_a_hostile_customid_stays_inside_its_quotes() -> None:
    hostile = "x'; echo hacked; '\"$(id)`id`"
    done = structs.replace(DONE, buttons=(structs.replace(U1, custom_id=hostile),))
    call = pres(custom_ids_cards(task(done), EN, call=CALL)[-1])[0]

    run = subprocess.run(
        ["/bin/sh", "-c", call.replace("curl", "printf '%s\\n'", 1)],
        capture_output=True,
        text=True,
        check=True,
        env={"RELAY_KEY": "k"},
    )

    sent = json.loads(run.stdout.splitlines()[-1])
    assert sent == {"taskId": ID, "customId": hostile}


def test_a_relay_without_a_key_gets_no_header() -> None:
    call = replace(CALL, header=None)

    assert "RELAY_KEY" not in pres(custom_ids_cards(task(DONE), EN, call=call)[-1])[0]


def test_many_customids_go_on_in_further_cards() -> None:
    cards = custom_ids_cards(task(structs.replace(DONE, buttons=MANY)), EN, call=CALL)

    parts = [json.loads(each) for each in pres(*cards[:-1])]
    merged = {label: custom_id for part in parts for label, custom_id in part.items()}
    assert len(cards) > 2
    assert all(len(text(card)) < 1900 for card in cards)
    assert list(merged.values()) == [button.custom_id for button in MANY]
    assert list(merged)[:2] == ["U", "U (2)"]


def test_a_task_without_buttons_says_so() -> None:
    (card,) = custom_ids_cards(task(), EN, call=CALL)

    assert card.title == "This task has no follow-up buttons."


@pytest.mark.parametrize("reader", READERS, ids=lambda r: r.language)
def test_an_old_or_strange_button_says_what_to_do(reader: Reader) -> None:
    assert "/status" in text(stale_button_card(reader))
    assert "/status" in text(unknown_button_card(reader))


def test_details_show_what_the_card_leaves_out() -> None:
    rich = structs.replace(
        DONE,
        prompt_en="a boat of paper",
        final_prompt="a boat of paper --fast",
        custom_state="order-7",
        image_width=1024,
        image_height=768,
        description="Submit success <@123456789>",
    )

    said = text(details_card(task(rich), EN))

    assert "a boat of paper --fast" in said
    assert "Your state: order-7" in said
    assert "1024 × 768" in said  # noqa: RUF001 - the sign of sizes
    assert "Finished: 11:58 UTC" in said
    assert "123456789>" not in said


def test_details_repeat_nothing_and_show_no_zeros() -> None:
    poor = structs.replace(
        DONE,
        prompt_en=DONE.prompt,
        final_prompt="",
        image_width=0,
        image_height=0,
        submitted_at=EPOCH,
    )

    card = details_card(task(poor), EN)

    assert [block.text for block in card.blocks[1:]] == [
        "Imagine · fast",
        "Started: 11:56 UTC",
        "Finished: 11:58 UTC",
        ID,
    ]


def test_details_of_nothing_say_so() -> None:
    assert "nothing more" in text(details_card(task(None), EN))


def test_a_seed_can_be_copied() -> None:
    card = seed_card(task(DONE), "1234567", EN)

    assert Span("1234567", Ink.CODE) in card.blocks[0].inlines
    assert card.buttons[0][0].copy == "1234567"


@pytest.mark.parametrize("reader", READERS, ids=lambda r: r.language)
def test_a_seed_that_is_not_there_says_when_to_ask_again(reader: Reader) -> None:
    assert text(seed_missing_card(reader))
