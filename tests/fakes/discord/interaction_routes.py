"""REST routes that use an interaction's token: callbacks and follow-ups."""

from typing import Final

from tests.fakes.discord import payloads
from tests.fakes.discord.ask import Ask
from tests.fakes.discord.command_rules import check_choices
from tests.fakes.discord.component_rules import check_modal, known_keys
from tests.fakes.discord.errors import ApiError, invalid
from tests.fakes.discord.gateway import Gateway
from tests.fakes.discord.interaction import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    FOLLOWUPS_WITHOUT_BOT,
    MODAL_SUBMIT,
    Interaction,
    Response,
)
from tests.fakes.discord.jsontypes import Json
from tests.fakes.discord.model import EPHEMERAL, LOADING, StoredMessage
from tests.fakes.discord.rest import Route
from tests.fakes.discord.rules import Place, check_message
from tests.fakes.discord.world import World

_HOOK: Final = "/webhooks/{application}/{token}"
_HOOK_MESSAGE: Final = "/webhooks/{application}/{token}/messages/{message}"
_ANSWERS: Final = {
    COMMAND: (4, 5, 9),
    COMPONENT: (4, 5, 6, 7, 9),
    AUTOCOMPLETE: (8,),
    MODAL_SUBMIT: (4, 5, 6, 7),
}
_MESSAGE: Final = 4
_DEFER: Final = 5
_DEFER_UPDATE: Final = 6
_UPDATE: Final = 7
_CHOICES: Final = 8
_MODAL: Final = 9


