"""`mjwatch rotate-key`: seal people's relay keys with a new SECRET_KEY."""

from pathlib import Path

import typer

from bot.cli.beginning import begin, open_memory
from bot.cli.exits import Exit
from bot.errors import CredentialError, SettingsError, StoreBusyError, StoreError
from bot.ports import Account
from bot.settings import Settings, obtain_secret_key
from bot.settings.secretkey import FILE_NAME, replace_secret_key
from bot.telemetry.logs import add_secret


async def rotate_key(file: Path) -> Exit:
    """Seal every stored key anew, all or none; the bot must be stopped.

    It may be said again after a crash: what is sealed anew already stays as it is.

    Args:
        file: Holds the new SECRET_KEY, in one line.

    Raises:
        SettingsError: One of the two keys cannot be read.
    """
    settings = begin("nothing")
    new = _read(file)
    add_secret(new)
    try:
        count = await _reseal(settings, new)
    except StoreBusyError as error:
        typer.echo(str(error), err=True)
        return Exit.BUSY
    except (StoreError, CredentialError) as error:
        typer.echo(f"nothing was changed: {error}", err=True)
        return Exit.FAILED
    typer.echo(_done(settings, file, new, count))
    return Exit.FOUND


async def _reseal(settings: Settings, new: str) -> int:
    from storage.vault import Vault

    before, after = Vault(obtain_secret_key(settings)), Vault(new)

    def turn(account: Account) -> bytes:
        sealed = account.sealed or b""
        if after.sealed(sealed):
            return sealed
        return after.seal(before.open(sealed, about=account.about), about=account.about)

    async with open_memory(settings, exclusive=True) as store:
        return await store.reseal(turn)


def _done(settings: Settings, file: Path, new: str, count: int) -> str:
    keys = f"{count} keys are" if count != 1 else "1 key is"
    if settings.secret_key:
        return f"{keys} sealed anew; before the next start set SECRET_KEY to what {file} holds"
    replace_secret_key(settings, new)
    return f"{keys} sealed anew, and {settings.home / FILE_NAME} holds the new key"


def _read(file: Path) -> str:
    try:
        key = file.read_text("utf-8").strip()
    except (OSError, UnicodeError):
        raise SettingsError(
            (f"{file} should be a text file that can be read",)
        ) from None
    if not key or any(mark.isspace() for mark in key):
        raise SettingsError(
            (f"{file} should hold one long random text without spaces",)
        )
    return key
