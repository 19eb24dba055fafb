"""What the fake remembers: people, places, messages and requests."""

from dataclasses import dataclass, field
from typing import Final

from tests.fakes.discord.errors import ApiError
from tests.fakes.discord.jsontypes import Json, JsonList

EPHEMERAL: Final = 1 << 6
LOADING: Final = 1 << 7
SILENT: Final = 1 << 12
COMPONENTS_V2: Final = 1 << 15
DEFAULT_FILE_LIMIT: Final = 10 * 1024 * 1024
TEXT_CHANNEL: Final = 0
DM_CHANNEL: Final = 1
GROUP_DM_CHANNEL: Final = 3


@dataclass(eq=False)
class User:
    """A person or an application."""

    id: int
    name: str
    bot: bool = False
    locale: str = "en-US"
    accepts_dms: bool = True


@dataclass(eq=False)
class Guild:
    """A server; ``bot_member`` False means user-installed use only."""

    id: int
    name: str
    locale: str = "en-US"
    bot_member: bool = True
    premium_tier: int = 0


@dataclass(eq=False)
class Channel:
    """A place for messages.

    ``refusals`` maps an action (``view``, ``send``, ``edit``, ``react``) to the
    code with which the bot is refused there. ``everyone_lacks`` are permissions
    that the channel takes from all, the bot too; they are only told, not enforced.
    """

    id: int
    name: str
    type: int = TEXT_CHANNEL
    guild: Guild | None = None
    recipient: User | None = None
    parent: "Channel | None" = None
    file_limit: int = DEFAULT_FILE_LIMIT
    everyone_may_ring: bool = True
    everyone_lacks: int = 0
    deleted: bool = False
    refusals: dict[str, int] = field(default_factory=dict)

    @property
    def private(self) -> bool:
        """Whether it is a direct message or a group of them."""
        return self.guild is None

    def check(self, action: str) -> None:
        """Refuse an action of the bot as scripted.

        Raises:
            ApiError: With the scripted code.
        """
        if self.deleted:
            raise ApiError(10003, scripted=True)
        if self.guild is not None and not self.guild.bot_member:
            raise ApiError(50001, scripted=True)
        for key in ("view", action):
            if key in self.refusals:
                raise ApiError(self.refusals[key], scripted=True)
        if self.recipient is not None and not self.recipient.accepts_dms:
            self._refuse_dm(action)

    def _refuse_dm(self, action: str) -> None:
        if action == "send":
            raise ApiError(50007, scripted=True)


@dataclass(frozen=True, eq=False)
class UploadedFile:
    """A file part as it arrived."""

    filename: str
    content: bytes
    content_type: str


@dataclass(eq=False)
class StoredFile:
    """A file that a message holds."""

    id: int
    filename: str
    content: bytes
    content_type: str
    url: str
    description: str | None = None

    @property
    def spoiler(self) -> bool:
        """Whether it is hidden until clicked."""
        return self.filename.startswith("SPOILER_")


@dataclass(frozen=True)
class Mentions:
    """Who a message really rings, not what its text says."""

    users: frozenset[int] = frozenset()
    roles: frozenset[int] = frozenset()
    everyone: bool = False
    replied_user: int | None = None

    @property
    def rings(self) -> frozenset[int]:
        """All people rung by name or by the reply."""
        replied = () if self.replied_user is None else (self.replied_user,)
        return self.users.union(replied)


@dataclass(eq=False)
class StoredMessage:
    """A message and everything that became of it.

    ``resolved_mentions`` follows edits; ``rang`` is what rang when it was new,
    since edits ring nobody.
    """

    id: int
    channel: Channel
    author: User
    created: float
    content: str = ""
    embeds: JsonList = field(default_factory=list)
    components: JsonList = field(default_factory=list)
    files: list[StoredFile] = field(default_factory=list)
    flags: int = 0
    nonce: str | None = None
    webhook: bool = False
    reference: Json | None = None
    interaction_id: int | None = None
    edited: str | None = None
    deleted: bool = False
    resolved_mentions: Mentions = field(default_factory=Mentions)
    rang: Mentions = field(default_factory=Mentions)
    reactions: set[str] = field(default_factory=set)
    edits: list[Json] = field(default_factory=list)

    @property
    def ephemeral(self) -> bool:
        """Whether only the asker sees it."""
        return bool(self.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Whether it is still "the bot is thinking"."""
        return bool(self.flags & LOADING)

    @property
    def silent(self) -> bool:
        """Whether phones stay quiet."""
        return bool(self.flags & SILENT)

    def buttons(self) -> list[Json]:
        """Return all buttons, however deep, in order."""
        return [part for part in walk(self.components) if part.get("type") == 2]

    def custom_id(self, label: str) -> str:
        """Return the custom id of the button with this label (or emoji name)."""
        for button in self.buttons():
            emoji = (button.get("emoji") or {}).get("name")
            if label in (button.get("label"), emoji):
                return str(button["custom_id"])
        raise KeyError(label)


@dataclass(eq=False)
class Call:
    """One request as received and how it was answered (0: cut off)."""

    method: str
    path: str
    query: dict[str, str]
    json: object
    files: dict[str, UploadedFile]
    at: float
    size: int
    status: int = 0
    answer: object = None


@dataclass(frozen=True)
class Refusal:
    """A request that the fake refused on its own account (not by a fault)."""

    method: str
    path: str
    status: int
    code: int
    message: str
    errors: Json | None = None


def walk(components: JsonList) -> list[Json]:
    """List components and their descendants, outermost first."""
    found: list[Json] = []
    for component in components:
        if not isinstance(component, dict):
            continue
        found.append(component)
        inner = [*(component.get("components") or [])]
        inner += [component[k] for k in ("accessory", "component") if component.get(k)]
        found += walk(inner)
    return found
