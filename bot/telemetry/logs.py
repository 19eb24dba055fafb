"""Logs: one format and one redaction for structlog and every library's logger.

Always to standard error. Text on a terminal, else JSON, one line an event.
"""

import logging
import sys
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import IO, Final, Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.telemetry.redact import Redaction

# Chatty at "info", and some of them print addresses that hold a token.
CHATTY: Final = (
    "PIL",
    "aiohttp.access",
    "aiosqlite",
    "alembic",
    "apscheduler",
    "asyncio",
    "discord",
    "httpcore",
    "httpx",
    "sqlalchemy",
    "telegram",
)
# At "debug" they print what people write, and one may write a key to us.
_INDISCREET: Final = frozenset({"aiosqlite", "discord", "telegram"})
_MANY_LINES: Final = {"exception", "stack"}
_EVENT_WIDTH: Final = 28
_redaction = Redaction()  # logging itself is one for the whole program


def set_up_logs(
    level: str = "info",
    format: Literal["text", "json"] | None = None,  # noqa: A002 - LOG_FORMAT's word
    secrets: Iterable[str] = (),
) -> None:
    """Send every logger through the redaction to standard error; may be repeated.

    Args:
        level: debug, info, warning, error or critical.
        format: None: text on a terminal, else json.
        secrets: Values that must never be written.
    """
    for secret in secrets:
        add_secret(secret)
    numeric = logging.getLevelNamesMapping()[level.upper()]
    _replace_outlet(_outlet(sys.stderr, _renderer(format)), level=numeric)
    for name in CHATTY:
        quiet = max(logging.WARNING, numeric)
        loud = logging.INFO if name in _INDISCREET else logging.DEBUG
        logging.getLogger(name).setLevel(loud if numeric <= logging.DEBUG else quiet)
    _set_up_structlog(numeric)
    sys.excepthook = _log_crash
    threading.excepthook = _log_thread_crash


def add_secret(value: str) -> None:
    """Leave a value out of everything that is logged from now on."""
    _redaction.add(value)


def redact(text: str) -> str:
    """Give a text as the logs would show it: without known secrets and their shapes."""
    return _redaction.text(text)


class Outlet(logging.StreamHandler[IO[str]]):
    """Standard error; a record that cannot be formatted is named, never shown."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's
        """Say where it came from: logging itself would print its arguments."""
        place = f"{record.module}:{record.lineno}"
        self.stream.write(f"a record of {record.name} at {place} cannot be written\n")


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """A last look at the finished line: a spelling may be born in rendering."""

    def format(self, record: logging.LogRecord) -> str:
        return _redaction.text(super().format(record))


def _outlet(stream: IO[str], renderer: Processor) -> logging.Handler:
    outlet = Outlet(stream)
    outlet.setFormatter(
        _Formatter(
            foreign_pre_chain=_common(),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _redact,
                renderer,
            ],
        )
    )
    return outlet


def _replace_outlet(outlet: logging.Handler, *, level: int) -> None:
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each, Outlet)]:
        root.removeHandler(old)
    root.addHandler(outlet)
    root.setLevel(level)


def _set_up_structlog(level: int) -> None:
    structlog.configure(
        processors=[
            *_common(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )


def _common() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Clean every value; only a traceback keeps its line breaks."""
    clean: EventDict = {}
    for name, value in event.items():
        shown = _redaction.named(name, value)
        if isinstance(shown, str) and name not in _MANY_LINES:
            shown = shown.replace("\n", "\\n")
        clean[name] = shown
    return clean


def _renderer(form: Literal["text", "json"] | None) -> Processor:
    on_terminal = sys.stderr.isatty()
    if (form or ("text" if on_terminal else "json")) == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(
        colors=on_terminal,
        pad_event_to=_EVENT_WIDTH,
        exception_formatter=structlog.dev.plain_traceback,
    )


def _log_crash(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Log what nobody caught: the interpreter would print it as it is."""
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("mjwatch").critical("crash", exc_info=(kind, error, trace))


def _log_thread_crash(crash: threading.ExceptHookArgs) -> None:
    if crash.exc_value is not None:
        _log_crash(crash.exc_type, crash.exc_value, crash.exc_traceback)
