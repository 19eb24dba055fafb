"""How a relay's button reads: its emoji if that is one, and a label always."""

import re
from functools import lru_cache
from typing import Final

from bot.domain.clean import clean_line
from bot.relay.coerce import as_text

LABEL_LIMIT: Final = 80  # characters; Discord's limit, and enough to read

# Code points with the Emoji property (Unicode emoji-data), runs joined.
_BMP: Final = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328"
    "\u23cf\u23e9-\u23f3\u23f8-\u23fa\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe"
    "\u2600-\u2604\u260e\u2611\u2614\u2615\u2618\u261d\u2620\u2622\u2623\u2626\u262a"
    "\u262e\u262f\u2638-\u263a\u2640\u2642\u2648-\u2653\u265f\u2660\u2663\u2665\u2666"
    "\u2668\u267b\u267e\u267f\u2692-\u2697\u2699\u269b\u269c\u26a0\u26a1\u26a7\u26aa"
    "\u26ab\u26b0\u26b1\u26bd\u26be\u26c4\u26c5\u26c8\u26ce\u26cf\u26d1\u26d3\u26d4"
    "\u26e9\u26ea\u26f0-\u26f5\u26f7-\u26fa\u26fd\u2702\u2705\u2708-\u270d\u270f\u2712"
    "\u2714\u2716\u271d\u2721\u2728\u2733\u2734\u2744\u2747\u274c\u274e\u2753-\u2755"
    "\u2757\u2763\u2764\u2795-\u2797\u27a1\u27b0\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b"
    "\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299"
)
_ASTRAL: Final = (
    "\U0001f004\U0001f0cf\U0001f170\U0001f171\U0001f17e\U0001f17f\U0001f18e"
    "\U0001f191-\U0001f19a\U0001f201\U0001f202\U0001f21a\U0001f22f"
    "\U0001f232-\U0001f23a\U0001f250\U0001f251\U0001f300-\U0001f321"
    "\U0001f324-\U0001f393\U0001f396\U0001f397\U0001f399-\U0001f39b"
    "\U0001f39e-\U0001f3f0\U0001f3f3-\U0001f3f5\U0001f3f7-\U0001f4fd"
    "\U0001f4ff-\U0001f53d\U0001f549-\U0001f54e\U0001f550-\U0001f567"
    "\U0001f56f\U0001f570\U0001f573-\U0001f57a\U0001f587\U0001f58a-\U0001f58d"
    "\U0001f590\U0001f595\U0001f596\U0001f5a4\U0001f5a5\U0001f5a8\U0001f5b1"
    "\U0001f5b2\U0001f5bc\U0001f5c2-\U0001f5c4\U0001f5d1-\U0001f5d3"
    "\U0001f5dc-\U0001f5de\U0001f5e1\U0001f5e3\U0001f5e8\U0001f5ef\U0001f5f3"
    "\U0001f5fa-\U0001f64f\U0001f680-\U0001f6c5\U0001f6cb-\U0001f6d2"
    "\U0001f6d5-\U0001f6d8\U0001f6dc-\U0001f6e5\U0001f6e9\U0001f6eb\U0001f6ec"
    "\U0001f6f0\U0001f6f3-\U0001f6fc\U0001f7e0-\U0001f7eb\U0001f7f0"
    "\U0001f90c-\U0001f93a\U0001f93c-\U0001f945\U0001f947-\U0001f9ff"
    "\U0001fa70-\U0001faff"
)
_SIGN: Final = (
    rf"[{_BMP}{_ASTRAL}]\ufe0f?[\U0001f3fb-\U0001f3ff]?[\U000e0020-\U000e007f]*"
)
_EMOJI: Final = re.compile(
    rf"{_SIGN}(?:\u200d{_SIGN})*"
    r"|[\U0001f1e6-\U0001f1ff]{2}"  # a flag
    r"|[0-9#*]\ufe0f?\u20e3"  # a keycap
)
_NAME_LIKE: Final = re.compile(r":?[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+:?(?:\d+)?")

