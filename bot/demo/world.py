"""All tasks of one simulated relay: looked at, submitted, carried on."""

from collections import OrderedDict
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Final

from bot.demo import buttons
from bot.demo.art.palette import dice_of, number_of
from bot.demo.buttons import Offer
from bot.demo.kinds import Kind
from bot.demo.life import Life
from bot.demo.shelf import Shelf
from bot.demo.showcase import begun, open_showcase
from bot.demo.task import Art, DemoTask
from bot.ports import Clock

SUBMITTED_LIMIT: Final = 1000  # older ones are forgotten, as relays do
SHORTEST_SECONDS: Final = 5.0
LONGEST_SECONDS: Final = 40.0
FAILS_ON: Final = "fail"  # a prompt with this word comes to nothing


class World:
    """The tasks of one relay.

    Args:
        kind: Whose oddities.
        clock: Time.
        seed: Chooses pictures and pace.
        memory: The file that submitted tasks outlive a stop in, if they shall.
    """

    def __init__(
        self, *, kind: Kind, clock: Clock, seed: int, memory: Path | None = None
    ) -> None:
        self._kind = kind
        self._clock = clock
        self._seed = seed
        self._ready = open_showcase(kind, clock.now(), seed)
        self._shelf = Shelf(memory, most=SUBMITTED_LIMIT)
        kept = {task.task_id: task for task in self._shelf.take()}
        self._submitted: OrderedDict[str, DemoTask] = OrderedDict(kept)

    def find(self, task_id: str) -> DemoTask | None:
        """Look at a task; one that waited to be asked for begins now."""
        task = self.peek(task_id)
        if task and task.submitted_at is None:
            task = self._ready[task_id] = begun(task, self._clock.now())
        return task

    def peek(self, task_id: str) -> DemoTask | None:
        """Look at a task and leave it as it is."""
        return self._ready.get(task_id) or self._submitted.get(task_id)

    def submit(self, prompt: str, *, action: str = "IMAGINE", state: str = "") -> str:
        """Take a new task; give its id.

        Text actions answer with ready-made words.
        """
        task_id = self._new_id()
        life = self._life(task_id, prompt)
        art, offers = self._result(action, task_id, tile=0)
        task = self._task(task_id, action, prompt, life, state=state)
        return self._keep(replace(task, art=art, offers=offers))

    def press(self, parent: DemoTask, custom_id: str, *, state: str = "") -> str:
        """Make the child that a button of a finished task asks for; give its id."""
        task_id = self._new_id()
        action = buttons.action_of(custom_id) or "IMAGINE"
        tile = buttons.number_in(custom_id) if action == "UPSCALE" else 0
        art, offers = self._result(action, task_id, tile=tile)
        life = self._life(task_id, parent.prompt)
        if buttons.asks_first(custom_id):
            life = Life(work_seconds=1.0, end="MODAL", stops_at=0)
        task = self._task(task_id, action, parent.prompt, life, state=state)
        # The same place again: an upscale shows the tile that it was made from.
        same = art is Art.SINGLE
        return self._keep(
            replace(
                task,
                art=art,
                offers=offers,
                tile=(tile if parent.art is not Art.SINGLE else parent.tile),
                scene=parent.scene,
                seed=parent.seed if same else task.seed,
            )
        )

    def carry_on(self, waiting: DemoTask, prompt: str) -> str:
        """Let a task that waited for words run on, under the same id."""
        words = prompt or waiting.prompt
        return self._keep(
            replace(
                waiting,
                prompt=words,
                prompt_en=words,
                final_prompt=words,
                scene=words,
                life=self._life(waiting.task_id, words),
                submitted_at=self._clock.now(),
            )
        )

    def _task(
        self, task_id: str, action: str, prompt: str, life: Life, *, state: str
    ) -> DemoTask:
        return DemoTask(
            task_id=task_id,
            action=action,
            prompt=prompt,
            prompt_en=prompt,
            final_prompt=prompt,
            life=life,
            submitted_at=self._clock.now(),
            scene=prompt,
            seed=number_of(self._seed, task_id, prompt),
            fail_reason="The simulated upstream gave up, as the prompt asked it to.",
            state=state,
        )

    def _result(
        self, action: str, task_id: str, *, tile: int
    ) -> tuple[Art, tuple[Offer, ...]]:
        job = buttons.job_of(task_id, short=self._kind.short_ids)
        if action == "VIDEO":
            return Art.FILM, buttons.film_offers(job)
        if action == "DESCRIBE":
            return Art.TEXT, buttons.describe_offers()
        if action == "SHORTEN":
            return Art.TEXT, buttons.shorten_offers()
        if tile or action == "UPSCALE":
            return Art.SINGLE, buttons.upscale_offers(job)
        return Art.GRID, buttons.grid_offers(job)

    def _life(self, task_id: str, prompt: str) -> Life:
        """Choose how long a task takes; a prompt that speaks of failing fails."""
        dice = dice_of(self._seed, "life", task_id)
        whole = dice.uniform(SHORTEST_SECONDS, LONGEST_SECONDS)
        queue = min(whole / 5, 6.0)
        fails = FAILS_ON in prompt.lower()
        return Life(
            queue_seconds=queue,
            work_seconds=whole - queue,
            end="FAILURE" if fails else "SUCCESS",
            stops_at=46 if fails else 100,
            previews=dice.random() < 0.5,  # noqa: PLR2004 - as likely as not
        )

    def _new_id(self) -> str:
        now = self._clock.now().timestamp()
        short = self._kind.short_ids
        start = int(now) if short else int(now * 1000) * 1000 + 17
        ids = (f"task_{n}" if short else str(n) for n in count(start))
        return next(each for each in ids if not self.peek(each))

    def _keep(self, task: DemoTask) -> str:
        if task.task_id in self._ready:
            self._ready[task.task_id] = task
            return task.task_id
        self._submitted[task.task_id] = task
        self._shelf.put(task)
        while len(self._submitted) > SUBMITTED_LIMIT:
            self._submitted.popitem(last=False)
        return task.task_id
