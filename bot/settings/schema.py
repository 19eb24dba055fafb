"""Every setting with its default and what it should look like.

A field is the variable of the same name in capitals; `description` ends the sentence
"<NAME> should be ..." of an error. Relays are a family of variables: `relays.py`.
"""

from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from typing_extensions import override

from bot.domain.task import RelayName
from bot.i18n.catalogue import LANGUAGES
from bot.settings import parse
from bot.settings.pieces import ChatAddress, RelaySettings
from bot.settings.proxies import InheritedProxy

_SQLITE: Final = "sqlite:///"
_SWITCH: Final = "on or off"
_PROXY: Final = "an http or https address, such as http://proxy.example.com:3128"
_TOKEN: Final = "the bot's token, in one line without spaces"  # noqa: S105 - words
_COUNT: Final = "a whole number; 0 for no limit"
_SECONDS: Final = "a number of seconds, greater than 0"

Switch = bool
Token = Annotated[str, Field(min_length=1, pattern=r"^\S+$")]
Address = Annotated[str, BeforeValidator(parse.address)]
Proxy = Annotated[str, BeforeValidator(parse.proxy)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Seconds = Annotated[float, Field(gt=0, le=31_536_000, allow_inf_nan=False)]
People = Annotated[tuple[str, ...], BeforeValidator(parse.people)]
Everybody = Annotated[tuple[str, ...], BeforeValidator(parse.allowed)]
Level = Annotated[
    Literal["debug", "info", "warning", "error", "critical"],
    BeforeValidator(parse.level),
]
Language = Annotated[str, BeforeValidator(lambda text: parse.language(text, LANGUAGES))]


class Settings(BaseSettings):
    """What the operator chose; made by `load_settings`, read once, handed on in pieces.

    Attributes:
        relays: The default relay comes first.
        warnings: Sentences to be logged at the start.
    """

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=False
    )

    relays: tuple[RelaySettings, ...] = ()
    warnings: tuple[str, ...] = ()
    inherited_proxy: InheritedProxy = InheritedProxy()

    default_relay: RelayName | None = Field(None, description="a relay's name")
    relay_proxy: Proxy | None = Field(None, repr=False, description=_PROXY)

    discord_token: Token | None = Field(None, repr=False, description=_TOKEN)
    discord_api_url: Address = Field(
        "https://discord.com/api/v10",
        description="an address, such as https://discord.com/api/v10",
    )
    discord_proxy: Proxy | None = Field(None, repr=False, description=_PROXY)
    telegram_token: Token | None = Field(None, repr=False, description=_TOKEN)
    telegram_api_url: Annotated[str, BeforeValidator(parse.bot_api_address)] = Field(
        "https://api.telegram.org",
        description="the address before /bot<token>, such as https://api.telegram.org",
    )
    telegram_proxy: Proxy | None = Field(None, repr=False, description=_PROXY)

    allow: Everybody = Field(
        (parse.EVERYBODY,),
        description="* or a list of discord:guild:ID, discord:user:ID, telegram:ID",
    )
    operators: People = Field(
        (), description="a list of discord:user:ID and telegram:ID"
    )
    operator_chat: Annotated[ChatAddress, BeforeValidator(parse.chat)] | None = Field(
        None, description="discord:channel:ID or telegram:CHAT"
    )
    limit_looks: Count = Field(20, description=_COUNT)
    limit_watches: Count = Field(25, description=_COUNT)
    limit_chat_watches: Count = Field(200, description=_COUNT)
    listen: Switch = Field(default=False, description=_SWITCH)
    image_hosts: Annotated[frozenset[str], BeforeValidator(parse.hosts)] = Field(
        frozenset(), description="host names or addresses, separated by commas"
    )
    default_language: Language = Field(
        "en", description=f"one of {', '.join(LANGUAGES)}"
    )

    database_url: Annotated[str, BeforeValidator(parse.database_url)] = Field(
        "sqlite:///data/mjwatch.db",
        repr=False,
        description="sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME, "
        "with /, : and @ of the password as %2F, %3A and %40",
    )
    secret_key: Token | None = Field(
        None, repr=False, description="a long random text without spaces"
    )
    retention_days: int = Field(
        30, ge=1, le=36_500, description="a whole number of days, at least 1"
    )

    web: Switch = Field(default=True, description=_SWITCH)
    web_host: Annotated[str, BeforeValidator(parse.listening)] = Field(
        "127.0.0.1",
        pattern=r"^[^\s/]+$",
        description="an address or name of this machine, such as 127.0.0.1",
    )
    web_port: int = Field(
        8080, ge=0, le=65_535, description="a port from 0 (any free one) to 65535"
    )
    browser_chat: Switch = Field(default=False, description=_SWITCH)
    public_url: Address | None = Field(
        None,
        description="the address the world reaches the web server at, "
        "such as https://mjwatch.example.com",
    )

    log_level: Level = Field(
        "info", description="one of debug, info, warning, error, critical"
    )
    log_format: (
        Annotated[Literal["text", "json"], BeforeValidator(parse.level)] | None
    ) = Field(None, description="text or json")

    poll_seconds: float = Field(
        4.0,
        ge=0.5,
        le=60,
        allow_inf_nan=False,
        description="a number of seconds from 0.5 to 60",
    )
    lost_after_misses: int = Field(
        5, ge=1, le=1_000, description="a whole number from 1 to 1000"
    )
    lost_after_seconds: Seconds = Field(120.0, description=_SECONDS)
    stuck_after_seconds: Seconds = Field(900.0, description=_SECONDS)
    give_up_after_seconds: Seconds = Field(86_400.0, description=_SECONDS)
    silent_after_seconds: Seconds = Field(300.0, description=_SECONDS)
    relay_batch_size: int = Field(
        200, ge=1, le=1_000, description="a whole number from 1 to 1000"
    )
    relay_rate: float = Field(
        10.0,
        gt=0,
        le=1_000,
        allow_inf_nan=False,
        description="requests a second, greater than 0 and at most 1000",
    )
    picture_wait_seconds: float = Field(
        8.0,
        ge=0,
        le=600,
        allow_inf_nan=False,
        description="a number of seconds from 0 to 600",
    )
    breaker_probe_seconds: Seconds = Field(30.0, description=_SECONDS)

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values from `load_settings` alone: it has merged what there is."""
        return (init_settings,)

    @model_validator(mode="after")
    def _browser_chat_stays_at_home(self) -> Self:
        if not self.browser_chat:
            return self
        if not self.web:
            raise PydanticCustomError("line", "BROWSER_CHAT needs WEB=on")
        if not parse.is_loopback(self.web_host):
            raise PydanticCustomError(
                "line",
                "BROWSER_CHAT should be off, or WEB_HOST a loopback address such as "
                "127.0.0.1: the chat page asks nobody who they are",
            )
        return self

    @property
    def has_door(self) -> bool:
        """Whether anybody can come in."""
        return bool(self.discord_token or self.telegram_token or self.browser_chat)

    @property
    def open_to_everybody(self) -> bool:
        """Whether strangers may use it."""
        return parse.EVERYBODY in self.allow

    @property
    def database_path(self) -> Path | None:
        """SQLite's file; None with PostgreSQL."""
        if not self.database_url.startswith(_SQLITE):
            return None
        return Path(self.database_url.removeprefix(_SQLITE).partition("?")[0])

    @property
    def home(self) -> Path:
        """The folder of what the program keeps: the database's, else `data`."""
        return self.database_path.parent if self.database_path else Path("data")

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret value, for the logs to leave out."""
        relays = [relay.key for relay in self.relays]
        addresses = [self.database_url, self.relay_proxy, self.inherited_proxy.url]
        addresses += [self.discord_proxy, self.telegram_proxy]
        own = [self.discord_token, self.telegram_token, self.secret_key]
        known = own + relays + [_password(each) for each in addresses if each]
        return tuple(dict.fromkeys(each for each in known if each))

    def relay_proxy_for(self, url: str) -> str | None:
        """Name the proxy on the way to a relay's or a picture's address."""
        return self.relay_proxy or self.inherited_proxy.to(url)


def _password(url: str) -> str | None:
    password = urlsplit(url).password
    return unquote(password) if password else None
