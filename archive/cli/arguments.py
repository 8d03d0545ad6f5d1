"""Arguments that several verbs have."""

from __future__ import annotations

import argparse
import os
from datetime import date


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


def _positive(value: str) -> int:
    number = int(value)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number
