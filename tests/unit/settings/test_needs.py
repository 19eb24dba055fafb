"""What a command needs to be set, and what reading settings needs itself."""

import sys
from subprocess import run

import pytest

from bot.errors import SettingsError
from bot.settings import load_settings
from tests.unit.settings.conftest import ROOT, given


def test_running_needs_a_relay_and_a_door() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(require="run")

    relay, door = caught.value.lines
    assert relay.startswith("RELAY_URL should be set")
    assert door.startswith("DISCORD_TOKEN or TELEGRAM_TOKEN should be set")


def test_looking_needs_a_relay_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, RELAY_URL="a.example")

    assert load_settings(require="relays").relays


@pytest.mark.parametrize("name", ["RELAYS__A.B__URL", "RELAYS__A__TOKEN", "RELAYS__A"])
def test_what_only_looks_like_a_relay_is_none(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    given(monkeypatch, TELEGRAM_TOKEN="x", **{name: "a.example"})

    with pytest.raises(SettingsError) as caught:
        load_settings(require="run")

    missing, warning = caught.value.lines
    assert missing.startswith("RELAY_URL should be set")
    assert warning.startswith(
        f"warning: {name} is not a setting; did you mean RELAYS__"
    )


@pytest.mark.parametrize(
    "door",
    [{"DISCORD_TOKEN": "x"}, {"TELEGRAM_TOKEN": "x"}, {"BROWSER_CHAT": "on"}],
)
def test_each_door_is_a_door(
    monkeypatch: pytest.MonkeyPatch, door: dict[str, str]
) -> None:
    given(monkeypatch, RELAY_URL="a.example", **door)

    assert load_settings(require="run").has_door


def test_a_door_that_is_wrong_is_not_called_missing_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given(monkeypatch, RELAY_URL="a.example", DISCORD_TOKEN="a b")

    with pytest.raises(SettingsError) as caught:
        load_settings(require="run")

    assert caught.value.lines == (
        "DISCORD_TOKEN should be in one line, without spaces",
    )


def test_reading_settings_brings_no_client_and_no_database() -> None:
    done = run(
        [sys.executable, "-c", "import bot.settings, sys; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    heavy = {"aiohttp", "discord", "telegram", "sqlalchemy", "PIL"}
    assert heavy & set(done.stdout.split()) == set()
