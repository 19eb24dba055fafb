"""Places: lakes, seas, dunes and woods, composed from a prompt's words."""

from collections.abc import Callable
from random import Random
from typing import Final

from PIL import Image

from bot.demo.art import brushes
from bot.demo.art.brushes import Size
from bot.demo.art.figures import birds, boat, lighthouse, pines
from bot.demo.art.palette import PALETTES, Palette, dice_of, mix, number_of

_MIDDLE: Final = 0.5  # of the picture's width
Place = Callable[[Image.Image, Palette, Random], None]


def draw_scene(prompt: str, seed: int, size: Size) -> Image.Image:
    """Draw one picture: its colours and place come from the prompt alone.

    Args:
        prompt: Words; some name a place.
        seed: Chooses the composition.
        size: Pixels, width and height.
    """
    palette = _palette_of(prompt)
    dice = dice_of(prompt, seed)
    picture = brushes.gradient(size, (palette.zenith, palette.sky, palette.horizon))
    _place_of(prompt)(picture, palette, dice)
    return brushes.finish(picture)


def _lake(picture: Image.Image, palette: Palette, dice: Random) -> None:
    """Mountains behind still water, a paper boat on it."""
    shore = dice.uniform(0.56, 0.64)
    light = _heaven(picture, palette, dice, lowest=shore - 0.2)
    _ranges(picture, palette, dice, levels=(shore - 0.1, shore - 0.04, shore + 0.01))
    _flood(picture, palette, dice, level=shore)
    brushes.glints(picture, palette.light, dice, at=(light, shore))
    boat(
        picture,
        palette,
        at=(dice.uniform(0.25, 0.75), dice.uniform(0.74, 0.82)),
        height=dice.uniform(0.13, 0.18),
    )


def _sea(picture: Image.Image, palette: Palette, dice: Random) -> None:
    """A wide sea, a large sun low over it, a lighthouse on its rock."""
    level = dice.uniform(0.6, 0.68)
    light = _heaven(picture, palette, dice, lowest=level - 0.05, large=True)
    far = brushes.swells(dice, level=level - 0.005, height=0.03, count=4)
    brushes.layer(picture, far, (mix(palette.far, palette.horizon, 0.3), palette.far))
    _flood(picture, palette, dice, level=level)
    brushes.glints(picture, palette.light, dice, at=(light, level))
    away = light - 0.42 if light > _MIDDLE else light + 0.42
    lighthouse(picture, palette, at=(away, level + 0.11), height=0.42)
    for _ in range(2):
        aside = dice.uniform(-0.12, 0.12)
        where = (light + aside, dice.uniform(level + 0.05, level + 0.1))
        boat(picture, palette, at=where, height=0.055)


def _dunes(picture: Image.Image, palette: Palette, dice: Random) -> None:
    """Dune behind dune, lit from one side."""
    light = _heaven(picture, palette, dice, lowest=0.42, large=True)
    side = 1 if light > _MIDDLE else -1
    for index in range(5):
        _dune(picture, palette, dice, near=index / 4, side=side)
    birds(picture, palette, dice)


def _dune(
    picture: Image.Image, palette: Palette, dice: Random, *, near: float, side: int
) -> None:
    level = 0.5 + near * 0.34
    knots = dice.randint(2, 3)
    line = brushes.swells(dice, level=level, height=0.06 + near * 0.06, count=knots)
    tone = mix(palette.far, palette.near, near * 0.6)
    bright, deep = mix(tone, palette.light, 0.4), mix(tone, palette.near, 0.6)
    mask = brushes.layer(picture, line, (bright, mix(tone, deep, 0.5)))
    crest = min(line, key=lambda point: point[1])
    brushes.dark_face(picture, mask, deep, crest=crest, side=side)


