"""Plain settings: defaults, what is refused in one line, what has many spellings."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.domain.subscription import Platform
from bot.settings import ChatAddress
from tests.unit.settings.conftest import loaded, refused


def test_the_defaults_are_those_of_the_handbook(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = loaded(monkeypatch)

    assert (settings.poll_seconds, settings.retention_days) == (4.0, 30)
    assert settings.database_url == "sqlite:///data/mjwatch.db"
    assert (settings.web, settings.web_host, settings.web_port) == (
        True,
        "127.0.0.1",
        8080,
    )
    assert (settings.limit_looks, settings.limit_watches) == (20, 25)
    assert settings.limit_chat_watches == 200
    assert settings.open_to_everybody
    assert (settings.log_level, settings.log_format) == ("info", None)
    assert not settings.listen
    assert settings.discord_api_url == "https://discord.com/api/v10"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("POLL_SECONDS", "0.4"),
        ("POLL_SECONDS", "61"),
        ("POLL_SECONDS", "nan"),
        ("POLL_SECONDS", "four"),
        ("RETENTION_DAYS", "0"),
        ("LIMIT_LOOKS", "-1"),
        ("WEB_PORT", "65536"),
        ("WEB", "perhaps"),
        ("LISTEN", "2"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
        ("DEFAULT_LANGUAGE", "tlh"),
        ("ALLOW", "discord:1"),
        ("ALLOW", "discord:guild:x"),
        ("ALLOW", "telegram:@someone"),
        ("OPERATORS", "somebody"),
        ("OPERATOR_CHAT", "discord:guild:1"),
        ("IMAGE_HOSTS", "http://a.example/x"),
        ("IMAGE_HOSTS", "a.example/x"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "mysql://h/d"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "postgresql://u:p@h:port/d"),
        ("DATABASE_URL", "postgresql://u:s3cr@t:w/ord@h/d"),
        ("TELEGRAM_PROXY", "socks5://p:1"),
        ("TELEGRAM_PROXY", "http://p:1/path"),
        ("TELEGRAM_PROXY", "http://p:0"),
        ("PUBLIC_URL", "ftp://a"),
        ("WEB_HOST", "http://127.0.0.1"),
        ("LOST_AFTER_MISSES", "0"),
        ("RELAY_RATE", "inf"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    (only,) = refused(monkeypatch, **{name: value})

    assert only.startswith(f"{name} should be ")
    assert "None" not in only


def test_all_errors_come_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = refused(
        monkeypatch,
        POLL_SECONDS="x",
        RELAY_URL="ftp://a",
        TELEGRAM_TOKEN="a b",
        BROWSER_CHAT="on",
        WEB_HOST="0.0.0.0",
    )

    assert sorted(line.split()[0] for line in lines) == [
        "BROWSER_CHAT",
        "POLL_SECONDS",
        "RELAY_URL",
        "TELEGRAM_TOKEN",
    ]


def test_an_empty_variable_counts_as_unset(
    monkeypatch: pytest.MonkeyPatch, empty_place: Path
) -> None:
    (empty_place / ".env").write_text("POLL_SECONDS=7\nDISCORD_TOKEN=\n")

    settings = loaded(monkeypatch, POLL_SECONDS="", WEB_PORT="", TELEGRAM_TOKEN="")

    assert (settings.poll_seconds, settings.web_port) == (7.0, 8080)
    assert settings.telegram_token is None
    assert settings.discord_token is None


def test_the_environment_wins_over_dotenv(
    monkeypatch: pytest.MonkeyPatch, empty_place: Path
) -> None:
    (empty_place / ".env").write_bytes(b"\xef\xbb\xbfWEB_PORT=1\nPOLL_SECONDS=9 # s\n")

    settings = loaded(monkeypatch, WEB_PORT="2")

    assert (settings.web_port, settings.poll_seconds) == (2, 9.0)


def test_a_dotenv_that_is_no_text_is_refused(
    monkeypatch: pytest.MonkeyPatch, empty_place: Path
) -> None:
    (empty_place / ".env").write_bytes(b"\xff\xfe\x00A")

    assert refused(monkeypatch) == (".env should be a readable text file in UTF-8",)


def test_who_may_use_it_is_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(
        monkeypatch, ALLOW="discord:guild:1, telegram:-1002;Discord:User:3"
    )

    assert settings.allow == ("discord:guild:1", "telegram:-1002", "discord:user:3")
    assert not settings.open_to_everybody


def test_a_star_among_others_opens_to_everybody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert loaded(monkeypatch, ALLOW="telegram:1, *").allow == ("*",)


def test_operators_are_people_and_their_chat_is_a_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = loaded(
        monkeypatch,
        OPERATORS="discord:user:1, discord:2, telegram:3",
        OPERATOR_CHAT="telegram:-100",
    )

    assert settings.operators == ("discord:1", "discord:2", "telegram:3")
    assert settings.operator_chat == ChatAddress(Platform("telegram"), "-100")


@pytest.mark.parametrize("text", ["discord:channel:9", "discord:9"])
def test_a_discord_chat_has_two_spellings(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    chat = loaded(monkeypatch, OPERATOR_CHAT=text).operator_chat

    assert chat is not None
    assert (chat.platform, chat.chat) == ("discord", "9")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.8.8.8"]
)
def test_the_chat_page_is_served_on_loopback(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    settings = loaded(monkeypatch, BROWSER_CHAT="on", WEB_HOST=host)

    assert settings.browser_chat
    assert settings.web_host == host.strip("[]")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.com"])
def test_the_chat_page_is_refused_elsewhere(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    (only,) = refused(monkeypatch, BROWSER_CHAT="on", WEB_HOST=host)

    assert only.startswith("BROWSER_CHAT should be off, or WEB_HOST")


def test_the_chat_page_needs_the_web_server(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(monkeypatch, BROWSER_CHAT="on", WEB="off") == (
        "BROWSER_CHAT needs WEB=on",
    )


@pytest.mark.parametrize(
    ("given_url", "kept"),
    [
        ("https://tg.example/", "https://tg.example"),
        ("http://127.0.0.1:8081/bot", "http://127.0.0.1:8081"),
        ("http://[::1]:8081", "http://[::1]:8081"),
    ],
)
def test_a_bot_api_address_ends_before_bot(
    monkeypatch: pytest.MonkeyPatch, given_url: str, kept: str
) -> None:
    assert loaded(monkeypatch, TELEGRAM_API_URL=given_url).telegram_api_url == kept


@pytest.mark.parametrize("text", ["zh", "ZH", "zh-CN", "zh_Hans"])
def test_chinese_has_many_names(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    assert loaded(monkeypatch, DEFAULT_LANGUAGE=text).default_language == "zh"


def test_settings_are_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch)

    with pytest.raises(ValidationError, match="frozen"):
        settings.web_port = 1  # type: ignore[misc] # that is the point
