"""What can be read in a message."""

from collections.abc import Iterator, Sequence

import discord


def text_of(message: discord.Message) -> str:
    """All that can be read in a message, its cards and what they forward included."""
    kept = message.message_snapshots
    embeds = [*message.embeds, *(embed for each in kept for embed in each.embeds)]
    texts = [message.content, *(each.content for each in kept)]
    texts += [text for embed in embeds for text in _embed_texts(embed)]
    texts += _texts_in(message.components)
    return "\n".join(dict.fromkeys(text for text in texts if text))


def _texts_in(parts: Sequence[object]) -> Iterator[str]:
    """Find the texts among a message's components, however deep."""
    for part in parts:
        if isinstance(part, discord.TextDisplay):
            yield part.content
        yield from _texts_in(getattr(part, "children", ()))


def _embed_texts(embed: discord.Embed) -> list[str]:
    fields = [text for field in embed.fields for text in (field.name, field.value)]
    parts = [embed.title, embed.description, embed.url, *fields, embed.footer.text]
    return [part for part in parts if part]
