"""Secrets: read from files, kept in one line, never repeated; the key that is made."""

import stat
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import obtain_secret_key
from tests.unit.settings.conftest import loaded, refused

# --- secrets ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["DISCORD_TOKEN", "TELEGRAM_TOKEN", "SECRET_KEY"])
def test_a_secret_is_read_from_its_file_without_the_last_newline(
    monkeypatch: pytest.MonkeyPatch, empty_place: Path, name: str
) -> None:
    (empty_place / "secret").write_text("s3cret\n")

    settings = loaded(monkeypatch, **{f"{name}_FILE": str(empty_place / "secret")})

    assert getattr(settings, name.lower()) == "s3cret"
    assert settings.warnings == ()


def test_relays_keys_are_read_from_files(
    monkeypatch: pytest.MonkeyPatch, empty_place: Path
) -> None:
    (empty_place / "a").write_text("key-a\r\n")
    (empty_place / "b").write_text("key-b")

    settings = loaded(
        monkeypatch,
        RELAY_URL="a.example",
        RELAY_KEY_FILE="a",
        RELAYS__B__URL="b.example",
        RELAYS__B__KEY_FILE="b",
    )

    assert [relay.key for relay in settings.relays] == ["key-a", "key-b"]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "DISCORD_TOKEN_FILE should be a file with something in it"),
        (b" \n", "DISCORD_TOKEN_FILE should be a file with something in it"),
        (b"one\ntwo\n", "DISCORD_TOKEN should be in one line, without spaces"),
        (b"\xff\xfe\x00", "DISCORD_TOKEN_FILE should be a readable file: not text"),
    ],
)
def test_a_secret_file_that_cannot_be_right_is_refused(
    monkeypatch: pytest.MonkeyPatch, empty_place: Path, content: bytes, line: str
) -> None:
    (empty_place / "t").write_bytes(content)

    (only,) = refused(monkeypatch, DISCORD_TOKEN_FILE="t")

    assert only.startswith(line)


def test_a_missing_secret_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    (only,) = refused(monkeypatch, RELAY_URL="a", RELAY_KEY_FILE="nowhere")

    assert only == "RELAY_KEY_FILE should be a readable file: No such file or directory"


def test_a_secret_is_set_once(
    monkeypatch: pytest.MonkeyPatch, empty_place: Path
) -> None:
    (empty_place / "t").write_text("x")

    (only,) = refused(monkeypatch, DISCORD_TOKEN="y", DISCORD_TOKEN_FILE="t")

    assert only.startswith("DISCORD_TOKEN should be set once")


def test_the_environments_file_wins_over_the_value_in_dotenv(
    monkeypatch: pytest.MonkeyPatch, empty_place: Path
) -> None:
    (empty_place / ".env").write_text("DISCORD_TOKEN=old\n")
    (empty_place / "t").write_text("new")

    assert loaded(monkeypatch, DISCORD_TOKEN_FILE="t").discord_token == "new"