_NAMES: Final = {
    "reroll": "Reroll",
    "low_variation": "Vary (Subtle)",
    "high_variation": "Vary (Strong)",
    "variation": "Make Variations",
    "upsample": "Upscale",
    "upsample_max": "Upscale (Max)",
    "pan_left": "Pan Left",
    "pan_right": "Pan Right",
    "pan_up": "Pan Up",
    "pan_down": "Pan Down",
    "animate_high": "Animate (High motion)",
    "animate_low": "Animate (Low motion)",
    "animate_high_extend": "Extend (High motion)",
    "animate_low_extend": "Extend (Low motion)",
    "video_virtual_upscale": "Upscale",
    "video": "Video",
    "customzoom": "Custom Zoom",
    "inpaint": "Vary (Region)",
    "bookmark": "Favorite",
    "picread": "Retry",
    "picreader": "Imagine",
    "promptanalyzer": "Prompt",
    "outpaint": "Zoom Out",
    "canceljob": "Cancel",
}
_NUMBERED: Final = {"upsample": "U", "variation": "V", "video_virtual_upscale": "U"}
_ZOOMS: Final = {"50": "Zoom Out 2x", "75": "Zoom Out 1.5x", "100": "Make Square"}
_KINDS: Final = ("subtle", "creative", "2x", "4x")


def real_emoji(text: str | None) -> str | None:
    """Give a text back if it is one emoji; names such as `upscale_1` are none."""
    bare = (text or "").strip()
    if not bare:
        return None
    return bare if _EMOJI.fullmatch(bare) else None


def label_of(label: str | None, emoji: str | None, custom_id: str) -> str:
    """Say what a person sees on a button; never empty.

    The label; else what stands for an emoji, unless that is a symbol's name such as
    `upscale_1`; else a name made from the customId.
    """
    if shown := _clipped(label):
        return shown
    if drawn := real_emoji(emoji):
        return drawn
    caption = _clipped(emoji)
    if caption and not _NAME_LIKE.fullmatch(caption):
        return caption
    return _clipped(name_of(custom_id)) or "?"


def face_of(label: object, emoji: object, custom_id: str) -> tuple[str, str | None]:
    """Give `label_of` and `real_emoji` at once, of what a relay wrote for them."""
    if type(label) is str and type(emoji) is str:
        short = len(label) + len(emoji) <= LABEL_LIMIT
        usual = _usual_face(label, emoji) if short else None
        if usual and usual[0]:
            return usual
    # Some dialects wrap an emoji's name as Discord does.
    symbol = as_text(emoji.get("name") if isinstance(emoji, dict) else emoji)
    return label_of(as_text(label), symbol, custom_id), real_emoji(symbol)


@lru_cache(maxsize=1024)  # all tasks show the same few buttons
def _usual_face(label: str, emoji: str) -> tuple[str, str | None]:
    return _clipped(as_text(label)), real_emoji(as_text(emoji))


def name_of(custom_id: str) -> str:
    """Make a name from a customId, such as `Reroll`; only for want of a label."""
    parts = [part for part in custom_id.split("::") if part]
    rest = parts[1:] if parts and parts[0].upper() == "MJ" else parts
    if rest and rest[0].upper() == "JOB" and len(rest) > 1:
        rest = rest[1:]
    if not rest:
        return custom_id
    return _named(rest[0].lower(), rest[1] if len(rest) > 1 else "", custom_id)


def _named(deed: str, place: str, custom_id: str) -> str:
    if deed == "outpaint" and place in _ZOOMS:
        return _ZOOMS[place]
    if deed in _NUMBERED and place.isdigit() and not custom_id.endswith("::SOLO"):
        return f"{_NUMBERED[deed]}{place}"
    if deed in {"picreader", "promptanalyzer"} and place:
        return "Imagine all" if place == "all" else f"{_NAMES[deed]} {place}"
    if deed.startswith("upsample_") and deed not in _NAMES:
        return _upscale(deed)
    return _NAMES.get(deed) or deed.replace("_", " ").strip().capitalize()


def _upscale(deed: str) -> str:
    kind = next((each for each in _KINDS if deed.endswith(each)), "")
    return f"Upscale ({kind.capitalize()})" if kind else "Upscale"


def _clipped(text: str | None) -> str:
    if not text:
        return ""
    plain = text.isascii() and text.isprintable()  # then only spaces can be wrong
    line = " ".join(text.split()) if plain else clean_line(text)
    return line if len(line) <= LABEL_LIMIT else line[: LABEL_LIMIT - 1] + "…"
