"""Colours that go together, and the dice that choose among them."""

import hashlib
from dataclasses import dataclass
from random import Random
from typing import Final

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """The colours of one picture, from the top of the sky to the near shore."""

    zenith: Colour
    sky: Colour
    horizon: Colour
    light: Colour  # of the sun or the moon
    far: Colour
    near: Colour
    accent: Colour  # a sail, a lamp
    night: bool = False


def dice_of(*words: object) -> Random:
    """Give dice that fall the same way whenever they are asked with these words."""
    return Random(number_of(*words))  # noqa: S311 - chooses shapes, guards nothing


def number_of(*words: object) -> int:
    """Digest words to a number of 32 bits."""
    text = "\0".join(map(str, words))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Mix two colours; share 0 gives the first, 1 the other."""
    mixed = [round(a + (b - a) * share) for a, b in zip(one, other, strict=True)]
    return mixed[0], mixed[1], mixed[2]


def _palette(colours: str, *, night: bool = False) -> Palette:
    parsed = [_parse(each) for each in colours.split()]
    zenith, sky, horizon, light, far, near, accent = parsed
    return Palette(
        zenith=zenith,
        sky=sky,
        horizon=horizon,
        light=light,
        far=far,
        near=near,
        accent=accent,
        night=night,
    )


def _parse(colour: str) -> Colour:
    red, green, blue = bytes.fromhex(colour)
    return red, green, blue


# zenith, sky, horizon, light, far, near, accent
PALETTES: Final = (
    _palette("2b1b4d 96457c f7a66f ffe9bd b0688a 1f1330 fff3df"),  # dusk
    _palette("5b93b8 bcd3d9 fde3c6 fffbec a9b4c4 2c4258 e4572e"),  # early morning
    _palette("060a22 182a61 4a6aa5 f6f2da 31487f 050918 ffd166", night=True),
    _palette("0f3d4c 3f8c8a e3ecc0 fffbe0 7fb3a1 0b2a2c f2a65a"),  # jade
    _palette("3b6c90 d9b48a fde2b3 fff6dc d08f5c 54261c fff1d6"),  # desert noon
    _palette("3a2a5c c46a8b ffd1b8 fff0e0 c98aa0 2c1a3a 7fe0d2"),  # rose
    _palette("10233f 3f7ea6 d6eef2 ffffff 9fc4d6 17324d e4572e"),  # ice
    _palette("0b0f2b 3a1f5c b8527a ffe0c2 5b3a78 0a0818 8ef0e0", night=True),
)
