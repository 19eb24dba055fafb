"""What stands in a place: a paper boat, a lighthouse, pines, birds."""

from collections.abc import Sequence
from random import Random
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from bot.demo.art import brushes
from bot.demo.art.brushes import FINER, Point
from bot.demo.art.palette import Colour, Palette, mix

# A folded boat around its water line: x and y in its heights, y downwards.
_SAIL_LEFT: Final = ((0.0, -1.0), (-0.42, -0.12), (0.0, -0.12))
_SAIL_RIGHT: Final = ((0.0, -1.0), (0.0, -0.12), (0.42, -0.12))
_HULL_BACK: Final = ((-1.0, -0.42), (-0.42, -0.12), (0.42, -0.12), (1.0, -0.42))
_HULL: Final = ((-1.0, -0.42), (0.0, -0.12), (1.0, -0.42), (0.55, 0.1), (-0.55, 0.1))
_FOLD: Final = ((0.0, -0.12), (1.0, -0.42), (0.55, 0.1), (0.0, 0.1))


def boat(picture: Image.Image, palette: Palette, *, at: Point, height: float) -> None:
    """Fold a paper boat and set it on the water, its image below it."""
    paper = mix((255, 253, 247), palette.light, 0.25)
    shade = mix(paper, palette.far, 0.38)
    parts = (
        (_HULL_BACK, mix(shade, palette.near, 0.25)),
        (_SAIL_LEFT, paper),
        (_SAIL_RIGHT, shade),
        (_HULL, mix(paper, palette.accent, 0.1)),
        (_FOLD, shade),
    )
    _reflect(picture, mix(paper, palette.far, 0.3), at=at, height=height)
    for outline, colour in parts:
        mask = brushes.shape(picture.size, _placed(picture, outline, at, height))
        picture.paste(colour, (0, 0), mask)


def _reflect(picture: Image.Image, colour: Colour, *, at: Point, height: float) -> None:
    below = (at[0], at[1] + height * 0.12)
    sheet = Image.new("L", picture.size)
    for outline in (_SAIL_LEFT, _SAIL_RIGHT, _HULL):
        flipped = [(x, -y * 0.8) for x, y in outline]
        mask = brushes.shape(picture.size, _placed(picture, flipped, below, height))
        sheet = ImageChops.lighter(sheet, mask)
    blur = ImageFilter.BoxBlur((picture.width / 160, picture.height / 300))
    picture.paste(colour, (0, 0), sheet.filter(blur).point(lambda v: v * 0.4))


def _placed(
    picture: Image.Image, outline: Sequence[Point], at: Point, height: float
) -> list[Point]:
    ratio = picture.height / picture.width
    return [(at[0] + x * height * ratio, at[1] + y * height) for x, y in outline]


_ROCK: Final = ((-0.62, 0.06), (-0.4, -0.08), (-0.14, -0.16), (0.16, -0.15))
_ROCK_END: Final = ((0.34, -0.06), (0.7, 0.06))
_TOWER: Final = ((-0.085, -0.14), (-0.052, -0.8), (0.052, -0.8), (0.085, -0.14))
_LIT: Final = ((-0.085, -0.14), (-0.052, -0.8), (-0.012, -0.8), (-0.02, -0.14))
_LAMP: Final = ((-0.04, -0.8), (-0.04, -0.88), (0.04, -0.88), (0.04, -0.8))
_GALLERY: Final = ((-0.072, -0.79), (-0.072, -0.81), (0.072, -0.81), (0.072, -0.79))
_ROOF: Final = ((-0.055, -0.88), (0.0, -0.96), (0.055, -0.88))


def lighthouse(
    picture: Image.Image, palette: Palette, *, at: Point, height: float
) -> None:
    """Build a lighthouse on a rock, its lamp lit."""
    stone = mix(palette.near, palette.far, 0.12)
    wall = mix((250, 246, 238), palette.horizon, 0.3)
    lamp = (at[0], at[1] - 0.84 * height)
    for outline, colour in (
        ((*_ROCK, *_ROCK_END), stone),
        (_TOWER, mix(wall, palette.near, 0.45)),
        (_LIT, wall),
        (_GALLERY, stone),
        (_LAMP, palette.accent),
        (_ROOF, stone),
    ):
        mask = brushes.shape(picture.size, _placed(picture, outline, at, height))
        picture.paste(colour, (0, 0), mask)
    brushes.glow(picture, mix(palette.accent, palette.light, 0.6), lamp, height * 0.3)


def pines(
    picture: Image.Image,
    colour: Colour,
    dice: Random,
    *,
    line: Sequence[Point],
    height: float,
) -> None:
    """Plant pines along a line, some close together and some apart."""
    width, tall = picture.width * FINER, picture.height * FINER
    sheet = Image.new("L", (width, tall))
    pen = ImageDraw.Draw(sheet)
    for _ in range(round(3.2 / height)):
        x, y = line[dice.randrange(len(line))]
        x, grown = x + dice.uniform(-0.006, 0.006), height * dice.uniform(0.45, 1.1)
        _pine(pen, (x * width, (y + 0.012) * tall), grown * tall)
    picture.paste(colour, (0, 0), sheet.reduce(FINER))


def _pine(pen: ImageDraw.ImageDraw, foot: Point, height: float) -> None:
    x, y = foot
    pen.rectangle((x - height * 0.02, y - height * 0.2, x + height * 0.02, y), fill=255)
    for storey in range(5):
        base, half = (
            y - height * (0.12 + storey * 0.15),
            height * (0.2 - storey * 0.033),
        )
        tip = base - height * 0.32
        pen.polygon([(x - half, base), (x + half, base), (x, tip)], fill=255)


def birds(picture: Image.Image, palette: Palette, dice: Random) -> None:
    """Let a few birds cross the sky."""
    width, height = picture.width * FINER, picture.height * FINER
    sheet = Image.new("L", (width, height))
    pen = ImageDraw.Draw(sheet)
    middle = (dice.uniform(0.25, 0.75), dice.uniform(0.18, 0.32))
    for _ in range(dice.randint(4, 7)):
        x = (middle[0] + dice.gauss(0, 0.07)) * width
        y = (middle[1] + dice.gauss(0, 0.03)) * height
        span = dice.uniform(0.008, 0.016) * height
        wings = [(x - span, y - span * 0.5), (x, y), (x + span, y - span * 0.55)]
        pen.line(wings, fill=200, width=max(round(span / 5), 2), joint="curve")
    picture.paste(palette.near, (0, 0), sheet.reduce(FINER))
