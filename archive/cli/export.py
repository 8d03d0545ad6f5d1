"""``baotinh export``: a part of the archive as a file for other people's tools."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from archive.cli.arguments import day
from archive.cli.console import as_json, console, progress_bar, text
from archive.layout import DataFolder
from archive.wacz import DRAFT, RECOMMENDED, WACZ_VERSIONS, Selection, export_wacz


def add_parser(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser("export", help="write a part of the archive for other tools")
    formats = parser.add_subparsers(title="formats", required=True, metavar="FORMAT")
    wacz = formats.add_parser(
        "wacz",
        parents=[common],
        help="one file that ReplayWeb.page and other browsers of archives open",
        description="Write a WACZ. Conditions given together must all hold; without any it is the whole archive.",
    )
    wacz.add_argument("out", metavar="OUT.wacz", type=Path, help="the file to write")
    wacz.add_argument("--portal", metavar="P", help="only captures of this portal")
    wacz.add_argument("--since", metavar="DAY", type=day, help="only what was fetched on this day (UTC) or later")
    wacz.add_argument("--until", metavar="DAY", type=day, help="only what was fetched on this day (UTC) or earlier")
    wacz.add_argument("--query", metavar="SQL", help="a SELECT that gives warc_record_id, article_id or url")
    wacz.add_argument("--articles", metavar="ID", nargs="+", default=[], help="only the versions of these articles")
    wacz.add_argument(
        "--wacz-version",
        metavar="V",
        choices=WACZ_VERSIONS,
        default=RECOMMENDED,
        help=f"{RECOMMENDED} (default), or the draft {DRAFT}, which ReplayWeb.page does not open yet",
    )
    wacz.set_defaults(run=run)


def run(args: argparse.Namespace, folder: DataFolder) -> int:
    """Export and say what the file holds."""
    selection = Selection(args.portal, args.since, args.until, args.query, tuple(args.articles))
    with progress_bar("exporting") as progress:
        exported = export_wacz(folder, args.out, selection, progress, args.wacz_version)
    if args.json:
        counts = asdict(exported)
        counts.pop("first_page")
        print(as_json(counts))
        return 0
    console().print(
        text(
            f"{exported.path}: {exported.pages} articles, {exported.records} records of {exported.files} WARC files, "
            f"{exported.bytes / 1e6:.1f} MB. Open it in https://replayweb.page/ or with docs/replay.md."
        )
    )
    return 0
