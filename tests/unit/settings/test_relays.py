"""Relays and the proxies they are asked through."""

from pathlib import Path
from typing import get_args

import pytest

from bot.relay.options import AuthStyle
from bot.settings import RelayAuth
from tests.unit.settings.conftest import loaded, refused

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


# --- proxies ----------------------------------------------------------------------


def test_the_machines_proxy_is_the_default_but_for_spared_hosts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = loaded(
        monkeypatch,
        RELAY_URL="https://relay.example.com, http://10.1.2.3:8080",
        RELAYS__LOCAL__URL="http://localhost:1",
        HTTPS_PROXY="proxy.example:3128",
        NO_PROXY="discord.com,10.0.0.0/8,localhost:1,.inner.example",
    )

    far, near, local = (host for relay in settings.relays for host in relay.hosts)
    assert settings.relay_proxy_for(far) == "http://proxy.example:3128"
    assert settings.relay_proxy_for(near) is None
    assert settings.relay_proxy_for(local) is None
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

    assert settings.relay_proxy_for("http://127.0.0.1:9") == "http://u:p%40ss@own:1"
    assert settings.discord_proxy == "https://own:2"


def test_a_machines_proxy_that_we_cannot_use_is_a_warning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = loaded(monkeypatch, HTTPS_PROXY="socks5://u:pw@p:1")

    assert settings.telegram_proxy is None
    assert settings.warnings == (
        "HTTPS_PROXY is not used: it should be an http or https address",
    )
