"""Files that go with a card, and what a place allows of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class FileKind(StrEnum):
    """How a platform is to show a file."""

    PHOTO = "photo"
    VIDEO = "video"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One file, on disk or already known to the platform.

    Attributes:
        position: Its place in the task's pictures, from 0; with the kind it names
            the upload for reuse.
        name: File name, `<task id>.<real type>`.
        path: Where its bytes lie; None if `file_id` alone is needed.
        file_id: The platform's own name of an earlier upload.
        mime: Real type, by magic number.
        reduced: It shows less than the original, or in another way; worth telling.
        passing: It is of a task that goes on: its upload is no other one's.
    """

    kind: FileKind
    position: int
    name: str
    path: Path | None = None
    file_id: str | None = None
    mime: str = "image/png"
    size_bytes: int = 0
    width: int = 0
    height: int = 0
    reduced: bool = False
    passing: bool = False

    @property
    def upload_kind(self) -> str:
        """What an upload is remembered as: of a picture that shows less, that too."""
        less = self.reduced and self.kind is not FileKind.DOCUMENT
        return f"{self.kind.value}-reduced" if less else self.kind.value


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaLimits:
    """What one destination takes; numbers come from each door's limits module."""

    photo_bytes: int
    document_bytes: int
    video_bytes: int
    total_bytes: int  # of all files of one message
    album_count: int = 10
    photo_sides_sum: int = 10**9  # width + height, pixels
    photo_ratio: float = 10**9  # longer side by shorter side
    documents: bool = True  # a file too big for a photo may go as a document
    photo_types: frozenset[str] | None = None  # MIME types; None: all that we take
    edit_count: int = 10  # what an edit shows of an album without a new message


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSource:
    """One address to try for one picture.

    Attributes:
        url: http or https.
        trusted: The operator named this host (the relay's own, or IMAGE_HOSTS);
            any other must resolve to a public address.
        key_headers: Sent to this host alone, and only after a 401 or 403 without.
        relay_route: The address is the relay's own image route: where it is
            missing, that is remembered.
    """

    url: str
    trusted: bool = False
    key_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    relay_route: bool = False


def difference(files: Iterable[Attachment]) -> str | None:
    """Say how files differ from their originals, as far as a reader should know.

    Returns:
        "reduced" or "as_file"; None: they are what they were.
    """
    kinds = {file.kind for file in files if file.reduced}
    if kinds - {FileKind.DOCUMENT}:
        return "reduced"
    return "as_file" if kinds else None
