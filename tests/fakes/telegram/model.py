"""What the pretended Telegram remembers: people, chats, messages, files."""

import asyncio
import hashlib
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.fakes.telegram.refusal import Refused, broken, missing, moved, turned_away

Json = dict[str, Any]
Kind = Literal["private", "group", "supergroup", "channel"]
Status = Literal["creator", "administrator", "member", "restricted", "left", "kicked"]

BOT_ID = 7_000_000_001
ADMIN_RIGHTS = (
    "can_be_edited",
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)


def wall_clock() -> float:
    """Unix time in seconds, as a server stamps its messages."""
    return time.time()  # noqa: TID251 -- the fake is the outer world, it has no Clock


@dataclass(eq=False)
class User:
    """A person or a bot. `language` may be None: Telegram does not always say."""

    id: int
    first_name: str
    username: str | None = None
    language: str | None = "en"
    is_bot: bool = False
    deactivated: bool = False

    def json(self) -> Json:
        """Return the Bot API's User."""
        found = {
            "id": self.id,
            "is_bot": self.is_bot,
            "first_name": self.first_name,
            "username": self.username,
            "language_code": self.language,
        }
        return {name: value for name, value in found.items() if value is not None}


@dataclass(eq=False)
class StoredFile:
    """One uploaded file under one file_id; `kind` is what it may be sent as."""

    file_id: str
    kind: str
    body: bytes
    name: str | None
    content_type: str
    width: int = 0
    height: int = 0

    @property
    def unique_id(self) -> str:
        """Same bytes, same unique id, as on the real server."""
        return "AQ" + hashlib.sha256(self.body).hexdigest()[:14]

    @property
    def path(self) -> str:
        """Where getFile says the bytes are."""
        return f"{self.kind}s/{self.file_id[-12:]}_{self.name or 'file'}"


@dataclass(frozen=True)
class Version:
    """What a message showed before it was edited."""

    words: str
    entities: list[Json]
    markup: Json | None
    media: StoredFile | None


@dataclass(eq=False)
class Message:
    """A message as its chat shows it now; `history` holds what it showed before."""

    id: int
    chat: "Chat"
    sender: User | None
    date: int
    text: str | None = None
    caption: str | None = None
    entities: list[Json] = field(default_factory=list)
    markup: Json | None = None
    media: StoredFile | None = None
    thread: int | None = None
    is_topic: bool = False
    reply_to: "Message | None" = None
    silent: bool = False
    album: str | None = None
    preview: Json = field(default_factory=dict)
    spoiler: bool = False
    protected: bool = False
    inline_id: str | None = None
    edited_at: int | None = None
    deleted: bool = False
    reactions: list[Json] = field(default_factory=list)
    service: Json = field(default_factory=dict)
    history: list[Version] = field(default_factory=list)

    @property
    def words(self) -> str:
        """Text or caption, whichever this message has."""
        return self.text if self.text is not None else self.caption or ""

    @property
    def buttons(self) -> list[Json]:
        """All inline buttons, row by row."""
        rows = (self.markup or {}).get("inline_keyboard", [])
        return [button for row in rows for button in row]

    @property
    def shows_preview(self) -> bool:
        """Whether clients draw a link preview under this message."""
        links = {each["type"] for each in self.entities} & {"url", "text_link"}
        return (
            self.text is not None
            and bool(links)
            and not self.preview.get("is_disabled")
        )

    @property
    def labels(self) -> list[str]:
        """What the buttons say, row by row."""
        return [str(button["text"]) for button in self.buttons]

    def button(self, wanted: str) -> Json:
        """Return the button with this label or callback_data.

        Raises:
            AssertionError: There is none; the text names those there are.
        """
        for button in self.buttons:
            if wanted in (button["text"], button.get("callback_data")):
                return button
        raise AssertionError(f"no button {wanted!r} among {self.labels}")

    def remember(self) -> None:
        """Keep what is shown now before an edit changes it."""
        entities, markup = list(self.entities), self.markup
        self.history.append(Version(self.words, entities, markup, self.media))