def _woods(picture: Image.Image, palette: Palette, dice: Random) -> None:
    """Ridges with pines, mist between them."""
    _heaven(picture, palette, dice, lowest=0.4)
    _ranges(picture, palette, dice, levels=(0.5,))
    for index in range(4):
        near = (index + 1) / 4
        level = 0.5 + near * 0.3
        brushes.mist(picture, mix(palette.horizon, palette.sky, 0.2), dice, at=level)
        line = brushes.swells(dice, level=level, height=0.06, count=3)
        tone = mix(palette.far, palette.near, near)
        brushes.layer(picture, line, (tone, mix(tone, palette.near, 0.6)))
        pines(picture, tone, dice, line=line, height=0.03 + near**2 * 0.16)
    birds(picture, palette, dice)


def _heaven(
    picture: Image.Image,
    palette: Palette,
    dice: Random,
    *,
    lowest: float,
    large: bool = False,
) -> float:
    """Fill the sky with stars or clouds and one light; give where it stands."""
    at = (dice.uniform(0.2, 0.8), dice.uniform(0.16, lowest))
    radius = dice.uniform(0.09, 0.13) if large else dice.uniform(0.04, 0.07)
    if palette.night:
        brushes.stars(picture, dice, below=0.6, count=240)
    brushes.glow(picture, palette.light, at, radius * 6)
    brushes.disc(picture, palette.light, at, radius)
    clear = mix(palette.horizon, palette.light, 0.5)
    cloud = palette.sky if palette.night else clear
    brushes.clouds(picture, cloud, dice, below=0.5)
    return at[0]


def _ranges(
    picture: Image.Image, palette: Palette, dice: Random, *, levels: tuple[float, ...]
) -> None:
    """Set mountain ranges one before the other, the far ones hazy."""
    haze = mix(palette.horizon, palette.sky, 0.35)
    side = dice.choice((-1, 1))
    for index, level in enumerate(levels):
        near = (index + 1) / (len(levels) + 1)
        tone = mix(mix(haze, palette.far, 0.75), palette.near, near**1.5)
        height = 0.22 * (1 - near * 0.75)
        line = brushes.crags(dice, level=level, height=height, rough=0.52)
        mask = brushes.layer(picture, line, (tone, mix(tone, haze, 0.6)))
        brushes.lit_slopes(picture, mask, mix(tone, palette.light, 0.55), side=side)


def _flood(
    picture: Image.Image, palette: Palette, dice: Random, *, level: float
) -> None:
    deep = mix(palette.near, palette.zenith, 0.5)
    brushes.water(
        picture, (mix(palette.sky, palette.far, 0.4), deep), dice, level=level
    )
    brushes.mist(picture, palette.horizon, dice, at=level)


PLACES: Final[tuple[Place, ...]] = (_lake, _sea, _dunes, _woods)
# The first word that a prompt holds decides; else the prompt's digest.
WORDS: Final = (
    ("boat", _lake),
    ("船", _lake),
    ("lighthouse", _sea),
    ("灯塔", _sea),
    ("lake", _lake),
    ("湖", _lake),
    ("mountain", _lake),
    ("山", _lake),
    ("sea", _sea),
    ("ocean", _sea),
    ("海", _sea),
    ("dune", _dunes),
    ("desert", _dunes),
    ("沙", _dunes),
    ("forest", _woods),
    ("tree", _woods),
    ("pine", _woods),
    ("林", _woods),
)
NIGHT_WORDS: Final = ("night", "moon", "star", "夜", "月", "星")


def _place_of(prompt: str) -> Place:
    words = prompt.lower()
    named = next((place for word, place in WORDS if word in words), None)
    return named or PLACES[number_of("place", prompt) % len(PLACES)]


def _palette_of(prompt: str) -> Palette:
    words = prompt.lower()
    wants_night = any(word in words for word in NIGHT_WORDS)
    fitting = [each for each in PALETTES if each.night or not wants_night]
    return fitting[number_of("palette", prompt) % len(fitting)]
