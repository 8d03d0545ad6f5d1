"""Arguments that several verbs have."""

from __future__ import annotations

import argparse
import os
from datetime import date
from pathlib import Path

from archive.errors import UsageError
from archive.layout import DataFolder


def day(value: str) -> date:
    """A day as ISO 8601 writes it."""
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{value!r} is no day; write 2025-06-30") from error


def add_jobs(parser: argparse.ArgumentParser) -> None:
    """Add ``--jobs``, one process per processor by default."""
    processors = len(os.sched_getaffinity(0))
    parser.add_argument(
        "--jobs", metavar="N", type=_positive, default=processors, help="processes (default: one per processor)"
    )


def name_of(folder: DataFolder, file: str | None) -> str | None:
    """The name of the WARC file that ``file`` names, alone or with the path by which it lies in ``folder``.

    Raises ``UsageError`` for a path to anywhere else: a copy's name must not stand for the archive's own file.
    """
    if file is None:
        return None
    path = Path(file)
    # Unlike Path.resolve, realpath raises nothing where links lead in a circle.
    if path.name != file and os.path.realpath(path.parent) != os.path.realpath(folder.warc):
        raise UsageError(
            f"{file} lies outside {folder.warc}: --file names a file of the archive. `baotinh import` takes over one "
            "that is none, --data names another archive."
        )
    return path.name


def _positive(value: str) -> int:
    number = int(value)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number
