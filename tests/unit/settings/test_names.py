"""Names that are not ours, and the example that shows all that are."""

import re
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import Settings, load_settings, setting_names
from tests.unit.settings.conftest import ROOT, given, loaded

EXAMPLE = ROOT / ".env.example"


# --- names that are not ours ------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("DISCORD_TOKENN", "DISCORD_TOKEN"),
        ("DISCORD_BOT_TOKEN", "DISCORD_TOKEN"),
        ("RELAY_URI", "RELAY_URL"),
        ("TELEGRAM_TOKE", "TELEGRAM_TOKEN"),
        ("POLL_SECOND", "POLL_SECONDS"),
        ("LIMIT_WATCH", "LIMIT_WATCHES"),
        ("RELAYS_GEEK_URL", "RELAYS__GEEK__URL"),
        ("RELAYS__GEEK__KEYS", "RELAYS__GEEK__KEY"),
        ("RELAYS_GEEK", "RELAYS__<NAME>__URL"),
        ("DISCORD_TOKEN_FIEL", "DISCORD_TOKEN_FILE"),
        ("DATABASE_URI", "DATABASE_URL"),
    ],
)
def test_a_slip_of_the_pen_is_named_with_the_nearest_name(
    monkeypatch: pytest.MonkeyPatch, name: str, nearest: str
) -> None:
    settings = loaded(monkeypatch, **{name: "x"})

    assert settings.warnings == (f"{name} is not a setting; did you mean {nearest}?",)


@pytest.mark.parametrize(
    "name",
    [
        "DISCORD_WEBHOOK_URL",
        "TELEGRAM_CHAT_ID",
        "LISTEN_FDS",
        "LISTEN_PID",
        "WEBS",
        "ALL_PROXY",
        "HTTP_PROXY",
        "SECRET_KEY_BASE",
        "PUBLIC_KEY",
    ],
)
def test_other_peoples_variables_are_left_in_peace(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert loaded(monkeypatch, **{name: "x"}).warnings == ()


def test_every_unknown_name_in_dotenv_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, empty_place: Path
) -> None:
    (empty_place / ".env").write_text(
        "DISCORD_WEBHOOK_URL=x\nrelay_url=y\nQQ=1\nTZ=UTC\nCOMPOSE_PROJECT_NAME=z\n"
    )

    assert set(loaded(monkeypatch).warnings) == {
        "DISCORD_WEBHOOK_URL is not a setting; did you mean DISCORD_API_URL?",
        "relay_url is not a setting; did you mean RELAY_URL?",
        "QQ is not a setting",
    }


def test_warnings_are_told_with_the_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, RELAY_URL="a", DISCORD_TOKENN="x")

    with pytest.raises(SettingsError) as caught:
        load_settings(require="run")

    assert caught.value.lines[-1] == (
        "warning: DISCORD_TOKENN is not a setting; did you mean DISCORD_TOKEN?"
    )


# --- the example file -------------------------------------------------------------


def shown() -> dict[str, str]:
    return dict(
        re.findall(r"^#([A-Z][\w<>]+)=(.*)$", EXAMPLE.read_text("utf-8"), re.MULTILINE)
    )


def test_the_example_names_every_setting_and_no_other() -> None:
    assert sorted(shown()) == sorted(setting_names())


def test_the_example_shows_the_defaults(
    monkeypatch: pytest.MonkeyPatch, empty_place: Path
) -> None:
    relays = {name for name in shown() if name.startswith(("RELAYS_", "DEFAULT_REL"))}
    plain = {k: v for k, v in shown().items() if k not in relays | {"RELAY_URL"}}
    (empty_place / ".env").write_text("\n".join(f"{k}={v}" for k, v in plain.items()))

    assert loaded(monkeypatch) == Settings()
