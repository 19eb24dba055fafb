"""Logs: no secret passes, whatever logger, spelling, traceback or crash it is in."""

import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from typing import Any, Literal, get_args
from urllib.parse import quote

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot.telemetry.logs import CHATTY, add_secret, redact, set_up_logs
from bot.telemetry.redact import REDACTED, Redaction, printable

Form = Literal["text", "json"]
SECRET = 'p/w "q" & ü\\1'


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Captured:
    """What went to standard error so far."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self._text = ""

    def getvalue(self) -> str:
        self._text += self._capsys.readouterr().err
        return self._text


@pytest.fixture
def stderr(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Captured]:
    """Standard error; afterwards logging is as it was."""
    root = logging.getLogger()
    levels = {name: logging.getLogger(name).level for name in ("", *CHATTY)}
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    yield Captured(capsys)
    for name, old in levels.items():
        logging.getLogger(name).setLevel(old)
    structlog.reset_defaults()


def lines(stream: Captured) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail_with(text: str) -> None:
    local = text  # must not be shown by a traceback
    raise ValueError(local)


# --- form -------------------------------------------------------------------------


def test_an_event_is_one_line_of_json(stderr: Captured) -> None:
    set_up_logs()

    structlog.get_logger("bot.x").info("relay.unavailable", failures=2)

    (line,) = lines(stderr)
    assert (line["event"], line["failures"]) == ("relay.unavailable", 2)
    assert (line["level"], line["logger"]) == ("info", "bot.x")
    assert line["timestamp"].endswith("Z")


def test_a_library_speaks_the_same_json(stderr: Captured) -> None:
    set_up_logs()

    logging.getLogger("some.library").warning("%s is %d", "it", 3)

    (line,) = lines(stderr)
    assert (line["event"], line["level"]) == ("it is 3", "warning")


def test_text_is_for_a_terminal(
    stderr: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    set_up_logs()

    structlog.get_logger("x").info("web.listening", port=1)

    assert "web.listening" in terminal.getvalue()
    assert not terminal.getvalue().startswith("{")


def test_a_format_that_was_asked_for_wins(stderr: Captured) -> None:
    set_up_logs(format="text")

    structlog.get_logger("x").info("web.listening", port=1)

    assert "port=1" in stderr.getvalue()
    assert "\x1b" not in stderr.getvalue()


def test_below_the_level_nothing_is_said(stderr: Captured) -> None:
    set_up_logs("warning")

    structlog.get_logger("x").info("a.b")
    logging.getLogger("y").info("c")

    assert stderr.getvalue() == ""


@pytest.mark.parametrize("name", ["discord.gateway", "telegram.ext", "aiosqlite"])
def test_whole_messages_are_not_even_logged_at_debug(
    stderr: Captured, name: str
) -> None:
    set_up_logs("debug")

    logging.getLogger(name).debug("/key of somebody")
    logging.getLogger(name).info("two")

    assert [line["event"] for line in lines(stderr)] == ["two"]


@pytest.mark.parametrize("name", ["httpx", "alembic", "asyncio"])
def test_chatty_libraries_are_quiet_until_debug(stderr: Captured, name: str) -> None:
    set_up_logs("info")
    logging.getLogger(name).info("one")
    set_up_logs("debug")
    logging.getLogger(name).debug("two")

    assert [line["event"] for line in lines(stderr)] == ["two"]


def test_setting_up_twice_says_things_once(stderr: Captured) -> None:
    set_up_logs()
    set_up_logs()

    logging.getLogger("x").error("once")

    assert len(lines(stderr)) == 1


def test_a_strangers_text_neither_breaks_a_line_nor_steers_a_terminal(
    stderr: Captured,
) -> None:
    set_up_logs(format="text")

    structlog.get_logger("x").info("a.b", text="one\ntwo\x1b[2J\u202eeerht")

    assert len(stderr.getvalue().splitlines()) == 1
    assert "\x1b" not in stderr.getvalue()
    assert "\u202e" not in stderr.getvalue()


# --- secrets ----------------------------------------------------------------------


@pytest.mark.parametrize("form", get_args(Form))
def test_a_known_secret_appears_nowhere(stderr: Captured, form: Form) -> None:
    set_up_logs("debug", form, [SECRET])
    log = structlog.get_logger("x")

    log.info("a.b", plain=SECRET, deep={"k": [SECRET, {SECRET: (SECRET,)}]})
    log.info(SECRET, error=ValueError(SECRET), raw=SECRET.encode())
    logging.getLogger("lib").error("%s in %r", SECRET, {"url": quote(SECRET, safe="")})
    logging.getLogger("httpx").debug("GET https://h/?k=%s", quote(SECRET))
    try:
        fail_with(SECRET)
    except ValueError:
        log.exception("c.d")
        logging.getLogger("lib").exception("oh")

    assert stderr.getvalue().count(REDACTED) >= 9
    for spelling in (SECRET, quote(SECRET), quote(SECRET, safe=""), "p/w", "p%2Fw"):
        assert spelling not in stderr.getvalue()


def test_a_secret_learnt_later_is_left_out_from_then_on(stderr: Captured) -> None:
    set_up_logs()

    add_secret("late-secret-77")
    logging.getLogger("x").warning("it is late-secret-77")

    assert lines(stderr)[0]["event"] == f"it is {REDACTED}"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("POST https://api.telegram.org/bot12:AbC/sendMessage", "12:AbC"),
        ("http://h/file/bot99%3Ax-y/photos/1.jpg", "99%3Ax-y"),
        ("Authorization: Bearer abc.def-1", "abc.def-1"),
        ("{'Authorization': 'Bot xyz12345'}", "xyz12345"),
        ("the key sk-AbC123xyz is wrong", "AbC123xyz"),
        ("token sk-abc***xyz is over quota", "xyz"),
        ("{'mj-api-secret': 'hush1'}", "hush1"),
        ('{"MJ-API-SECRET":"hush1"}', "hush1"),
        ("mj-api-secret: hush1", "hush1"),
        ("POST /w/f33dT0ken HTTP/1.1", "f33dT0ken"),
        ("https://d.example/api/v10/webhooks/123/ToKeN-1/messages", "ToKeN-1"),
        ("postgresql://me:hidden@db/x", "hidden"),
        ("it was 123456789:" + "A" * 35, "AAAA"),
        ("it was " + "M" * 24 + ".abcdef." + "z" * 30, "zzz"),
    ],
)
def test_the_shapes_of_secrets_are_left_out_though_nobody_told_of_them(
    text: str, secret: str
) -> None:
    clean = Redaction().text(text)

    assert REDACTED in clean
    assert secret not in clean


@pytest.mark.parametrize(
    "text",
    [
        "task_1234567890 of relay geeknow",
        "File bot/relay/client.py, line 3, in fetch",
        "MJ::JOB::upsample::1::3d98a1b2-aaaa-bbbb-cccc-0123456789ab",
        "https://cdn.example/attachments/1/2/name_3d98.png?ex=1&is=2",
        "risk-averse desk-top",
    ],
)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert Redaction().text(text) == text


@pytest.mark.parametrize("name", ["Authorization", "mj-api-secret", "token", "api_key"])
def test_under_some_names_everything_is_a_secret(name: str) -> None:
    clean = Redaction().value({"headers": {name: "short"}, "status": 401})

    assert clean == {"headers": {name: REDACTED}, "status": 401}


def test_a_crash_is_logged_without_the_secret(stderr: Captured) -> None:
    set_up_logs(secrets=["crash-secret-1"])
    try:
        fail_with("it was crash-secret-1")
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)

    (line,) = lines(stderr)
    assert line["event"] == "crash"
    assert "ValueError" in line["exception"]
    assert "crash-secret-1" not in stderr.getvalue()


def test_a_crash_in_a_thread_is_logged_as_well(stderr: Captured) -> None:
    set_up_logs(secrets=["thread-secret-1"])

    thread = threading.Thread(target=fail_with, args=("thread-secret-1",))
    thread.start()
    thread.join()

    assert lines(stderr)[0]["level"] == "critical"
    assert "thread-secret-1" not in stderr.getvalue()


def test_a_record_that_cannot_be_written_shows_no_arguments(
    stderr: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # pytest's would raise
    set_up_logs(secrets=["wrong-args-1"])

    logging.getLogger("lib").error("%d", "wrong-args-1")

    assert stderr.getvalue().startswith("a record of lib at test_logs:")
    assert "wrong-args-1" not in stderr.getvalue()


def test_a_very_short_value_does_not_eat_every_word() -> None:
    redaction = Redaction()

    redaction.add("ab")

    assert redaction.text("able") == "able"


def test_anybody_may_clean_a_text() -> None:
    assert redact("Bearer abcdef") == f"Bearer {REDACTED}"


@given(st.text(min_size=4, max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_whatever_the_secret_is_it_is_gone(
    secret: str, before: str, after: str
) -> None:
    redaction = Redaction()
    redaction.add(secret)

    clean = redaction.text(before + secret + after)

    assert secret not in clean.replace(REDACTED, "\0") or secret in REDACTED


@given(st.recursive(st.text() | st.binary() | st.floats() | st.none(), st.lists))
def test_every_value_can_be_logged(value: object) -> None:
    clean = Redaction().value(value)

    assert json.dumps(clean)


@given(st.text())
def test_nothing_printable_is_changed(text: str) -> None:
    assert printable(printable(text)) == printable(text)
