"""Hand-written checks of message bodies: what the official file leaves out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from tests.fakes.discord.component_rules import (
    check_message_components,
    check_url,
    known_keys,
)
from tests.fakes.discord.errors import ApiError, invalid
from tests.fakes.discord.jsontypes import Json
from tests.fakes.discord.model import (
    COMPONENTS_V2,
    DEFAULT_FILE_LIMIT,
    StoredMessage,
    UploadedFile,
)

REQUEST_LIMIT: Final = 25 * 1024 * 1024
_COMMON: Final = frozenset(
    ["content", "embeds", "allowed_mentions", "components", "flags"]
) | {"attachments"}
_EXTRA: Final[dict[str, frozenset[str]]] = {
    "create": frozenset(
        ["tts", "nonce", "enforce_nonce", "message_reference", "sticker_ids", "poll"]
    ),
    "edit": frozenset({"tts"}),  # ignored, but the library sends it
    "callback": frozenset({"tts", "poll"}),
    "webhook": frozenset(["tts", "username", "avatar_url", "thread_name", "poll"]),
}
_ATTACHMENT_KEYS: Final = frozenset(
    [
        "id",
        "filename",
        "description",
        "title",
        "spoiler",
        "is_spoiler",
        "is_remix",
        "duration_secs",
        "waveform",
        "url",
        "proxy_url",
        "size",
        "height",
        "width",
        "content_type",
    ]
)
_EMBED_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "footer": ("text", "icon_url", "proxy_icon_url"),
    "author": ("name", "url", "icon_url", "proxy_icon_url"),
    "image": ("url", "proxy_url", "width", "height", "flags", "description"),
    "thumbnail": ("url", "proxy_url", "width", "height", "flags", "description"),
    "video": ("url", "proxy_url", "width", "height"),
    "provider": ("name", "url"),
}
_EMBED_TOP: Final = frozenset(
    ["title", "type", "description", "url", "timestamp", "color", "fields", "flags"]
) | set(_EMBED_KEYS)
_EMBED_LIMITS: Final = (
    ("title", None, 256),
    ("description", None, 4096),
    ("footer", "text", 2048),
    ("author", "name", 256),
)


@dataclass(frozen=True)
class Place:
    """What the checks must know of where a message goes."""

    kind: str
    file_limit: int = DEFAULT_FILE_LIMIT
    emojis: Collection[int] = ()
    before: StoredMessage | None = None
    files: Mapping[str, UploadedFile] = field(default_factory=dict)


def check_size(size: int) -> None:
    """Refuse a request over 25 MiB in all."""
    if size > REQUEST_LIMIT:
        raise ApiError(40005)


def check_message(body: Json, place: Place) -> None:
    """Refuse what Discord would refuse in a message or an edit.

    Raises:
        ApiError: 40005, 50006 or 50035.
    """
    known_keys(body, _COMMON | _EXTRA[place.kind], "")
    _check_files(body, place)
    _check_text(body)
    _check_embeds(body, place)
    _check_mentions(body)
    v2 = _check_v2(body, place)
    check_message_components(body.get("components") or [], v2=v2, emojis=place.emojis)
    _check_not_empty(body, place)


def _check_files(body: Json, place: Place) -> None:
    files = place.files
    if len(files) > 10 or len(body.get("attachments") or []) > 10:
        raise invalid("attachments", "BASE_TYPE_MAX_LENGTH", "10 or fewer files")
    if any(len(file.content) > place.file_limit for file in files.values()):
        raise ApiError(40005)
    described = {str(a.get("id")) for a in body.get("attachments") or []}
    for name, file in files.items():
        if not file.filename or len(file.filename) > 1024:
            raise invalid("attachments.filename", "BASE_TYPE_BAD_LENGTH", "1 to 1024")
        if name.removeprefix("files[").removesuffix("]") not in described:
            raise invalid("attachments", "ATTACHMENT_MISSING", f"{name} undescribed")
    _check_attachments(body, place)


def _check_attachments(body: Json, place: Place) -> None:
    kept = {str(file.id) for file in place.before.files} if place.before else set()
    for index, attachment in enumerate(body.get("attachments") or []):
        path = f"attachments.{index}"
        known_keys(attachment, _ATTACHMENT_KEYS, path)
        identity = str(attachment.get("id"))
        if f"files[{identity}]" not in place.files and identity not in kept:
            raise invalid(f"{path}.id", "ATTACHMENT_NOT_FOUND", "no such file")


def _check_text(body: Json) -> None:
    if len(body.get("content") or "") > 2000:
        raise invalid(
            "content", "BASE_TYPE_MAX_LENGTH", "Must be 2000 or fewer in length."
        )
    nonce = body.get("nonce")
    if isinstance(nonce, str) and len(nonce) > 25:
        raise invalid("nonce", "NONCE_TYPE_TOO_LONG", "Must be 25 or fewer.")


def _check_embeds(body: Json, place: Place) -> None:
    embeds = body.get("embeds") or []
    if len(embeds) > 10:
        raise invalid("embeds", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer")
    for index, embed in enumerate(embeds):
        _check_embed(embed, f"embeds.{index}", _file_names(body, place))
    if sum(map(embed_length, embeds)) > 6000:
        raise invalid("embeds", "MAX_EMBED_SIZE_EXCEEDED", "exceeds 6000 characters")


def _file_names(body: Json, place: Place) -> set[str]:
    names = {file.filename for file in place.files.values()}
    kept = {str(a.get("id")) for a in body.get("attachments") or []}
    whole = body.get("attachments") is None
    for file in place.before.files if place.before else ():
        if whole or str(file.id) in kept:
            names.add(file.filename)
    return names


def embed_length(embed: Json) -> int:
    """Count the characters that Discord sums over all embeds."""
    total = len(embed.get("title") or "") + len(embed.get("description") or "")
    total += len((embed.get("footer") or {}).get("text") or "")
    total += len((embed.get("author") or {}).get("name") or "")
    for item in embed.get("fields") or []:
        total += len(item.get("name") or "") + len(item.get("value") or "")
    return total


def _check_embed(embed: Json, path: str, names: set[str]) -> None:
    known_keys(embed, _EMBED_TOP, path)
    for part, keys in _EMBED_KEYS.items():
        known_keys(embed.get(part) or {}, keys, f"{path}.{part}")
    for part, key, most in _EMBED_LIMITS:
        value = embed.get(part) if key is None else (embed.get(part) or {}).get(key)
        if len(value or "") > most:
            raise invalid(f"{path}.{part}", "BASE_TYPE_MAX_LENGTH", f"{most} or fewer")
    _check_embed_fields(embed.get("fields") or [], path)
    _check_embed_urls(embed, path, names)
    drawn = ("image", "thumbnail", "video")
    if embed_length(embed) == 0 and not any(embed.get(key) for key in drawn):
        raise invalid(path, "BASE_TYPE_REQUIRED", "an embed without anything")


def _check_embed_fields(fields: list[Json], path: str) -> None:
    if len(fields) > 25:
        raise invalid(f"{path}.fields", "BASE_TYPE_MAX_LENGTH", "25 or fewer")
    for item in fields:
        known_keys(item, ("name", "value", "inline"), f"{path}.fields")
        for key, most in (("name", 256), ("value", 1024)):
            value = item.get(key)
            if not isinstance(value, str) or not value.strip() or len(value) > most:
                raise invalid(
                    f"{path}.fields.{key}", "BASE_TYPE_REQUIRED", f"1 to {most}"
                )


def _check_embed_urls(embed: Json, path: str, names: set[str]) -> None:
    if embed.get("url"):
        check_url(embed["url"], f"{path}.url")
    for part, key in (
        ("image", "url"),
        ("thumbnail", "url"),
        ("footer", "icon_url"),
        ("author", "icon_url"),
        ("author", "url"),
    ):
        url = (embed.get(part) or {}).get(key)
        if isinstance(url, str) and url.startswith("attachment://"):
            if url.removeprefix("attachment://") not in names:
                raise invalid(f"{path}.{part}", "ATTACHMENT_NOT_FOUND", url)
        elif url is not None:
            check_url(url, f"{path}.{part}.{key}")


def _check_mentions(body: Json) -> None:
    allowed = body.get("allowed_mentions")
    if allowed is None:
        return
    known_keys(allowed, ("parse", "users", "roles", "replied_user"), "allowed_mentions")
    for kind in ("users", "roles"):
        names = allowed.get(kind) or []
        if names and kind in (allowed.get("parse") or []):
            raise invalid(
                f"allowed_mentions.{kind}",
                "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.',
            )
        if len(names) > 100 or len(set(map(str, names))) != len(names):
            raise invalid(f"allowed_mentions.{kind}", "BASE_TYPE_MAX_LENGTH", "100")


def _check_v2(body: Json, place: Place) -> bool:
    before = place.before.flags if place.before else 0
    asked = body.get("flags") or 0
    if place.before and before & COMPONENTS_V2 and body.get("flags") is not None:
        asked |= COMPONENTS_V2
    v2 = bool((asked | before) & COMPONENTS_V2)
    if v2 and (body.get("content") or body.get("embeds")):
        raise invalid(
            "content",
            "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
            "not together with components V2",
        )
    return v2


def _check_not_empty(body: Json, place: Place) -> None:
    before = place.before
    content = body.get("content", before.content if before else "")
    embeds = body.get("embeds", before.embeds if before else [])
    components = body.get("components", before.components if before else [])
    attachments = body.get("attachments", before.files if before else [])
    rest = body.get("poll") or body.get("sticker_ids") or place.files
    filled = (content or "").strip() or embeds or components or attachments
    if not (filled or rest):
        raise ApiError(50006)
