"""``baotinh import``: WARC and WACZ files of others, or captures that a CDX server lists."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from rich.table import Table

from archive.cli.arguments import day
from archive.cli.console import as_json, console, plain, progress_bar, text
from archive.cli.extractor import load_extractor
from archive.errors import DamagedFile, UsageError
from archive.importing.cdx_server import CdxServer
from archive.importing.http import Client
from archive.importing.importer import Importer, ImportResult
from archive.importing.remote import RemoteImporter, RemoteResult
from archive.layout import DataFolder

_SHOWN = 20


def add_parser(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "import",
        parents=[common],
        help="take over WARC and WACZ files of others, or what another archive lists",
        description="Import WARC or WACZ files, or the captures of a portal that a CDX server lists. Captures and "
        "articles appear as if crawled, marked with their origin and fidelity.",
    )
    parser.add_argument("files", metavar="FILE", nargs="*", type=Path, help="a WARC (gzip, zstd, plain) or a WACZ")
    parser.add_argument("--portal", metavar="NAME", help="the portal of all records (default: by the host of each)")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--copy", action="store_true", help="copy the files into the archive (default)")
    how.add_argument("--reference", action="store_true", help="leave the files where they are and link to them")
    remote = parser.add_argument_group("from another archive")
    remote.add_argument("--from-cdx", metavar="URL", help="a CDX server: Wayback Machine, Common Crawl or pywb")
    remote.add_argument("--since", metavar="DAY", type=day, help="only captures of this day (UTC) or later")
    remote.add_argument("--until", metavar="DAY", type=day, help="only captures of this day (UTC) or earlier")
    remote.add_argument("--host", metavar="HOST", help="whose captures to ask for (default: the portal's host)")
    remote.add_argument("--replay", metavar="URL", help="the address before <time>id_/<url>, if it does not follow")
    remote.add_argument(
        "--warcs", metavar="URL", help="the address before the names of WARC files, if it does not follow"
    )
    remote.add_argument("--delay", metavar="SECONDS", type=float, default=1.0, help="between requests (default: 1)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, folder: DataFolder) -> int:
    """Import, and print what came of it."""
    if args.from_cdx is not None:
        return _from_cdx(args, folder)
    if not args.files:
        raise UsageError("name at least one WARC or WACZ file (baotinh import FILE), or a server (--from-cdx URL).")
    results: list[ImportResult] = []
    refused: list[DamagedFile] = []
    try:
        with progress_bar("importing") as progress:
            importer = Importer(folder, load_extractor(), args.portal, args.reference, progress)
            for path in args.files:
                try:
                    results.extend(importer.file(path))
                except DamagedFile as error:
                    refused.append(error)
    finally:
        _show(results, args.json)
    if not refused:
        return 0
    for earlier in refused[:-1]:
        print(f"baotinh: {plain(earlier)}", file=sys.stderr)
    raise refused[-1]


def _show(results: list[ImportResult], as_lines: bool) -> None:
    if as_lines:
        print(as_json([result.as_dict() for result in results]))
    elif results:
        _print(results)


def _print(results: list[ImportResult]) -> None:
    out = console()
    table = Table("file", "state", "captures", "new articles", "changed", "no article", "software")
    for result in results:
        rows = result.rows
        numbers = (rows.captures, rows.articles_new, rows.articles_changed, rows.outcomes.get("not_article", 0))
        table.add_row(text(result.source), result.state, *map(str, numbers), text(result.software))
    out.print(table)
    for result in results:
        for line in _remarks(result):
            out.print(text(f"{result.source}: {line}"))


def _remarks(result: ImportResult) -> list[str]:
    lines = ["written anew, a gzip member a record; no byte of a record was changed."] if result.normalised else []
    lines += [f"left out, too large to keep: {url} ({length} bytes)" for url, length in result.left_out]
    if result.rows.unreadable:
        lines.append(f"{result.rows.unreadable} responses have an address that nobody can read.")
    if result.rows.unlisted:
        lines.append(f"{result.rows.unlisted} captures are of addresses that are unlisted: they got no row.")
    return lines + [f"{count} captures of {portal}" for portal, count in sorted(result.rows.portals.items())]


def _from_cdx(args: argparse.Namespace, folder: DataFolder) -> int:
    if args.files:
        raise UsageError("--from-cdx takes no files; import them with a command of their own.")
    if args.portal is None:
        raise UsageError("--from-cdx needs --portal NAME: whose captures are they?")
    if not args.delay >= 0:
        raise UsageError("--delay must be 0 or more seconds.")
    server = CdxServer.at(args.from_cdx, args.replay, args.warcs)
    client = Client(os.environ.get("ARCHIVE_CONTACT"), args.delay)
    with progress_bar("fetching", "captures") as progress:
        importer = RemoteImporter(folder, load_extractor(), server, args.portal, client, args.host, progress)
        result = importer.run(args.since, args.until)
    if args.json:
        print(as_json(result.as_dict()))
    else:
        _print_remote(result)
    return 0


def _print_remote(result: RemoteResult) -> None:
    out = console()
    passed = ", ".join(f"{count} {reason}" for reason, count in sorted(result.passed.items()))
    out.print(
        text(
            f"{result.portal}: {result.listed} captures listed, {result.fetched} fetched, "
            f"{len(result.missing)} not to be had; passed over: {passed or 'none'}."
        )
    )
    rows = result.rows
    out.print(
        f"{rows.articles_new} new articles, {rows.articles_changed} changed, in {len(result.warc_files)} WARC files."
    )
    for line in result.missing[:_SHOWN]:
        out.print(text(line))
    if len(result.missing) > _SHOWN:
        out.print(f"… and {len(result.missing) - _SHOWN} more; --json lists them all.")
