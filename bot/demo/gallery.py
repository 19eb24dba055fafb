"""Draw what a task shows, each thing once, away from the event loop."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import Image

from bot.demo.art.film import CODED, film_of
from bot.demo.art.palette import number_of
from bot.demo.art.scenery import draw_scene
from bot.demo.task import Art, DemoTask

SIDE: Final = 1024  # pixels
GAP: Final = 4  # pixels between the four of a grid
KEPT_COUNT: Final = 48  # drawn files; some 30 MB
BLUR: Final = 24  # a preview has this much less detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be drawn.

    Attributes:
        tile: One of the grid's four, 1..4; 0: the whole grid.
        film: The moving picture.
        preview: As it looks half done.
        form: Pillow's name of the file format.
    """

    scene: str
    seed: int
    tile: int = 0
    film: bool = False
    preview: bool = False
    form: str = "PNG"


def order_for(task: DemoTask, *, form: str, part: int = 0) -> Order:
    """Say what a task's picture is; part names one of an album's four."""
    alone = task.art in {Art.SINGLE, Art.FILM}
    tile = part or (max(task.tile, 1) if alone else 0)
    return Order(scene=task.scene, seed=task.seed, tile=tile, form=form)


class Gallery:
    """The files drawn last; one is drawn at a time, so that a chat is not slowed."""

    def __init__(self) -> None:
        self._files: OrderedDict[Order, bytes] = OrderedDict()
        self._drawing = asyncio.Lock()

    async def get(self, order: Order) -> bytes:
        """Give the file, drawn now if it is not at hand."""
        async with self._drawing:
            if order not in self._files:
                self._files[order] = await asyncio.to_thread(draw, order)
            self._files.move_to_end(order)
            while len(self._files) > KEPT_COUNT:
                self._files.popitem(last=False)
            return self._files[order]


def draw(order: Order) -> bytes:
    """Draw a file."""
    if order.film:
        return film_of(draw_scene(order.scene, _tile_seed(order, 1), CODED))
    picture = _picture(order)
    if order.preview:
        picture = picture.reduce(BLUR).resize(picture.size, Image.Resampling.BICUBIC)
    file = BytesIO()
    picture.save(file, order.form, quality=90)
    return file.getvalue()


def _picture(order: Order) -> Image.Image:
    if order.tile:
        return draw_scene(order.scene, _tile_seed(order, order.tile), (SIDE, SIDE))
    sheet = Image.new("RGB", (SIDE, SIDE), (12, 12, 16))
    half = (SIDE - GAP) // 2
    for index in range(4):
        corner = (index % 2 * (half + GAP), index // 2 * (half + GAP))
        seed = _tile_seed(order, index + 1)
        sheet.paste(draw_scene(order.scene, seed, (half, half)), corner)
    return sheet


def _tile_seed(order: Order, tile: int) -> int:
    return number_of("tile", order.seed, tile)
