"""Cards of a relay's task, and the report that a press of one brings."""

from dataclasses import replace

from bot.commands.reply import How, Reply
from bot.domain.buttonref import ButtonRef, Verb
from bot.domain.task import TaskKey
from bot.present.card import Block, Card, CardButton, Shape, Span
from tests.fakes.commands import card

ID = "1767225600000123"
U1 = "MJ::JOB::upsample::1::3f1c9a52-0f0e-4d2a-9c1b-2f6a8b7c9d10"
U2 = "MJ::JOB::upsample::2::3f1c9a52-0f0e-4d2a-9c1b-2f6a8b7c9d10"


def ref(position: int = 0, verb: Verb = Verb.REPORT) -> str:
    return str(ButtonRef(verb=verb, task_key=TaskKey(7), position=position))


def relay_card() -> Card:
    buttons = tuple(
        CardButton(label=f"U{n + 1}", ref=ref(n), style=n + 1) for n in range(4)
    )
    return replace(card("Done", ID), buttons=(buttons,))


def report(custom_id: str) -> Reply:
    copies = (CardButton(label="U1", copy=U1), CardButton(label="U2", copy=U2))
    shown = Card(
        blocks=(Block((Span(custom_id),), Shape.PRE),), buttons=(copies,), bare=True
    )
    return Reply(card=shown, how=How.REPORT, report=custom_id)
