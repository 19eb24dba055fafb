"""`mjwatch rotate-key`: every key opens with the new secret, or nothing is changed."""

from pathlib import Path

import pytest

from bot.cli.exits import Exit
from bot.cli.rotating import rotate_key
from bot.clock import SystemClock
from bot.domain.subscription import Person, Platform
from bot.domain.task import RelayName
from bot.errors import CredentialError, SettingsError
from bot.keyring import Keyring
from storage.engine import open_store
from storage.vault import Vault

Printed = pytest.CaptureFixture[str]
ANA = Person(platform=Platform("telegram"), id="1")
RELAYS = (RelayName("r1"), RelayName("r2"))
NEW = "a-new-secret-0123456789"


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOG_LEVEL", "critical")
    (tmp_path / "new").write_text(f"{NEW}\n", "utf-8")
    return tmp_path / "data" / "mjwatch.db"


async def keep(path: Path, secret: str) -> None:
    clock = SystemClock()
    async with open_store(f"sqlite:///{path}", clock=clock) as store:
        ring = Keyring(store=store, vault=Vault(secret), clock=clock)
        for relay in RELAYS:
            await ring.keep(relay, ANA, f"key of {relay}")


async def kept(path: Path, secret: str) -> list[str | None]:
    clock = SystemClock()
    async with open_store(f"sqlite:///{path}", clock=clock) as store:
        ring = Keyring(store=store, vault=Vault(secret), clock=clock)
        accounts = [await store.account(relay, ANA.key) for relay in RELAYS]
        return [await ring.key_of(each) for each in accounts]


async def test_with_a_key_file_it_is_replaced(path: Path, capsys: Printed) -> None:
    path.parent.mkdir()
    file = path.with_name("secret.key")
    file.write_text("old\n", "utf-8")
    await keep(path, "old")

    assert await rotate_key(Path("new")) is Exit.FOUND

    assert await kept(path, NEW) == ["key of r1", "key of r2"]
    assert file.read_text("utf-8").strip() == NEW
    assert file.stat().st_mode & 0o777 == 0o600
    said = capsys.readouterr()
    assert "2 keys are sealed anew" in said.out
    assert NEW not in said.out + said.err


async def test_with_a_setting_the_operator_is_told_to_change_it(
    path: Path, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "old")
    await keep(path, "old")

    assert await rotate_key(Path("new")) is Exit.FOUND

    assert await kept(path, NEW) == ["key of r1", "key of r2"]
    assert "set SECRET_KEY to what new holds" in capsys.readouterr().out


async def test_after_a_crash_in_the_middle_it_may_be_said_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "old")
    await keep(path, "old")
    await rotate_key(Path("new"))

    assert await rotate_key(Path("new")) is Exit.FOUND

    assert await kept(path, NEW) == ["key of r1", "key of r2"]


async def test_a_key_that_cannot_be_read_stops_it_and_nothing_is_changed(
    path: Path, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "wrong")
    await keep(path, "old")

    assert await rotate_key(Path("new")) is Exit.FAILED

    assert await kept(path, "old") == ["key of r1", "key of r2"]
    with pytest.raises(CredentialError):
        await kept(path, NEW)
    assert "nothing was changed" in capsys.readouterr().err


async def test_a_running_bot_is_not_disturbed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "old")
    await keep(path, "old")
    async with open_store(f"sqlite:///{path}", clock=SystemClock(), exclusive=True):
        assert await rotate_key(Path("new")) is Exit.BUSY


@pytest.mark.parametrize("text", ["", "two words", "two\nlines"])
async def test_a_new_key_is_one_text_without_spaces(path: Path, text: str) -> None:
    write(text)

    with pytest.raises(SettingsError, match="without spaces"):
        await rotate_key(Path("new"))


def write(text: str) -> None:
    Path("new").write_text(text, "utf-8")


async def test_a_missing_file_is_said(path: Path) -> None:
    with pytest.raises(SettingsError, match="nowhere should be a text file"):
        await rotate_key(Path("nowhere"))
