"""The ready-made tasks: one in each state, under ids that stay the same."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.demo import buttons
from bot.demo.art.palette import number_of
from bot.demo.buttons import Offer
from bot.demo.kinds import Kind
from bot.demo.life import Life
from bot.demo.task import Art, DemoTask

HOUR: Final = 3600.0
DONE: Final = Life(work_seconds=34.0)
Offers = Callable[[str], tuple[Offer, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowcaseTask:
    """A ready-made task.

    Attributes:
        number: Its id ends in these three digits.
        shows: What it is there for, in one line.
        age_seconds: Submitted so long before the simulator was opened; None: when it
            is first asked for.
    """

    number: int
    shows: str
    prompt: str
    action: str = "IMAGINE"
    life: Life = DONE
    age_seconds: float | None = 600.0
    art: Art = Art.GRID
    offers: Offers = buttons.grid_offers
    prompt_en: str = ""
    fail_reason: str = ""
    state: str = ""

    def id_on(self, kind: Kind) -> str:
        """Give its id on a relay."""
        return f"{kind.first_id}{self.number:03d}"

    def open(self, kind: Kind, opened_at: datetime, seed: int) -> DemoTask:
        """Make the task, as of the simulator's opening."""
        task_id = self.id_on(kind)
        age = self.age_seconds
        return DemoTask(
            task_id=task_id,
            action=self.action,
            prompt=self.prompt,
            life=self.life,
            submitted_at=None if age is None else opened_at - timedelta(seconds=age),
            scene=self.prompt,
            seed=number_of(seed, self.prompt),
            art=self.art,
            tile=1 if self.art is Art.SINGLE else 0,
            prompt_en=self.prompt_en or self.prompt,
            final_prompt=self.prompt_en or self.prompt,
            fail_reason=self.fail_reason,
            state=self.state,
            offers=self.offers(buttons.job_of(task_id, short=kind.short_ids)),
        )


def open_showcase(kind: Kind, opened_at: datetime, seed: int) -> dict[str, DemoTask]:
    """Make all ready-made tasks of a relay, by id."""
    tasks = (each.open(kind, opened_at, seed) for each in SHOWCASE)
    return {task.task_id: task for task in tasks}


HOSTILE: Final = (
    "@everyone @here <@1> **bold** <b>tags</b> [a link](https://example.com) "
    "`code` ||hidden|| \u202ereversed\u202c 🧨👩‍👩‍👧 &amp; $(echo) --ar 16:9"
)

SHOWCASE: Final = (
    ShowcaseTask(
        number=1,
        shows="finished: a grid of four with its nine buttons",
        prompt="a paper boat on a still lake, first light --ar 1:1",
        state="order-4711",
    ),
    ShowcaseTask(
        number=2,
        shows="a whole life in half a minute, from when it is first asked for",
        prompt="a lighthouse at dusk, long exposure",
        life=Life(previews=True),
        age_seconds=None,
    ),
    ShowcaseTask(
        number=3,
        shows="waiting in the queue, for ever",
        prompt="dunes under a huge moon",
        life=Life(freezes_seconds=3.0),
    ),
    ShowcaseTask(
        number=4,
        shows="running: slow, four hours from 0 % to the end, then again",
        prompt="a forest in the mist, pine after pine",
        life=Life(
            queue_seconds=60.0,
            work_seconds=4 * HOUR,
            previews=True,
            lap_seconds=4 * HOUR + 60.0,
        ),
    ),
    ShowcaseTask(
        number=5,
        shows="failed, with a reason",
        prompt="a mountain lake at night",
        life=Life(end="FAILURE", stops_at=31),
        fail_reason="The AI moderator is unsure about this prompt; please rephrase it.",
    ),
    ShowcaseTask(
        number=6,
        shows="cancelled",
        prompt="desert road, noon heat",
        life=Life(end="CANCEL", stops_at=15),
    ),
    ShowcaseTask(
        number=7,
        shows="waits for input on the relay",
        action="CUSTOM_ZOOM",
        prompt="a paper boat on a still lake, first light --zoom 2",
        life=Life(work_seconds=1.0, end="MODAL", stops_at=0),
    ),
    ShowcaseTask(
        number=8,
        shows="stuck at 62 % for an hour",
        prompt="an ocean of stars",
        life=Life(work_seconds=40.0, freezes_seconds=32.0),
        age_seconds=HOUR,
    ),
    ShowcaseTask(
        number=9,
        shows="an upscale with fifteen buttons",
        action="UPSCALE",
        prompt="a paper boat on a still lake, first light --ar 1:1",
        art=Art.SINGLE,
        offers=buttons.upscale_offers,
    ),
    ShowcaseTask(
        number=10,
        shows="an album: four pictures one by one",
        prompt="four seasons of one mountain",
        art=Art.ALBUM,
    ),
    ShowcaseTask(
        number=11,
        shows="a video",
        action="VIDEO",
        prompt="a paper boat drifts across the lake",
        art=Art.FILM,
        offers=buttons.film_offers,
    ),
    ShowcaseTask(
        number=12,
        shows="DESCRIBE: text is the result",
        action="DESCRIBE",
        prompt=(
            "1️⃣ a paper boat on calm water, minimal, soft light --ar 1:1\n\n"
            "2️⃣ origami ship on a lake, misty mountains behind it\n\n"
            "3️⃣ a small white boat, flat illustration, teal and cream\n\n"
            "4️⃣ still morning, one boat, its mirror image"
        ),
        art=Art.TEXT,
        offers=lambda _: buttons.describe_offers(),
    ),
    ShowcaseTask(
        number=13,
        shows="SHORTEN: text is the result",
        action="SHORTEN",
        prompt=(
            "1️⃣ paper boat, still lake, first light\n\n"
            "2️⃣ paper boat, lake, light\n\n3️⃣ paper boat, lake\n\n"
            "4️⃣ boat, lake\n\n5️⃣ boat"
        ),
        art=Art.TEXT,
        offers=lambda _: buttons.shorten_offers(),
    ),
    ShowcaseTask(
        number=14,
        shows="a prompt full of mentions, markup and tricks",
        prompt=HOSTILE,
    ),
    ShowcaseTask(
        number=15,
        shows="a Chinese prompt",
        prompt="月夜的湖面上漂着一只纸船 远山如黛 水彩 --ar 3:2",
        prompt_en="a paper boat on a moonlit lake, far dark hills, watercolour --ar 3:2",
    ),
    ShowcaseTask(
        number=16,
        shows="fails after a quarter of a minute, from when it is first asked for",
        prompt="an impossible staircase",
        life=Life(queue_seconds=3.0, work_seconds=12.0, end="FAILURE", stops_at=46),
        age_seconds=None,
        fail_reason="Timed out upstream; nothing was charged.",
    ),
)


def begun(task: DemoTask, now: datetime) -> DemoTask:
    """Let a task that waited to be asked for begin."""
    return task if task.submitted_at else replace(task, submitted_at=now)
