"""What people do in the fake Discord, as methods a test can await."""

from collections.abc import Iterable, Mapping
from typing import TypedDict, Unpack

from tests.fakes.discord import builders, payloads
from tests.fakes.discord.builders import Deed
from tests.fakes.discord.gateway import Gateway
from tests.fakes.discord.interaction import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL_SUBMIT,
    Interaction,
)
from tests.fakes.discord.jsontypes import Json, JsonList
from tests.fakes.discord.model import Channel, Guild, StoredMessage, UploadedFile, User
from tests.fakes.discord.world import World


class Circumstances(TypedDict, total=False):
    """Optional circumstances of a deed; see ``Deed``."""

    locale: str
    guild_locale: str
    permissions: int
    user_installed_only: bool
    app_permissions: int


class Where(Circumstances, total=False):
    """The same and the place."""

    channel: Channel


class Actors:
    """Deeds of people; without a channel they happen in ``channel``."""

    def __init__(self, world: World, gateway: Gateway, home: Channel) -> None:
        self.world = world
        self.gateway = gateway
        self.channel = home

    async def slash(
        self,
        user: User,
        name: str,
        options: Mapping[str, object] | None = None,
        **where: Unpack[Where],
    ) -> Interaction:
        """Use a slash command ("status", "group sub") that the bot registered.

        Raises:
            LookupError: A real client would not offer or send this.
        """
        deed = self._deed(user, where)
        builders.check_available(
            builders.find_command(self.world, name.split(maxsplit=1)[0]), deed
        )
        builders.check_required(self.world, name, options or {})
        body = builders.slash(self.world, name, options or {})
        return await self.use(deed, COMMAND, body)

    async def autocomplete(
        self,
        user: User,
        name: str,
        focused: str,
        typed: str,
        others: Mapping[str, object] | None = None,
        **where: Unpack[Where],
    ) -> Interaction:
        """Type into an option; the answer is in ``interaction.choices``."""
        body = builders.autocomplete(self.world, name, focused, typed, others or {})
        return await self.use(self._deed(user, where), AUTOCOMPLETE, body)

    async def context_menu(
        self,
        user: User,
        target: StoredMessage | User,
        name: str,
        **where: Unpack[Where],
    ) -> Interaction:
        """Use an app command on a message or a person."""
        if isinstance(target, StoredMessage):
            where.setdefault("channel", target.channel)
        body = builders.menu(self.world, name, target)
        return await self.use(self._deed(user, where), COMMAND, body)

    async def click(
        self,
        user: User,
        message: StoredMessage,
        custom_id: str,
        values: JsonList | None = None,
        **where: Unpack[Where],
    ) -> Interaction:
        """Press a button, or choose values in a select.

        Raises:
            LookupError: The message is gone or shows no such thing.
        """
        if message.deleted:
            raise LookupError("the message was deleted")
        where.setdefault("channel", message.channel)
        body = builders.component(message, custom_id, values)
        return await self.use(self._deed(user, where), COMPONENT, body, message)

    async def click_stale(
        self, user: User, message: StoredMessage, custom_id: str
    ) -> Interaction:
        """Press a button that the user's client still shows, or a forged one."""
        body = {"custom_id": custom_id, "component_type": 2}
        deed = Deed(user, message.channel)
        return await self.use(deed, COMPONENT, body, message)

    async def submit_modal(
        self,
        opener: Interaction,
        fields: Mapping[str, str],
        **where: Unpack[Where],
    ) -> Interaction:
        """Fill in and send the modal that an interaction opened."""
        where.setdefault("channel", opener.channel)
        body = builders.modal(opener.modal, fields)
        deed = self._deed(opener.user, where)
        return await self.use(deed, MODAL_SUBMIT, body, opener.source)

    async def use(
        self, deed: Deed, kind: int, body: Json, source: StoredMessage | None = None
    ) -> Interaction:
        """Send an interaction of one's own making."""
        made = builders.interaction(self.world, deed, kind, body, source)
        await self.resend(made)
        return made

    async def resend(self, interaction: Interaction) -> None:
        """Deliver an interaction (again): Discord sometimes does."""
        guild = interaction.channel.guild
        # Where the bot is no member the event comes on shard 0, like direct ones.
        known = guild if guild is not None and guild.bot_member else None
        await self.gateway.dispatch("INTERACTION_CREATE", interaction.wire, known)

    async def say(
        self,
        user: User,
        channel: Channel,
        text: str,
        mentions: Iterable[User] = (),
        reply_to: StoredMessage | None = None,
        files: Mapping[str, UploadedFile] | None = None,
    ) -> StoredMessage:
        """Post a message as a person; ``mentions`` are put before the text."""
        named = "".join(f"<@{each.id}> " for each in mentions)
        body: Json = {"content": named + text}
        if reply_to is not None:
            body["message_reference"] = {"message_id": str(reply_to.id)}
        message = self.world.create(channel, user, body, files or {})
        await self.gateway.announce("MESSAGE_CREATE", message)
        return message

    async def hook(
        self,
        channel: Channel,
        text: str,
        *,
        name: str = "builds",
        embeds: JsonList | None = None,
    ) -> StoredMessage:
        """Post by an incoming webhook: its id is no user's, its name a claim."""
        author = User(self.world.clock.snowflake(), name, bot=True)
        body: Json = {"content": text, "embeds": embeds or []}
        message = self.world.create(channel, author, body, {})
        message.webhook = True
        await self.gateway.announce("MESSAGE_CREATE", message)
        return message

    async def delete_message(self, message: StoredMessage) -> None:
        """Delete any message as somebody who manages the place."""
        self.world.delete(message)
        await self.gateway.announce("MESSAGE_DELETE", message)

    async def delete_channel(self, channel: Channel) -> None:
        """Delete a channel; afterwards it is unknown (10003)."""
        channel.deleted = True
        body = payloads.channel_json(channel)
        await self.gateway.dispatch("CHANNEL_DELETE", body, channel.guild)

    async def update_channel(self, channel: Channel) -> None:
        """Tell the bot how a channel is now."""
        body = payloads.channel_json(channel)
        await self.gateway.dispatch("CHANNEL_UPDATE", body, channel.guild)

    async def kick(self, guild: Guild) -> None:
        """Throw the bot out of a server; afterwards 50001 there."""
        body = {"id": str(guild.id)}
        await self.gateway.dispatch("GUILD_DELETE", body, guild)
        guild.bot_member = False

    async def invite(self, guild: Guild) -> None:
        """Make the bot a member of a server and tell it."""
        guild.bot_member = True
        body = self.gateway.guild_event(guild)
        await self.gateway.dispatch("GUILD_CREATE", body, guild)

    def _deed(self, user: User, where: Where) -> Deed:
        rest: Circumstances = {
            key: value for key, value in where.items() if key != "channel"
        }  # type: ignore[assignment]  # a TypedDict without one of its keys
        return Deed(user, where.get("channel", self.channel), **rest)