class InteractionRoutes:
    """How the bot answers interactions."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self._world = world
        self._gateway = gateway

    def table(self) -> list[Route]:
        """List the routes."""
        return [
            ("POST", "/interactions/{interaction}/{token}/callback", self.callback),
            ("POST", _HOOK, self.follow_up),
            ("GET", _HOOK_MESSAGE, self.get),
            ("PATCH", _HOOK_MESSAGE, self.edit),
            ("DELETE", _HOOK_MESSAGE, self.delete),
        ]

    async def callback(self, ask: Ask) -> Json | None:
        interaction = self._world.interactions.get(ask.number("interaction"))
        if interaction is None or interaction.token != ask.word("token"):
            raise ApiError(10062)
        try:
            return await self._acknowledge(interaction, ask)
        except ApiError as error:
            interaction.refused.append(error)
            raise

    async def _acknowledge(self, interaction: Interaction, ask: Ask) -> Json | None:
        body = ask.body()
        known_keys(body, ("type", "data"), "")
        interaction.acknowledgeable()
        payload = body.get("data") or {}
        kind = self._kind(interaction, body.get("type"))
        await self._apply(interaction, kind, payload, ask)
        now = self._world.clock.now()
        interaction.response = Response(kind, payload, dict(ask.files), now)
        self._world.changes.touch()
        if ask.query.get("with_response") not in ("1", "true"):
            return None
        return self._callback_json(interaction, kind)

    def _kind(self, interaction: Interaction, kind: object) -> int:
        on_message = kind in (_DEFER_UPDATE, _UPDATE)
        fitting = kind in _ANSWERS[interaction.type]
        if not fitting or (on_message and interaction.source is None):
            raise invalid("type", "INTERACTION_CALLBACK_TYPE", f"{kind} not possible")
        return int(str(kind))

    async def _apply(
        self, interaction: Interaction, kind: int, payload: Json, ask: Ask
    ) -> None:
        if kind == _CHOICES:
            known_keys(payload, ("choices",), "data")
            check_choices(payload.get("choices") or [])
        elif kind == _MODAL:
            self._check_modal(payload)
        elif kind == _DEFER:
            known_keys(payload, ("flags",), "data")
            flags = LOADING | ((payload.get("flags") or 0) & EPHEMERAL)
            interaction.original = await self._new(interaction, {}, ask, flags)
        elif kind == _MESSAGE:
            check_message(payload, self._place("callback", interaction, ask))
            interaction.original = await self._new(interaction, payload, ask)
        else:
            interaction.original = interaction.source
            if kind == _UPDATE:
                await self._change(interaction, interaction.source, payload, ask)

    def _check_modal(self, payload: Json) -> None:
        known_keys(payload, ("custom_id", "title", "components"), "data")
        for key, most in (("custom_id", 100), ("title", 45)):
            if not 1 <= len(payload.get(key) or "") <= most:
                raise invalid(f"data.{key}", "BASE_TYPE_BAD_LENGTH", f"1 to {most}")
        check_modal(payload.get("components") or [])

    async def follow_up(self, ask: Ask) -> Json:
        interaction = self._interaction(ask)
        original = interaction.original
        body = ask.body()
        if original is not None and original.loading and not original.deleted:
            # The first follow-up after "thinking" takes its place.
            body = {key: value for key, value in body.items() if key != "flags"}
            check_message(body, self._place("webhook", interaction, ask))
            self._world.edit(original, body, ask.files)
            return self._json(original)
        self._check_count(interaction)
        check_message(body, self._place("webhook", interaction, ask))
        message = await self._new(interaction, body, ask)
        interaction.followups.append(message)
        return self._json(message)

    async def get(self, ask: Ask) -> Json:
        return self._json(self._message(ask))

    async def edit(self, ask: Ask) -> Json:
        message = self._message(ask)
        await self._change(self._interaction(ask), message, ask.body(), ask)
        return self._json(message)

    async def delete(self, ask: Ask) -> None:
        message = self._message(ask)
        self._world.delete(message)
        await self._gateway.announce("MESSAGE_DELETE", message)

    async def _change(
        self,
        interaction: Interaction,
        message: StoredMessage | None,
        body: Json,
        ask: Ask,
    ) -> None:
        if message is None or message.deleted:
            raise ApiError(10008)
        place = self._place("callback", interaction, ask, message)
        check_message(body, place)
        self._world.edit(message, body, ask.files)
        await self._gateway.announce("MESSAGE_UPDATE", message)

    async def _new(
        self, interaction: Interaction, body: Json, ask: Ask, flags: int = 0
    ) -> StoredMessage:
        bot = self._world.bot
        message = self._world.create(interaction.channel, bot, body, ask.files, flags)
        message.interaction_id = interaction.id
        await self._gateway.announce("MESSAGE_CREATE", message)
        return message

    def _check_count(self, interaction: Interaction) -> None:
        used = len(interaction.followups)
        if interaction.user_installed_only and used >= FOLLOWUPS_WITHOUT_BOT:
            raise ApiError(40094)

    def _interaction(self, ask: Ask) -> Interaction:
        token = ask.word("token")
        for interaction in self._world.interactions.values():
            if interaction.token == token:
                interaction.usable()
                return interaction
        raise ApiError(50027)

    def _message(self, ask: Ask) -> StoredMessage:
        interaction = self._interaction(ask)
        wanted = ask.word("message")
        for message in interaction.messages:
            original = wanted == "@original" and message is interaction.original
            if original or str(message.id) == wanted:
                return message
        raise ApiError(10008)

    def _place(
        self,
        kind: str,
        interaction: Interaction,
        ask: Ask,
        before: StoredMessage | None = None,
    ) -> Place:
        limit = interaction.file_limit
        return Place(kind, limit, self._world.emojis, before, ask.files)

    def _callback_json(self, interaction: Interaction, kind: int) -> Json:
        summary: Json = {
            "id": str(interaction.id),
            "type": interaction.type,
            "channel_id": str(interaction.channel.id),
        }
        message = interaction.original
        if message is None or self._world.terse:
            return {"interaction": summary}
        summary |= {
            "response_message_id": str(message.id),
            "response_message_loading": message.loading,
            "response_message_ephemeral": message.ephemeral,
        }
        resource: Json = {"type": kind}
        if kind in (_MESSAGE, _DEFER, _UPDATE):
            resource["message"] = self._json(message)
        return {"interaction": summary, "resource": resource}

    def _json(self, message: StoredMessage) -> Json:
        return payloads.message_json(message, self._world.users)
