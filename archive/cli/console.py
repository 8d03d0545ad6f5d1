"""Output: tables and bars for people, JSON for programs, and no control characters of a page on a terminal."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

# C0 and C1 controls (a terminal obeys them) and the marks that reorder what is shown; tab and newline stay.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_C1 = re.compile("[\x7f-\x9f]")


def plain(value: object) -> str:
    """``value`` as text that is safe on a terminal: control and reordering characters become U+FFFD."""
    return _CONTROLS.sub("\ufffd", str(value))


def text(value: object, style: str = "") -> Text:
    """``value`` as rich text, its brackets not read as markup."""
    return Text(plain(value), style=style)


def cell(value: object) -> str:
    """``value`` as a table shows it: nothing for null, times without fractions, the rest as it prints."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, list | dict):
        return plain(as_json(value))
    return plain(value)


def moment(value: datetime | None) -> str:
    """A UTC time to the second, ``–`` when there is none."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ") if value else "–"


def as_json(value: object) -> str:
    """``value`` as one line of JSON, letters unescaped, control characters escaped."""
    line = json.dumps(value, ensure_ascii=False, default=_jsonable)
    return _C1.sub(lambda match: f"\\u{ord(match.group()):04x}", line)


def _jsonable(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value.tzinfo else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def console(widest: int | None = None) -> Console:
    """The console for people, on stdout: as wide as the terminal, at most ``widest`` columns; 120 into a pipe."""
    out = Console(width=None if sys.stdout.isatty() else 120, highlight=False, emoji=False)
    out.width = min(out.width, widest or out.width)
    return out


@contextmanager
def progress_bar(title: str, things: str = "") -> Iterator[Callable[[int, int], None] | None]:
    """A bar on stderr fed with what is done and what there is in all, 0 if unknown; ``None`` when it is no terminal.

    What is counted are bytes, or ``things``.
    """
    if not sys.stderr.isatty():
        yield None
        return
    counted = TextColumn(f"{{task.completed:.0f}} {things}") if things else DownloadColumn()
    columns = (TextColumn(title), BarColumn(), counted, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)
