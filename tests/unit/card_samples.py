"""Tasks and readers that the card tests share."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import structs

from bot.domain.notification import Notification, NotificationId
from bot.domain.subscription import (
    ChatSettings,
    Destination,
    Person,
    Platform,
    Standing,
    StoredTask,
    Subscription,
    SubscriptionId,
    Watched,
)
from bot.domain.task import (
    AccountId,
    Button,
    RelayName,
    Snapshot,
    State,
    TaskId,
    TaskKey,
)
from bot.domain.transition import Tell
from bot.i18n import LANGUAGES
from bot.present.card import Card
from bot.present.reader import Reader
from bot.present.task_card import task_card

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ID = TaskId("1767225600000123")
PROMPT = "a paper boat on a quiet lake at dawn, watercolour, soft light --ar 16:9"
ANNA = Person(platform=Platform("chat"), id="1", name="Anna")
CHAT = Destination(platform=Platform("chat"), chat="9")
U1 = Button(custom_id="MJ::JOB::upsample::1::3f1c9a52", label="U1")
REROLL = Button(custom_id="MJ::JOB::reroll::0::3f1c9a52::SOLO", label="🔄", emoji="🔄")
READERS = [Reader(language=each, now=NOW) for each in LANGUAGES]
EN = READERS[0]
SEVERAL = replace(EN, relays_shown=True)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


RUNNING = Snapshot(
    task_id=ID,
    state=State.RUNNING,
    status="IN_PROGRESS",
    progress=45,
    action="IMAGINE",
    mode="FAST",
    prompt=PROMPT,
    submitted_at=ago(200),
    started_at=ago(190),
)
DONE = structs.replace(
    RUNNING,
    state=State.SUCCEEDED,
    progress=100,
    finished_at=ago(110),
    buttons=(U1, REROLL),
)

LONG: Final = structs.replace(
    DONE,
    prompt="a *very* long prompt, @everyone, https://evil.test/x " * 60,
    fail_reason="<@1> banned prompt **detected** " * 40,
    buttons=tuple(
        Button(custom_id=f"MJ::JOB::{n}::x", label=f"Option {n}") for n in range(22)
    ),
)
STATES: Final[dict[str, tuple[Snapshot | None, Standing]]] = {
    "unseen": (None, Standing.UNSEEN),
    "pending": (
        structs.replace(RUNNING, state=State.PENDING, progress=None),
        Standing.FINE,
    ),
    "running": (RUNNING, Standing.FINE),
    "needs_input": (structs.replace(RUNNING, state=State.NEEDS_INPUT), Standing.FINE),
    "succeeded": (DONE, Standing.FINE),
    "failed": (
        structs.replace(
            DONE, state=State.FAILED, fail_reason="banned prompt", buttons=()
        ),
        Standing.FINE,
    ),
    "cancelled": (
        structs.replace(DONE, state=State.CANCELLED, buttons=()),
        Standing.FINE,
    ),
    "stuck": (RUNNING, Standing.STUCK),
    "lost": (RUNNING, Standing.LOST),
    "given_up": (RUNNING, Standing.GIVEN_UP),
    "light": (Snapshot(task_id=DONE.task_id, state=State.RUNNING), Standing.FINE),
    "long": (LONG, Standing.FINE),
}
ACTIONS: Final = (
    "IMAGINE",
    "UPSCALE",
    "VARIATION",
    "REROLL",
    "ZOOM",
    "PAN",
    "DESCRIBE",
    "BLEND",
    "SHORTEN",
    "SWAP_FACE",
    "INPAINT",
    "VIDEO",
    "SOMETHING_NEW",
)


def task(
    snapshot: Snapshot | None = RUNNING, standing: Standing = Standing.FINE
) -> StoredTask:
    return StoredTask(
        key=TaskKey(7),
        account=AccountId(1),
        relay=RelayName("dmx"),
        task_id=ID,
        snapshot=snapshot,
        standing=standing,
        added_at=ago(300),
        changed_at=ago(2_400),
        looked_at=ago(12),
    )


def watched(number: int = 1) -> list[Watched]:
    subscription = Subscription(
        id=SubscriptionId(1),
        task_key=TaskKey(7),
        destination=CHAT,
        askers=(ANNA,),
    )
    return [Watched(subscription=subscription, task=task())] * number


def note(
    tell: Tell = Tell.ENDED,
    of: StoredTask | None = None,
    settings: ChatSettings | None = None,
) -> Notification:
    return Notification(
        id=NotificationId(1),
        tell=tell,
        subscription=SubscriptionId(1),
        destination=CHAT,
        task=of or task(DONE),
        askers=(ANNA,),
        settings=settings or ChatSettings(),
        created_at=NOW,
    )


def text(card: Card) -> str:
    """All that a card says, buttons included."""
    lines = [block.text for block in card.blocks]
    drawn = [label for group in labels(card) for label in group]
    return "\n".join(lines + drawn)


def labels(card: Card) -> list[list[str]]:
    return [[b.label or b.emoji or "" for b in group] for group in card.buttons]


BARE_ID = TaskId("abc")


def silent_card(seen: Snapshot | None, reader: Reader) -> Card:
    """A card whose relay fell silent after its task was last looked at."""
    before = structs.replace(task(seen), looked_at=ago(430))
    return task_card(before, reader, watched=True, silent_since=ago(420))
