"""Hand-written checks of buttons, rows and the newer components."""

from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from tests.fakes.discord.emoji import drawable
from tests.fakes.discord.errors import invalid
from tests.fakes.discord.jsontypes import Json, JsonList
from tests.fakes.discord.model import walk

_SELECTS: Final = (3, 5, 6, 7, 8)
_SELECT_KEYS: Final = frozenset(
    [
        "custom_id",
        "placeholder",
        "min_values",
        "max_values",
        "disabled",
        "required",
        "options",
        "default_values",
        "channel_types",
    ]
)
_KEYS: Final[dict[int, frozenset[str]]] = {
    1: frozenset({"components"}),
    2: frozenset(["style", "label", "custom_id", "url", "disabled", "emoji", "sku_id"]),
    **dict.fromkeys(_SELECTS, _SELECT_KEYS),
    4: frozenset(
        [
            "custom_id",
            "style",
            "label",
            "value",
            "placeholder",
            "required",
            "min_length",
            "max_length",
        ]
    ),
    9: frozenset({"components", "accessory"}),
    10: frozenset({"content"}),
    11: frozenset({"media", "description", "spoiler"}),
    12: frozenset({"items"}),
    13: frozenset({"file", "spoiler"}),
    14: frozenset({"divider", "spacing"}),
    17: frozenset({"components", "accent_color", "spoiler"}),
    18: frozenset({"label", "description", "component"}),
    19: frozenset(["custom_id", "min_values", "max_values", "required"]),
    21: frozenset(["custom_id", "options", "required"]),
    22: frozenset(["custom_id", "options", "min_values", "max_values", "required"]),
    23: frozenset(["custom_id", "default"]),
}
_CLASSIC: Final = frozenset({1, 2, *_SELECTS})
_MODAL_TOP: Final = frozenset({1, 10, 18})
_LINK: Final = 5
_PREMIUM: Final = 6


def known_keys(body: Json, allowed: Collection[str], path: str) -> None:
    """Refuse misspelt keys."""
    for key in body:
        if key not in allowed:
            raise invalid(f"{path}.{key}", "UNKNOWN_KEY", f"{key} is no field here")


def check_message_components(
    components: JsonList, *, v2: bool, emojis: Collection[int]
) -> None:
    """Check everything about a message's components.

    Args:
        components: As sent.
        v2: Whether the message carries the components-V2 flag.
        emojis: Ids of custom emoji the application may use.
    """
    everything = walk(components)
    _check_amount(components, everything, v2=v2)
    for part in everything:
        if not v2 and part.get("type") not in _CLASSIC:
            raise invalid("components", "BASE_TYPE_CHOICES", "V2 needs the V2 flag")
        _check_part(part, emojis)
    _no_twins(everything)


def check_modal(components: JsonList) -> None:
    """Check the inside of a modal: one to five rows, labels or texts."""
    if not 1 <= len(components) <= 5:
        raise invalid("data.components", "BASE_TYPE_BAD_LENGTH", "1 to 5 in a modal")
    for component in components:
        if component.get("type") not in _MODAL_TOP:
            raise invalid("data.components", "BASE_TYPE_CHOICES", "not for modals")
    everything = walk(components)
    for part in everything:
        _check_part(part, ())
        _limit(part, "label", 45)
        _limit(part, "placeholder", 100)
        _limit(part, "value", 4000)
    _no_twins(everything)


def _check_amount(components: JsonList, everything: list[Json], *, v2: bool) -> None:
    if not v2 and len(components) > 5:
        raise invalid("components", "BASE_TYPE_BAD_LENGTH", "Must be 5 or fewer")
    if not v2 and any(c.get("type") != 1 for c in components):
        raise invalid("components", "BASE_TYPE_CHOICES", "only rows at the top")
    if len(everything) > 40:
        raise invalid("components", "BASE_TYPE_MAX_LENGTH", "over 40 components")
    text = sum(len(part.get("content", "")) for part in everything)
    if text > 4000:
        raise invalid("components", "COMPONENT_MAX_TEXT", "over 4000 characters")


