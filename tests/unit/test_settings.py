"""Settings: names, defaults, what is refused, and that no secret is ever repeated."""

import os
import re
import stat
import sys
from pathlib import Path
from subprocess import run
from typing import get_args

import pytest
from pydantic import ValidationError

from bot.domain.subscription import Platform
from bot.errors import SettingsError
from bot.relay.options import AuthStyle
from bot.settings import (
    ChatAddress,
    RelayAuth,
    Settings,
    load_settings,
    obtain_secret_key,
    setting_names,
)

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / ".env.example"
FAMILIES = ("RELAY", "LIMIT_", "DISCORD_", "TELEGRAM_")
STANDARD = {"HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"}


@pytest.fixture(autouse=True)
def empty_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own and an environment without anything of ours."""
    ours = {*setting_names(), *(f"{name}_FILE" for name in setting_names()), *STANDARD}
    for name in list(os.environ):  # noqa: TID251 - to be rid of it
        if name in ours or name.startswith(FAMILIES):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def loaded(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    given(monkeypatch, **variables)
    return load_settings(require="nothing")


def refused(monkeypatch: pytest.MonkeyPatch, **variables: str) -> tuple[str, ...]:
    given(monkeypatch, **variables)
    with pytest.raises(SettingsError) as caught:
        load_settings(require="nothing")
    return caught.value.lines


def given(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


# --- relays -----------------------------------------------------------------------


def test_the_one_relay_of_a_simple_set_up_is_named_relay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = loaded(monkeypatch, RELAY_URL="relay.example.com", RELAY_KEY="sk-1")

    (relay,) = settings.relays
    assert (relay.name, relay.hosts) == ("relay", ("https://relay.example.com",))
    assert (relay.key, relay.auth, relay.prefix) == ("sk-1", "auto", "/mj")
    assert settings.default_relay == "relay"


def test_several_hosts_are_one_relay(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(
        monkeypatch, RELAY_URL=" a.example , http://b.example:8080/, a.example/mj "
    )

    assert settings.relays[0].hosts == ("https://a.example", "http://b.example:8080")


def test_named_relays_keep_their_order_and_lose_their_capitals(
    monkeypatch: pytest.MonkeyPatch, empty_place: Path
) -> None:
    (empty_place / ".env").write_text(
        "RELAYS__ZETA__URL=z.example\n"
        "RELAYS__Alpha__URL=a.example\n"
        "RELAYS__ALPHA__AUTH=MJ-API-SECRET\n"
        "RELAYS__ALPHA__PREFIX=mj-fast/mj/\n"
    )

    settings = loaded(monkeypatch)

    assert [relay.name for relay in settings.relays] == ["zeta", "alpha"]
    assert settings.relays[1].auth == "mj-api-secret"
    assert settings.relays[1].prefix == "/mj-fast/mj"


def test_relay_url_comes_before_named_relays(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, RELAYS__A__URL="a.example", RELAY_URL="b.example")

    assert [relay.name for relay in settings.relays] == ["relay", "a"]


def test_the_chosen_default_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(
        monkeypatch,
        RELAYS__A__URL="a.example",
        RELAYS__B__URL="b.example",
        DEFAULT_RELAY="B",
    )

    assert [relay.name for relay in settings.relays] == ["b", "a"]
    assert settings.default_relay == "b"


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({"RELAY_KEY": "sk-1"}, "RELAY_URL should be an address"),
        ({"RELAYS__A__KEY": "sk-1"}, "RELAYS__A__URL should be an address"),
        ({"RELAY_URL": "ftp://a.example"}, "RELAY_URL should be an address"),
        ({"RELAY_URL": "https://"}, "RELAY_URL should be an address"),
        ({"RELAY_URL": "https://a.example:99999"}, "RELAY_URL should be an address"),
        ({"RELAY_URL": "https://u:p@a.example"}, "RELAY_URL should be an address"),
        ({"RELAY_URL": "https://a.example/?k=v"}, "RELAY_URL should be an address"),
        ({"RELAY_URL": ","}, "RELAY_URL should be an address"),
        ({"RELAY_URL": "a", "RELAY_AUTH": "basic"}, "RELAY_AUTH should be one of"),
        ({"RELAY_URL": "a", "RELAY_PREFIX": "/m j"}, "RELAY_PREFIX should be a path"),
        (
            {"RELAY_URL": "a", "DEFAULT_RELAY": "b"},
            "DEFAULT_RELAY should be the name of one of your relays (relay)",
        ),
        (
            {"RELAYS__A__URL": "a", "RELAYS__a__URL": "b"},
            "RELAYS__a__URL should not be set beside RELAYS__A__URL",
        ),
        (
            {"RELAY_URL": "a", "RELAYS__RELAY__URL": "b"},
            "RELAYS__RELAY__URL should not be set beside RELAY_URL",
        ),
        ({f"RELAYS__{'X' * 33}__URL": "a"}, "1 to 32 letters"),
    ],
)
def test_a_relay_that_cannot_be_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], line: str
) -> None:
    lines = refused(monkeypatch, **variables)

    assert len(lines) == 1
    assert line in lines[0]


def test_the_words_for_the_key_are_those_of_the_relay_client() -> None:
    assert set(get_args(RelayAuth)) == set(AuthStyle)


def test_a_slash_is_no_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, RELAY_URL="a.example", RELAY_PREFIX="/")

    assert settings.relays[0].prefix == ""


# --- what a command needs ---------------------------------------------------------


def test_running_needs_a_relay_and_a_door() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(require="run")

    relay, door = caught.value.lines
    assert relay.startswith("RELAY_URL should be set")
    assert door.startswith("DISCORD_TOKEN or TELEGRAM_TOKEN should be set")


def test_looking_needs_a_relay_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, RELAY_URL="a.example")

    assert load_settings(require="relays").relays


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


# --- plain settings ---------------------------------------------------------------


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
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "mysql://h/d"),
        ("TELEGRAM_PROXY", "socks5://p:1"),
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


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_the_chat_page_is_served_on_loopback(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    assert loaded(monkeypatch, BROWSER_CHAT="on", WEB_HOST=host).browser_chat


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


# --- proxies ----------------------------------------------------------------------


def test_the_machines_proxy_is_the_default_but_for_spared_hosts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = loaded(
        monkeypatch,
        RELAY_URL="https://relay.example.com",
        RELAYS__NEAR__URL="http://10.1.2.3:8080",
        RELAYS__LOCAL__URL="http://localhost:1",
        HTTPS_PROXY="proxy.example:3128",
        NO_PROXY="discord.com,10.0.0.0/8,localhost:1,.inner.example",
    )

    assert [relay.proxy for relay in settings.relays] == [
        "http://proxy.example:3128",
        None,
        None,
    ]
    assert settings.discord_proxy is None
    assert settings.telegram_proxy == "http://proxy.example:3128"
    assert settings.relay_proxy_for("https://cdn.inner.example/x") is None
    assert settings.relay_proxy_for("https://cdn.example/x") == settings.telegram_proxy


def test_a_star_spares_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, https_proxy="http://p:1", no_proxy="*")

    assert settings.telegram_proxy is None


def test_ones_own_proxy_goes_before_what_is_spared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = loaded(
        monkeypatch,
        RELAY_URL="http://127.0.0.1:9",
        RELAY_PROXY="http://u:p%40ss@own:1",
        DISCORD_PROXY="https://own:2",
        HTTPS_PROXY="http://p:1",
        NO_PROXY="127.0.0.1,discord.com",
    )

    assert settings.relays[0].proxy == "http://u:p%40ss@own:1"
    assert settings.discord_proxy == "https://own:2"


def test_a_machines_proxy_that_we_cannot_use_is_a_warning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = loaded(monkeypatch, HTTPS_PROXY="socks5://u:pw@p:1")

    assert settings.telegram_proxy is None
    assert settings.warnings == (
        "HTTPS_PROXY is not used: it should be an http or https address",
    )


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


def test_a_folder_that_cannot_be_made_is_refused(
    monkeypatch: pytest.MonkeyPatch, empty_place: Path
) -> None:
    (empty_place / "data").write_text("a file")

    with pytest.raises(SettingsError, match=r"^SECRET_KEY should be set, or "):
        obtain_secret_key(loaded(monkeypatch))


def test_with_postgresql_the_key_lies_in_data(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, DATABASE_URL="postgres://u:p@h/d")

    assert settings.database_url == "postgresql://u:p@h/d"
    assert (settings.database_path, settings.home) == (None, Path("data"))


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
