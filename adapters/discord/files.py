"""Files that go with a message, and the picture inside its embed."""

from collections.abc import Sequence

import discord

from adapters.discord.render import Payload
from bot.domain.attachment import Attachment, FileKind


def opened(attachments: Sequence[Attachment]) -> list[discord.File]:
    """Open the files; the caller closes them.

    Raises:
        OSError: One cannot be read; none is left open.
    """
    files: list[discord.File] = []
    try:
        for each in attachments:
            if each.path is None:
                raise FileNotFoundError(each.name)
            files.append(discord.File(each.path, filename=each.name))
    except OSError:
        for file in files:
            file.close()
        raise
    return files


def with_picture(
    payload: Payload, attachments: Sequence[Attachment]
) -> list[discord.Embed]:
    """Draw a single picture inside the card; several stand beside it as an album."""
    if payload.embed is None:
        return []
    if len(attachments) != 1 or attachments[0].kind is not FileKind.PHOTO:
        return [payload.embed]
    embed = payload.embed.copy()
    embed.set_image(url=f"attachment://{attachments[0].name}")
    return [embed]


def kept_picture(
    payload: Payload, message: discord.Message | None
) -> list[discord.Embed]:
    """Draw the card around the single picture that its message holds already."""
    if payload.embed is None:
        return []
    attachments = message.attachments if message else []
    if len(attachments) != 1 or not (attachments[0].content_type or "").startswith(
        "image/"
    ):
        return [payload.embed]
    embed = payload.embed.copy()
    embed.set_image(url=f"attachment://{attachments[0].filename}")
    return [embed]
