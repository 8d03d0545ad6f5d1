"""``baotinh compact``: small files of the tables put together, all there are."""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict
from typing import Any

from archive.claims import door
from archive.cli.console import as_json, console, progress_bar, text
from archive.cli.extractor import load_extractor
from archive.cli.verify import FOUND
from archive.compact import Compacted, compact
from archive.errors import StorageError
from archive.layout import DataFolder
from archive.recovery import recover


def add_parser(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "compact",
        parents=[common],
        help="put small files of the tables together",
        description="Put the small files of captures and articles together, month by month; every start of a crawl "
        "does so where many have gathered. No row changes. Exit code 0: done; 4: done, but a file of a table is "
        "damaged and was left as it is.",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, folder: DataFolder) -> int:
    """Put everything together that is small, and say what it was."""
    if not folder.path.is_dir():
        raise StorageError(f"{folder.path} does not exist. Name the data folder with --data or ARCHIVE_DIR.")
    with door(folder), progress_bar("compacting", "files") as progress:
        recover(folder, load_extractor(), len(os.sched_getaffinity(0)))
        done = compact(folder, everything=True, progress=progress)
    if args.json:
        print(as_json(asdict(done)))
    else:
        _print(done)
    return FOUND if done.damaged else 0


def _print(done: Compacted) -> None:
    out = console()
    if done.before:
        rows = " and ".join(f"{count} {table}" for table, count in done.rows.items() if count)
        out.print(text(f"{done.before} small files with {rows} rows are {done.after} now."))
    else:
        out.print("There was nothing to put together.", style="green")
    for line in done.damaged:
        out.print(text(line))
