"""Brushes on Pillow: gradients, glows, ridges, mist, ripples.

Every size is a fraction of the picture, and the dice fall as often for a small
picture as for a large one: a tile and its upscale show the same place.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import cos, pi, sin
from random import Random
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from bot.demo.art.palette import Colour, mix

FINER: Final = 2  # masks are drawn this much larger, so that edges are soft
Size = tuple[int, int]
Point = tuple[float, float]  # fractions of width and height


def gradient(size: Size, stops: Sequence[Colour]) -> Image.Image:
    """Fill a picture from top to bottom through some colours."""
    strip = Image.new("RGB", (1, 128))
    last = len(stops) - 1
    for row in range(128):
        at = row / 127 * last
        index = min(int(at), last - 1)
        strip.putpixel((0, row), mix(stops[index], stops[index + 1], at - index))
    return strip.resize(size, Image.Resampling.BICUBIC)


def glow(picture: Image.Image, colour: Colour, at: Point, reach: float) -> None:
    """Let light shine around a point; reach is a fraction of the height."""
    width, height = picture.size
    side = max(round(reach * height * 2), 2)
    ball = ImageChops.invert(Image.radial_gradient("L")).point(_soften)
    corner = (round(at[0] * width - side / 2), round(at[1] * height - side / 2))
    picture.paste(colour, corner, ball.resize((side, side), Image.Resampling.BICUBIC))


def _soften(value: float) -> float:
    return (max(value - 75, 0) / 180) ** 2 * 200


def disc(picture: Image.Image, colour: Colour, at: Point, radius: float) -> None:
    """Paint a round sun or moon; the radius is a fraction of the height."""
    width, height = picture.size
    x, y, r = at[0] * width, at[1] * height, radius * height
    side = round(r * 2) + 2
    large = Image.new("L", (side * 4, side * 4))
    ImageDraw.Draw(large).ellipse((4, 4, side * 4 - 5, side * 4 - 5), fill=255)
    picture.paste(colour, (round(x - side / 2), round(y - side / 2)), large.reduce(4))


def shape(size: Size, outline: Sequence[Point]) -> Image.Image:
    """Give the mask of a polygon."""
    width, height = size[0] * FINER, size[1] * FINER
    mask = Image.new("L", (width, height))
    corners = [(x * width, y * height) for x, y in outline]
    ImageDraw.Draw(mask).polygon(corners, fill=255)
    return mask.reduce(FINER)


def crags(dice: Random, *, level: float, height: float, rough: float) -> list[Point]:
    """Draw a mountain line by halving: each half is moved by less than the last."""
    line = [dice.uniform(-0.3, 0.5), dice.uniform(-0.3, 0.5)]
    step = 1.0
    for _ in range(7):
        halved = [line[0]]
        for left, right in pairwise(line):
            halved += [(left + right) / 2 + dice.uniform(-step, step), right]
        line, step = halved, step * rough
    return [(i / (len(line) - 1), level - height * y) for i, y in enumerate(line)]


def swells(dice: Random, *, level: float, height: float, count: int = 3) -> list[Point]:
    """Draw a soft line: a few knots with rounded ways between them."""
    knots = [dice.uniform(-1, 1) for _ in range(count + 2)]
    return [
        (i / 96, level - height * _between(knots, i / 96 * count)) for i in range(97)
    ]


def _between(knots: Sequence[float], at: float) -> float:
    index = int(at)
    share = (1 - cos((at - index) * pi)) / 2
    return knots[index] * (1 - share) + knots[index + 1] * share


def ground(line: Sequence[Point]) -> list[Point]:
    """Close a line to the ground below it."""
    return [*line, (1.0, 1.0), (0.0, 1.0)]


def layer(
    picture: Image.Image, line: Sequence[Point], colours: tuple[Colour, Colour]
) -> Image.Image:
    """Paint the ground below a line, fading downwards; give its mask."""
    width, height = picture.size
    mask = shape(picture.size, ground(line))
    top = max(min(y for _, y in line), 0.0)
    filled = gradient((width, max(round(height * (1 - top)), 2)), colours)
    begin = height - filled.height
    picture.paste(filled, (0, begin), mask.crop((0, begin, width, height)))
    return mask


def lit_slopes(
    picture: Image.Image, mask: Image.Image, colour: Colour, *, side: int
) -> None:
    """Brighten the slopes of a layer that look to the light; side is -1 or 1."""
    reach = picture.height // 26
    shifted = Image.new("L", mask.size, 255)
    shifted.paste(mask, (-side * reach, reach))
    facing = ImageChops.subtract(mask, shifted)
    soft = facing.filter(ImageFilter.BoxBlur(reach / 3)).point(lambda v: v * 0.5)
    picture.paste(colour, (0, 0), ImageChops.multiply(soft, mask))


def dark_face(
    picture: Image.Image, mask: Image.Image, colour: Colour, *, crest: Point, side: int
) -> None:
    """Shade the face of a dune that looks away from the light, from its crest down."""
    x, y = crest
    bend = [(x - side * 0.11 * sin(t / 12 * pi * 1.3), y + t / 40) for t in range(13)]
    face = [*bend, (x - side * 1.2, y + 0.3), (x - side * 1.2, y - 0.3), (x, y - 0.3)]
    inside = ImageChops.multiply(shape(picture.size, face), mask)
    top = max(round(y * picture.height), 0)
    fade = Image.new("L", picture.size)
    falling = [(200,) * 3, (90,) * 3, (0,) * 3]
    fade.paste(
        gradient((fade.width, round(fade.height * 0.3)), falling).getchannel(0),
        (0, top),
    )
    picture.paste(colour, (0, 0), ImageChops.multiply(inside, fade))


def mist(picture: Image.Image, colour: Colour, dice: Random, *, at: float) -> None:
    """Lay a band of mist across, thickest at a height."""
    width, height = picture.size
    knots = Image.frombytes("L", (6, 4), dice.randbytes(24))
    band = (width, round(height * 0.2))
    cloud = knots.resize(band, Image.Resampling.BICUBIC).point(lambda v: v * 0.75)
    fade = gradient(band, [(0, 0, 0), (255, 255, 255), (0, 0, 0)]).getchannel(0)
    corner = (0, round(height * at - band[1] / 2))
    picture.paste(colour, corner, ImageChops.multiply(cloud, fade))


def clouds(picture: Image.Image, colour: Colour, dice: Random, *, below: float) -> None:
    """Draw long thin clouds into the sky."""
    width, height = picture.size
    sheet = Image.new("L", (width, round(height * below)))
    for cells, share in (((5, 14), 0.65), ((13, 40), 0.35)):
        knots = Image.frombytes("L", cells, dice.randbytes(cells[0] * cells[1]))
        large = knots.resize(sheet.size, Image.Resampling.BICUBIC)
        sheet = ImageChops.add(sheet, large.point(lambda v, s=share: v * s))
    thin = sheet.point(lambda v: max(v - 138, 0) * 1.5)
    picture.paste(colour, (0, 0), thin)


def stars(picture: Image.Image, dice: Random, *, below: float, count: int) -> None:
    """Scatter stars over the sky, few of them bright."""
    width, height = picture.size
    sheet = Image.new("L", (width * FINER, height * FINER))
    pen = ImageDraw.Draw(sheet)
    for _ in range(count):
        x, y = dice.random() * width * FINER, dice.random() ** 1.4 * below * height * 2
        radius = (0.35 + dice.random() ** 6 * 1.3) * height / 400
        bright = dice.randint(90, 255)
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=bright)
    picture.paste((255, 250, 235), (0, 0), sheet.reduce(FINER))


def water(
    picture: Image.Image, colours: tuple[Colour, Colour], dice: Random, *, level: float
) -> None:
    """Turn all below a level into water that mirrors what stands above it."""
    width, height = picture.size
    top = round(level * height)
    depth = height - top
    seen = picture.crop((0, max(top - depth, 0), width, top))
    mirror = seen.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize((width, depth))
    rippled = _ripple(mirror, dice)
    tint = gradient((width, depth), colours)
    veil = gradient((width, depth), [(60,) * 3, (110,) * 3, (215,) * 3]).getchannel(0)
    rippled.paste(tint, (0, 0), veil)
    picture.paste(rippled, (0, top))


def _ripple(mirror: Image.Image, dice: Random) -> Image.Image:
    """Move strips to the sides, further and in broader strips towards the viewer."""
    width, depth = mirror.size
    rippled = mirror.copy()
    for index in range(120):
        share, push = (index / 120) ** 1.5, dice.uniform(-1, 1)
        begin, end = round(share * depth), round(((index + 1) / 120) ** 1.5 * depth)
        if end > begin:
            strip = mirror.crop((0, begin, width, end))
            shift = round(push * (0.004 + share * 0.02) * width)
            rippled.paste(ImageChops.offset(strip, shift, 0), (0, begin))
    return rippled.filter(ImageFilter.BoxBlur((width / 500, depth / 300)))


def glints(picture: Image.Image, colour: Colour, dice: Random, *, at: Point) -> None:
    """Lay the light's path on water: short bright strokes under a point."""
    width, height = picture.size
    sheet = Image.new("L", (width * FINER, height * FINER))
    pen = ImageDraw.Draw(sheet)
    for _ in range(150):
        fall, aside, long = dice.random() ** 1.6, dice.gauss(0, 1), dice.random()
        y = (at[1] + fall * (1 - at[1])) * height * FINER
        x = (at[0] + aside * (0.018 + fall * 0.07)) * width * FINER
        reach = (0.004 + long * 0.03 * (0.3 + fall)) * width * FINER
        thick = (0.0007 + 0.0024 * fall) * height * FINER
        pen.ellipse((x - reach, y - thick, x + reach, y + thick), fill=190)
    soft = sheet.reduce(FINER).filter(ImageFilter.BoxBlur(height / 900))
    picture.paste(colour, (0, 0), soft)


def finish(picture: Image.Image) -> Image.Image:
    """Darken the corners a little."""
    size = picture.size
    corners = Image.radial_gradient("L").resize(size, Image.Resampling.BICUBIC)
    picture.paste((8, 6, 18), (0, 0), corners.point(lambda v: max(v - 105, 0) * 0.55))
    return picture
