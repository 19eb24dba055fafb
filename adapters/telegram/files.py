"""Files on their way to Telegram: streamed from disk, or by the id of an earlier upload."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Final

from telegram import InputFile, InputMediaDocument, InputMediaPhoto, InputMediaVideo

from adapters.telegram.render import Rendered
from bot.domain.attachment import Attachment, FileKind

Media = InputMediaPhoto | InputMediaVideo | InputMediaDocument
_NO_WORDS: Final = Rendered("", (), None)


def source(
    file: Attachment, stack: ExitStack, *, attach: bool = False
) -> InputFile | str:
    """Say where a file comes from; opened ones are closed by the stack.

    Raises:
        OSError: Its bytes are not there any more.
    """
    if file.file_id:
        return file.file_id
    if file.path is None:
        raise FileNotFoundError(file.name)
    handle = stack.enter_context(file.path.open("rb"))
    # Unread: the library would hold every byte of every upload in memory.
    return InputFile(handle, filename=file.name, attach=attach, read_file_handle=False)


def medium(file: Attachment, stack: ExitStack, words: Rendered = _NO_WORDS) -> Media:
    """Make one file of an album or of an edit, with its caption.

    Raises:
        OSError: Its bytes are not there any more.
    """
    media = source(file, stack, attach=True)
    caption, entities = words.text or None, words.entities or None
    if file.kind is FileKind.PHOTO:
        return InputMediaPhoto(media, caption=caption, caption_entities=entities)
    if file.kind is FileKind.VIDEO:
        return InputMediaVideo(
            media, caption=caption, caption_entities=entities, supports_streaming=True
        )
    return InputMediaDocument(media, caption=caption, caption_entities=entities)


def alike(files: Sequence[Attachment]) -> tuple[Attachment, ...]:
    """Make files fit one album: with one document among them all are documents.

    An earlier upload of another kind cannot be used then.
    """
    if all(file.kind is not FileKind.DOCUMENT for file in files):
        return tuple(files)
    return tuple(file for file in map(_document, files) if file)


def _document(file: Attachment) -> Attachment | None:
    if file.kind is FileKind.DOCUMENT:
        return file
    if file.path is None:
        return None
    return replace(file, kind=FileKind.DOCUMENT, file_id=None)
