"""The key that encrypts what is stored: given, or made once and kept."""

import os
import secrets
from pathlib import Path
from typing import Final

from bot.errors import SettingsError
from bot.settings.schema import Settings

FILE_NAME: Final = "secret.key"
_BYTES: Final = 32
_OWNER_ALONE: Final = 0o600
_FOLDER: Final = 0o700


def obtain_secret_key(settings: Settings) -> str:
    """Give SECRET_KEY, else the one kept beside the database; made at first start.

    Two processes that start together get the same key. With PostgreSQL on several
    machines SECRET_KEY must be set: a file is of one machine.

    Raises:
        SettingsError: The file can be neither read nor made, or is empty.
    """
    if settings.secret_key:
        return settings.secret_key
    path = settings.home / FILE_NAME
    try:
        if not path.exists():
            _make(path)
        key = path.read_text("ascii").strip()
    except (OSError, UnicodeError) as error:
        raise _complaint(path, _why(error)) from error
    if not key:
        raise _complaint(path, "it is empty")
    return key


def replace_secret_key(settings: Settings, key: str) -> None:
    """Put another key into the file, in one step.

    Raises:
        SettingsError: The file cannot be written.
    """
    path = settings.home / FILE_NAME
    try:
        draft = _draft(path, key)
        draft.replace(path)
    except OSError as error:
        raise _complaint(path, _why(error)) from error


def _make(path: Path) -> None:
    """Write the key whole under another name, then give it its own, if still free."""
    path.parent.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
    draft = _draft(path, secrets.token_urlsafe(_BYTES))
    try:
        _claim(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _draft(path: Path, key: str) -> Path:
    """Write a key down for good, under a name of its own."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(draft, flags, _OWNER_ALONE), "w") as file:
        file.write(key + "\n")
        file.flush()
        os.fsync(file.fileno())
    return draft


def _claim(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)
    except FileExistsError:
        return  # another process was first: its key is the key


def _why(error: OSError | UnicodeError) -> str:
    if isinstance(error, UnicodeError):
        return "it is no text"
    return error.strerror or type(error).__name__


def _complaint(path: Path, why: str) -> SettingsError:
    line = f"SECRET_KEY should be set, or {path} readable and writable: {why}"
    return SettingsError((line,))