@dataclass(eq=False)
class Chat:
    """A conversation; `topics` maps thread id to name, for forums only."""

    id: int
    kind: Kind
    title: str
    username: str | None = None
    forum: bool = False
    members: dict[int, Status] = field(default_factory=dict)
    admin_rights: dict[int, set[str]] = field(default_factory=dict)
    topics: dict[int, str] = field(default_factory=dict)
    closed_topics: set[int] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    forbidden: str | None = None
    migrated_to: int | None = None
    messages: dict[int, Message] = field(default_factory=dict)

    @property
    def visible(self) -> list[Message]:
        """Messages not deleted, oldest first."""
        return [each for each in self.messages.values() if not each.deleted]

    def json(self) -> Json:
        """Return the Bot API's Chat."""
        found: Json = {"id": self.id, "type": self.kind}
        found |= {"username": self.username} if self.username else {}
        if self.kind == "private":
            return found | {"first_name": self.title}
        return (
            found | {"title": self.title} | ({"is_forum": True} if self.forum else {})
        )


class World:
    """Everything the fake knows, and the condition that tells of changes."""

    def __init__(self, *, username: str = "mjwatch_bot") -> None:
        self.bot = User(BOT_ID, "mjwatch", username, None, is_bot=True)
        self.users: dict[int, User] = {BOT_ID: self.bot}
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, StoredFile] = {}
        self.inline_messages: dict[str, Message] = {}
        self.web: dict[str, tuple[str, bytes]] = {}
        self.rings: list[Message] = []
        self.strays: list[Message] = []
        self.clock: Callable[[], float] = wall_clock
        self.changed = asyncio.Condition()
        self._private_ids = itertools.count(1001)
        self._chat_ids: dict[int, itertools.count[int]] = {}
        self._serial = itertools.count(1)

    def serial(self) -> int:
        """Return a number never given before."""
        return next(self._serial)

    def now(self) -> int:
        """Unix seconds."""
        return int(self.clock())

    async def announce(self) -> None:
        """Wake everybody who waits for a change."""
        async with self.changed:
            self.changed.notify_all()

    def next_message_id(self, chat: Chat) -> int:
        """Supergroups and channels count for themselves, the others together."""
        if chat.kind in {"private", "group"}:
            return next(self._private_ids)
        return next(self._chat_ids.setdefault(chat.id, itertools.count(2)))

    def place(self, message: Message) -> Message:
        """Put a message into its chat."""
        message.chat.messages[message.id] = message
        return message

    def reachable(self, chat_id: object) -> Chat:
        """Return the chat a bot's call may act in.

        Raises:
            Refused: Unknown, moved, blocked or left, as the real server says it.
        """
        chat = self._find(chat_id)
        if chat.migrated_to is not None:
            raise moved(chat.migrated_to)
        user = self.users.get(chat.id)
        if user is not None and user.deactivated:
            raise turned_away("user is deactivated")
        if chat.forbidden is not None:
            raise turned_away(chat.forbidden)
        return chat

    def _find(self, chat_id: object) -> Chat:
        if chat_id in (None, ""):
            raise broken("chat_id is empty")
        for chat in self.chats.values():
            if chat.id == chat_id or (chat.username and f"@{chat.username}" == chat_id):
                return chat
        raise self._unknown(chat_id)

    def _unknown(self, chat_id: object) -> Refused:
        if isinstance(chat_id, int) and chat_id in self.users:
            return turned_away("bot can't initiate conversation with a user")
        return missing("chat not found")

    def message(self, chat: Chat, message_id: object, otherwise: str) -> Message:
        """Return a message that still exists, or refuse with these words."""
        found = chat.messages.get(message_id) if isinstance(message_id, int) else None
        if found is None or found.deleted:
            raise missing(otherwise)
        return found

    def is_admin(self, chat: Chat, user_id: int, right: str | None = None) -> bool:
        """Whether the user manages the chat (and holds that right)."""
        status = chat.members.get(user_id)
        if status == "creator":
            return True
        rights = chat.admin_rights.get(user_id)
        return status == "administrator" and (
            right is None or rights is None or right in rights
        )

    def member_json(self, chat: Chat, user: User) -> Json:
        """Return the Bot API's ChatMember."""
        status = chat.members.get(user.id, "left")
        found: Json = {"status": status, "user": user.json()}
        if status == "creator":
            return found | {"is_anonymous": False}
        if status == "kicked":
            return found | {"until_date": 0}
        return found | (self._rights(chat, user.id) if status[0] == "a" else {})

    def _rights(self, chat: Chat, user_id: int) -> Json:
        held = chat.admin_rights.get(user_id)
        rights = {name: held is None or name in held for name in ADMIN_RIGHTS}
        return rights | {"is_anonymous": False}