@pytest.mark.parametrize(
    "token", ["x", "not-a-token", "123", "键", "a.b.c:d/e=", "sk-", "'quoted'"]
)
def test_a_token_is_never_judged_by_its_shape(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    settings = loaded(monkeypatch, RELAY_URL="a", RELAY_KEY=token, TELEGRAM_TOKEN=token)

    assert settings.telegram_token == settings.relays[0].key == token


@pytest.mark.parametrize("name", ["DISCORD_TOKEN", "TELEGRAM_TOKEN", "SECRET_KEY"])
@pytest.mark.parametrize("value", ["se cret", "se\ncret", " se\u3000cret", "   "])
def test_a_secret_with_spaces_or_line_breaks_is_refused_unrepeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    (only,) = refused(monkeypatch, **{name: value})

    assert only == f"{name} should be in one line, without spaces"


def test_no_error_and_no_printing_repeats_a_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secret = "hush-hush-1"
    good = loaded(
        monkeypatch,
        RELAY_URL="a",
        RELAY_KEY=secret,
        DISCORD_TOKEN=secret,
        TELEGRAM_TOKEN=secret,
        SECRET_KEY=secret,
        DATABASE_URL=f"postgresql://u:{secret}@h/db",
        RELAY_PROXY=f"http://u:{secret}@p",
    )

    lines = refused(
        monkeypatch,
        DATABASE_URL=f"mysql://u:{secret}@h/db",
        DISCORD_PROXY=f"socks5://u:{secret}@h",
        DISCORD_TOKEN=f"{secret} {secret}",
        POLL_SECONDS=secret,
        LOG_LEVEL=secret,
        OPERATOR_CHAT=secret,
        PUBLIC_URL=f"https://u:{secret}@h",
    )

    assert secret not in repr(good) + str(good)
    assert [line for line in lines if secret in line] == []
    assert len(lines) == 7


def test_the_secrets_to_leave_out_of_logs_are_all_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = loaded(
        monkeypatch,
        RELAY_URL="a",
        RELAY_KEY="one",
        DISCORD_TOKEN="two",
        TELEGRAM_TOKEN="three",
        SECRET_KEY="four",
        DATABASE_URL="postgresql://u:fi%2Fve@h/db",
        HTTPS_PROXY="http://u:six@p",
    )

    assert set(settings.secrets) == {"one", "two", "three", "four", "fi/ve", "six"}


# --- the key that is made ---------------------------------------------------------


def test_the_key_is_made_once_for_its_owner_alone(
    monkeypatch: pytest.MonkeyPatch, empty_place: Path
) -> None:
    settings = loaded(monkeypatch)

    first, second = obtain_secret_key(settings), obtain_secret_key(settings)

    assert first == second
    assert len(first) >= 40
    path = empty_place / "data" / "secret.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_the_key_lies_beside_the_database(
    monkeypatch: pytest.MonkeyPatch, empty_place: Path
) -> None:
    place = empty_place / "deep" / "down"
    settings = loaded(monkeypatch, DATABASE_URL=f"sqlite:///{place}/m.db")

    obtain_secret_key(settings)

    assert (place / "secret.key").exists()
    assert settings.database_path == place / "m.db"


def test_a_given_key_makes_no_file(
    monkeypatch: pytest.MonkeyPatch, empty_place: Path
) -> None:
    assert obtain_secret_key(loaded(monkeypatch, SECRET_KEY="mine")) == "mine"
    assert list(empty_place.iterdir()) == []


def test_an_empty_key_file_is_refused(
    monkeypatch: pytest.MonkeyPatch, empty_place: Path
) -> None:
    (empty_place / "data").mkdir()
    (empty_place / "data" / "secret.key").write_text("\n")

    with pytest.raises(SettingsError, match=r"^SECRET_KEY should be set, or .* empty"):
        obtain_secret_key(loaded(monkeypatch))


def test_a_key_file_of_bytes_is_refused(
    monkeypatch: pytest.MonkeyPatch, empty_place: Path
) -> None:
    (empty_place / "data").mkdir()
    (empty_place / "data" / "secret.key").write_bytes(b"\xff\xfe")

    with pytest.raises(SettingsError, match=r"writable: it is no text$"):
        obtain_secret_key(loaded(monkeypatch))


def test_a_folder_that_cannot_be_made_is_refused(
    monkeypatch: pytest.MonkeyPatch, empty_place: Path
) -> None:
    (empty_place / "data").write_text("a file")

    with pytest.raises(SettingsError, match=r"^SECRET_KEY .*writable: \w+ \w+"):
        obtain_secret_key(loaded(monkeypatch))


def test_with_postgresql_the_key_lies_in_data(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, DATABASE_URL="postgres://u:p@h/d")

    assert settings.database_url == "postgresql://u:p@h/d"
    assert (settings.database_path, settings.home) == (None, Path("data"))
