"""``baotinh rebuild``: CDXJ, captures and articles again, from the WARC files alone."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from archive.cli.arguments import add_jobs, name_of
from archive.cli.console import as_json, console, progress_bar, text
from archive.cli.extractor import load_extractor
from archive.cli.verify import FOUND
from archive.layout import DataFolder
from archive.rebuild import Rebuild, rebuild


def add_parser(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "rebuild",
        parents=[common],
        help="make index and tables again from the WARC files",
        description="Make CDXJ, captures and articles again from the WARC files. Interrupted, it goes on where it "
        "stopped. Exit code 0: done; 4: done, but a WARC file is damaged.",
    )
    scope = parser.add_mutually_exclusive_group()
    scope.add_argument("--portal", metavar="P", help="only the rows of one portal")
    scope.add_argument("--file", metavar="F", help="only the rows of one WARC file, by name or path")
    parser.add_argument("--into", metavar="DIR", type=Path, help="write into a new folder, leave the archive alone")
    add_jobs(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, folder: DataFolder) -> int:
    """Rebuild and say what came of it."""
    what = Rebuild(args.portal, name_of(folder, args.file), args.into)
    with progress_bar("rebuilding") as progress:
        done = rebuild(folder, load_extractor(), what, args.jobs, progress)
    if args.json:
        print(as_json(asdict(done)))
        return FOUND if done.lost else 0
    out = console()
    where = "" if what.into is None else f" into {what.into}"
    out.print(text(f"{done.files} files read: {done.captures} captures and {done.articles} articles{where}."))
    for note in done.notes:
        out.print(text(note))
    for name, lost in done.lost.items():
        out.print(text(f"{name} is damaged; `baotinh salvage {name}` mends it. Without a row: {'; '.join(lost)}"))
    return FOUND if done.lost else 0
