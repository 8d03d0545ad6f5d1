"""``baotinh salvage``: take over what a crash left, or get every whole record out of a damaged file."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from archive.cli.console import as_json, console, text
from archive.cli.extractor import load_extractor
from archive.cli.verify import FOUND
from archive.errors import UsageError
from archive.layout import DataFolder
from archive.mend import Mended, mend


def add_parser(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "salvage",
        parents=[common],
        help="get every whole record out of damaged files",
        description="Without FILE: take over what runs that died left behind, as every start of a crawl does. With "
        "FILE, a WARC file of the archive by name or any other by path: keep its whole records. The original is never "
        "overwritten. Exit code 0: nothing was lost; 4: something was.",
    )
    parser.add_argument("files", metavar="FILE", nargs="*", help="a damaged WARC file")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, folder: DataFolder) -> int:
    """Salvage and report."""
    for name in args.files:
        if not Path(name).is_file() and not (folder.warc / Path(name).name).is_file():
            raise UsageError(f"{name}: there is no such file, and none of that name in {folder.warc}.")
    done = mend(folder, load_extractor(), args.files, len(os.sched_getaffinity(0)))
    if args.json:
        print(as_json(done.as_dict()))
    else:
        _print(done)
    return FOUND if any(one.lost for one in done.salvaged) else 0


def _print(done: Mended) -> None:
    out = console()
    for one in done.salvaged:
        out.print(text(f"{one.path.name}: {one.records} whole records, {one.kept} bytes."))
        for lost in one.lost:
            out.print(text(f"  lost: {lost}"))
        if one.result is None:
            out.print("  nothing is left of it")
        elif one.result != one.path:
            out.print(text(f"  the whole records are in {one.result}"))
        if one.remains is not None:
            out.print(text(f"  what was damaged is kept in {one.remains}"))
    for line in done.rows:
        out.print(text(line))
    if not done.salvaged and not done.rows:
        out.print("Nothing was left behind.", style="green")
