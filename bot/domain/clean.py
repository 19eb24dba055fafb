"""Make other people's text fit to show: one line, no tricks, still itself."""

import unicodedata
from typing import Final

_MARKS_LIMIT: Final = 4  # combining marks on one character; no script needs more
_JOINERS: Final = frozenset("\u200c\u200d")  # Persian and emoji need them inside
# Drawn as nothing although they are letters, a mark and a symbol.
_BLANKS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f")


def clean_line(text: str) -> str:
    """Fold text into one line without controls, overrides, invisible or piled signs.

    Idempotent, and never longer than the text.
    """
    return _trim(" ".join(_visible(text).split()))


def clean_text(text: str) -> str:
    """Clean each line and keep the line breaks; empty lines are dropped."""
    lines = (clean_line(line) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _visible(text: str) -> str:
    return "".join(" " if _is_blank(char) else char for char in text if _stays(char))


def _is_blank(char: str) -> bool:
    return char.isspace() or char in _BLANKS


def _stays(char: str) -> bool:
    if _is_blank(char) or char in _JOINERS:
        return True
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs"}


def _trim(line: str) -> str:
    """Drop what has nothing to stand on: marks beyond a few, joiners at an edge."""
    kept: list[str] = []
    marks = _MARKS_LIMIT  # a line does not begin with a mark
    for index, char in enumerate(line):
        if char in _JOINERS:
            if _joins(kept, line[index + 1 : index + 2]):
                kept.append(char)
            continue
        is_mark = unicodedata.category(char).startswith("M")
        marks = marks + 1 if is_mark else 0
        if char == " ":
            marks = _MARKS_LIMIT
        if not is_mark or marks <= _MARKS_LIMIT:
            kept.append(char)
    return "".join(kept)


def _joins(before: list[str], after: str) -> bool:
    if not before or before[-1] in _JOINERS or before[-1] == " ":
        return False
    return bool(after) and after != " " and after not in _JOINERS
