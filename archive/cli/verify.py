"""``baotinh verify``: are the WARC files whole, and does every row follow from its record?"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from typing import Any

from rich.console import Console
from rich.table import Table

from archive.cli.arguments import add_jobs, name_of
from archive.cli.console import as_json, console, progress_bar, text
from archive.cli.extractor import load_extractor
from archive.errors import UsageError
from archive.layout import DataFolder
from archive.verify.files import verify_files
from archive.verify.pool import Progress
from archive.verify.report import CHUNKED, KINDS, Report

FOUND = 4
_SHOWN = 50
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def add_parser(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "verify",
        parents=[common],
        help="prove that files are whole and rows follow from their records",
        description="Check WARC files, captures and articles both ways. Exit code 0: clean; 4: something was found.",
    )
    scope = parser.add_mutually_exclusive_group()
    scope.add_argument("--portal", metavar="P", help="only the files of one portal")
    scope.add_argument("--file", metavar="F", help="only one WARC file, by name or path")
    scope.add_argument("--article", metavar="ID", help="only one article, by its whole id")
    parser.add_argument(
        "--files", action="store_true", help="only files, digests and CDXJ: no table is read and no page extracted"
    )
    add_jobs(parser)
    parser.add_argument(
        "--explain", action="store_true", help="say what findings mean, and why other tools may see other faults"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, folder: DataFolder) -> int:
    """Verify and print the report."""
    if args.article is not None and not _UUID.fullmatch(args.article):
        raise UsageError(f"{args.article!r} is no article id; `baotinh show` finds it by address.")
    if args.files and args.article is not None:
        raise UsageError("--files looks at no rows: leave it out, or name a --file or a --portal.")
    with progress_bar("verifying") as progress:
        if args.files:
            report = verify_files(folder, args.portal, name_of(folder, args.file), args.jobs, progress)
        else:
            report = _verify(args, folder, progress)
    if args.json:
        print(as_json(report.as_dict()))
    else:
        _print(report, not args.files, console())
        if args.explain:
            _explain(console())
    return 0 if report.clean else FOUND


def _verify(args: argparse.Namespace, folder: DataFolder, progress: Progress | None) -> Report:
    # Loaded here, because the tables' libraries take longer to load than a small archive's files to check.
    from archive.verify.whole import Scope, verify

    scope = Scope(portal=args.portal, file=name_of(folder, args.file), article_id=args.article)
    return verify(folder, load_extractor(), scope, jobs=args.jobs, progress=progress)


def _print(report: Report, rows: bool, out: Console) -> None:
    counts = report.counts
    files = f"{counts['files']} files, {counts['records']} records, {counts['bytes'] / 1e6:.1f} MB; "
    read = f"{counts['captures']} captures, {counts['articles']} articles, {counts['reread']} read again."
    out.print(files + (read if rows else "the tables were not read."))
    if counts["other_version"]:
        out.print(
            f"{counts['other_version']} article rows are by another extractor version than the one installed; "
            f"{counts['would_change']} of them would come out differently now, which proves nothing against them."
        )
    if counts["unlisted"]:
        out.print(
            f"{counts['unlisted']} captures are of addresses that were unlisted: they have no row and no CDXJ line, "
            "as it should be."
        )
    for note in report.notes:
        out.print(text(note))
    if report.clean:
        out.print("Nothing wrong was found.", style="green")
        return
    table = Table("kind", "where", "what", title=f"{len(report.findings)} findings", title_justify="left")
    for finding in report.findings[:_SHOWN]:
        where = finding.place + (f"\n{finding.url}" if finding.url else "")
        table.add_row(text(finding.kind), text(where), text(finding.message))
    out.print(table)
    if len(report.findings) > _SHOWN:
        out.print(f"… and {len(report.findings) - _SHOWN} more; --json lists them all.")
    for kind, count in Counter(finding.kind for finding in report.findings).most_common():
        out.print(text(f"{count} × {kind}: {KINDS[kind]}"))


def _explain(out: Console) -> None:
    out.print(text("\nWhat findings mean", "bold"))
    for kind, meaning in KINDS.items():
        out.print(text(f"{kind}: {meaning}"))
    out.print(text(f"\n{CHUNKED}"))
