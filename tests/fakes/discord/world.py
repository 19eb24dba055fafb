"""The state of the fake: who and what exists, and how messages come and go."""

import mimetypes
from collections.abc import Mapping

from tests.fakes.discord import mentions
from tests.fakes.discord.clock import Changes, FakeClock
from tests.fakes.discord.errors import ApiError
from tests.fakes.discord.interaction import Interaction
from tests.fakes.discord.jsontypes import Json, JsonList
from tests.fakes.discord.model import (
    DM_CHANNEL,
    LOADING,
    Channel,
    Guild,
    Mentions,
    StoredFile,
    StoredMessage,
    UploadedFile,
    User,
)

_BOT_ID = 700_000_000_000_000_000
_EDITABLE_FLAGS = (1 << 2) | (1 << 15)
_SENDABLE_FLAGS = (1 << 2) | (1 << 6) | (1 << 12) | (1 << 15)


class World:
    """Everything that outlives a request.

    Attributes:
        terse: Nothing is told that Discord's clients can do without.
    """

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.changes = Changes()
        self.base = ""
        self.bot = User(_BOT_ID, "mjwatch", bot=True)
        self.users: dict[int, User] = {self.bot.id: self.bot}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, StoredMessage] = {}
        self.interactions: dict[int, Interaction] = {}
        self.commands: JsonList = []
        self.emojis: set[int] = set()
        self.nonce_window = 300.0
        self.terse = False
        self._nonces: dict[tuple[int, int, str], tuple[int, float]] = {}

    def channel(self, channel_id: int, action: str) -> Channel:
        """Find a channel for an action of the bot, or refuse it as scripted."""
        channel = self.channels.get(channel_id)
        if channel is None:
            raise ApiError(10003)
        channel.check(action)
        return channel

    def message(self, channel: Channel, message_id: int) -> StoredMessage:
        """Find a message that the bot can see by its own token."""
        message = self.messages.get(message_id)
        hidden = message is None or message.deleted or message.ephemeral
        if message is None or hidden or message.channel is not channel:
            raise ApiError(10008)
        return message

    def direct_channel(self, user: User) -> Channel:
        """Find or open the direct messages with a user."""
        for channel in self.channels.values():
            if channel.type == DM_CHANNEL and channel.recipient is user:
                return channel
        channel = Channel(self.clock.snowflake(), user.name, DM_CHANNEL, recipient=user)
        self.channels[channel.id] = channel
        return channel

    def visible(self, channel: Channel) -> list[StoredMessage]:
        """List a channel's messages, ephemeral ones too, oldest first."""
        return [
            m for m in self.messages.values() if m.channel is channel and not m.deleted
        ]

    def repeated(self, channel: Channel, body: Json) -> StoredMessage | None:
        """Find the bot's earlier message with the same enforced nonce.

        Raises:
            ApiError: 10008 when that message has been deleted since.
        """
        if body.get("nonce") is None or not body.get("enforce_nonce"):
            return None
        key = (self.bot.id, channel.id, str(body["nonce"]))
        message_id, at = self._nonces.get(key, (0, 0.0))
        if not message_id or self.clock.now() - at > self.nonce_window:
            return None
        if self.messages[message_id].deleted:
            raise ApiError(10008)
        return self.messages[message_id]

    def create(
        self,
        channel: Channel,
        author: User,
        body: Json,
        files: Mapping[str, UploadedFile],
        flags: int = 0,
    ) -> StoredMessage:
        """Store a new message from a checked body.

        ``flags`` are added to what the sender may set itself.
        """
        message = StoredMessage(
            id=self.clock.snowflake(),
            channel=channel,
            author=author,
            created=self.clock.now(),
            nonce=None if body.get("nonce") is None else str(body["nonce"]),
            reference=self._reference(channel, body.get("message_reference")),
            flags=((body.get("flags") or 0) & _SENDABLE_FLAGS) | flags,
        )
        self._fill(message, body, files)
        message.resolved_mentions = message.rang = self._mentions(message, body)
        self._remember(message)
        return message

    def edit(
        self, message: StoredMessage, body: Json, files: Mapping[str, UploadedFile]
    ) -> None:
        """Change a message by a checked body; what is left out stays."""
        message.edits.append(body)
        message.flags &= ~LOADING
        if body.get("flags") is not None:
            kept = message.flags & ~(1 << 2)
            message.flags = kept | (body["flags"] & _EDITABLE_FLAGS)
        message.edited = self.clock.iso()
        self._fill(message, body, files)
        if "content" in body or "allowed_mentions" in body:
            message.resolved_mentions = self._mentions(message, body)
        self.changes.touch()

    def delete(self, message: StoredMessage) -> None:
        """Delete a message."""
        message.deleted = True
        self.changes.touch()

    def _remember(self, message: StoredMessage) -> None:
        self.messages[message.id] = message
        if message.nonce is not None:
            key = (message.author.id, message.channel.id, message.nonce)
            self._nonces[key] = (message.id, self.clock.now())
        self.changes.touch()

    def _fill(
        self, message: StoredMessage, body: Json, files: Mapping[str, UploadedFile]
    ) -> None:
        if "content" in body:
            message.content = (body["content"] or "").strip()
        if "components" in body:
            message.components = body["components"] or []
        self._keep_files(message, body, files)
        if "embeds" in body:
            message.embeds = [
                _with_addresses(embed, message.files) for embed in body["embeds"] or []
            ]

    def _keep_files(
        self, message: StoredMessage, body: Json, files: Mapping[str, UploadedFile]
    ) -> None:
        described = {str(a["id"]): a for a in body.get("attachments") or []}
        if "attachments" in body:
            message.files = [f for f in message.files if str(f.id) in described]
        for name, file in files.items():
            index = name.removeprefix("files[").removesuffix("]")
            text = described.get(index, {})
            message.files.append(self._store(message, file, text))

    def _store(
        self, message: StoredMessage, file: UploadedFile, text: Json
    ) -> StoredFile:
        identity = self.clock.snowflake()
        filename = text.get("filename") or file.filename
        url = f"{self.base}/attachments/{message.channel.id}/{identity}/{filename}"
        return StoredFile(
            id=identity,
            filename=filename,
            content=file.content,
            content_type=mimetypes.guess_type(filename)[0] or file.content_type,
            url=url,
            description=text.get("description"),
        )

    def _mentions(self, message: StoredMessage, body: Json) -> Mentions:
        replied = message.reference and self.messages.get(
            int(message.reference["message_id"])
        )
        return mentions.resolve(
            message.content,
            body.get("allowed_mentions"),
            message.channel,
            self.users,
            replied.author.id if replied else None,
        )

    def _reference(self, channel: Channel, reference: Json | None) -> Json | None:
        if reference is None:
            return None
        target = self.messages.get(int(reference.get("message_id") or 0))
        if target is None or target.deleted or target.channel is not channel:
            if reference.get("fail_if_not_exists", True):
                raise _unknown_reference()
            return None
        return {
            "message_id": str(target.id),
            "channel_id": str(channel.id),
            **({"guild_id": str(channel.guild.id)} if channel.guild else {}),
        }


def _unknown_reference() -> ApiError:
    tree: Json = {
        "message_reference": {
            "_errors": [
                {"code": "REPLIES_UNKNOWN_MESSAGE", "message": "Unknown message"}
            ]
        }
    }
    return ApiError(50035, "Invalid Form Body", errors=tree)


def _with_addresses(embed: Json, files: list[StoredFile]) -> Json:
    """Replace ``attachment://`` by the address that the file got."""
    addresses = {f"attachment://{file.filename}": file.url for file in files}
    result = dict(embed)
    for part in ("image", "thumbnail", "footer", "author"):
        inner = result.get(part)
        if isinstance(inner, dict):
            result[part] = {
                key: addresses.get(value, value) if isinstance(value, str) else value
                for key, value in inner.items()
            }
    return result