def _no_twins(everything: list[Json]) -> None:
    ids = [part["custom_id"] for part in everything if part.get("custom_id")]
    if len(ids) != len(set(ids)):
        raise invalid(
            "components",
            "COMPONENT_CUSTOM_ID_DUPLICATED",
            "Component custom id cannot be duplicated",
        )


def _check_part(part: Json, emojis: Collection[int]) -> None:
    kind = part.get("type")
    if not isinstance(kind, int) or kind not in _KEYS:
        raise invalid("components.type", "BASE_TYPE_CHOICES", f"type {kind!r}")
    known_keys(part, _KEYS[kind] | {"type", "id"}, "components")
    _limit(part, "custom_id", 100)
    if kind == 1:
        _check_row(part)
    elif kind == 2:
        _check_button(part, emojis)
    elif kind in _SELECTS:
        _check_select(part, emojis)


def _check_row(row: Json) -> None:
    inner = row.get("components") or []
    kinds = [part.get("type") for part in inner]
    if not inner or len(inner) > 5:
        raise invalid("components", "BASE_TYPE_BAD_LENGTH", "1 to 5 in a row")
    if any(kind != 2 for kind in kinds) and len(inner) > 1:
        raise invalid("components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "row is full")


def _check_button(button: Json, emojis: Collection[int]) -> None:
    _limit(button, "label", 80)
    style, url = button.get("style"), button.get("url")
    has_id = bool(button.get("custom_id"))
    if style == _LINK:
        if has_id or not url:
            raise invalid("components.url", "BASE_TYPE_REQUIRED", "a link needs an url")
        check_url(url, "components.url", schemes=("http", "https", "discord"))
        _limit(button, "url", 512)
    elif style != _PREMIUM and (not has_id or url):
        raise invalid("components.custom_id", "BASE_TYPE_REQUIRED", "needs a custom id")
    if style != _PREMIUM and not button.get("label") and not button.get("emoji"):
        raise invalid(
            "components.label",
            "BUTTON_COMPONENT_INVALID_LABEL",
            "A button must have a label or an emoji",
        )
    check_emoji(button.get("emoji"), emojis)


def _check_select(select: Json, emojis: Collection[int]) -> None:
    _limit(select, "placeholder", 150)
    options = select.get("options") or []
    if select["type"] == 3 and not 1 <= len(options) <= 25:
        raise invalid("components.options", "BASE_TYPE_BAD_LENGTH", "1 to 25 options")
    if len({option.get("value") for option in options}) != len(options):
        raise invalid(
            "components.options", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "twice"
        )
    for option in options:
        known_keys(
            option,
            ("label", "value", "description", "emoji", "default"),
            "components.options",
        )
        for key in ("label", "value", "description"):
            _limit(option, key, 100)
        if not option.get("label"):
            raise invalid("components.options.label", "BASE_TYPE_REQUIRED", "no label")
        check_emoji(option.get("emoji"), emojis)


def check_emoji(emoji: Json | None, emojis: Collection[int]) -> None:
    """Refuse an emoji that Discord cannot draw or does not know."""
    if emoji is None:
        return
    known_keys(emoji, ("id", "name", "animated"), "components.emoji")
    if emoji.get("id"):
        fine = int(emoji["id"]) in emojis
    else:
        fine = drawable(emoji.get("name"))
    if not fine:
        raise invalid(
            "components.0.components.0.emoji.name",
            "BUTTON_COMPONENT_INVALID_EMOJI",
            "Invalid emoji",
        )


def check_url(
    url: object, path: str, schemes: Collection[str] = ("http", "https")
) -> None:
    """Refuse what is not an absolute address with one of the schemes."""
    parts = urlsplit(url) if isinstance(url, str) else None
    if parts is None or parts.scheme not in schemes or not parts.netloc:
        raise invalid(
            path,
            "URL_TYPE_INVALID_SCHEME",
            f'Scheme "{parts.scheme if parts else None}" is not supported.',
        )


def _limit(part: Json, key: str, most: int) -> None:
    value = part.get(key)
    if isinstance(value, str) and len(value) > most:
        raise invalid(
            f"components.{key}",
            "BASE_TYPE_BAD_LENGTH",
            f"Must be between 1 and {most} in length.",
        )
