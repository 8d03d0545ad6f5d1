"""``baotinh show``: one article as it was understood, and the record that proves it."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

from archive.articles import VIETNAM
from archive.cli.console import as_json, console, moment, text
from archive.errors import UsageError
from archive.find import Row, find_article, response_block
from archive.httpmessage import decode_content, parse_response
from archive.layout import DataFolder

_READABLE = 100


def add_parser(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser("show", parents=[common], help="show one article and the record that proves it")
    parser.add_argument("article", metavar="ID|URL", help="an address, or the first characters of an article id")
    parser.add_argument("--version", metavar="N", type=int, help="this version instead of the newest")
    raw = parser.add_mutually_exclusive_group()
    raw.add_argument("--record", action="store_true", help="write the HTTP response as it crossed the wire")
    raw.add_argument("--html", action="store_true", help="write the page itself, codings undone")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, folder: DataFolder) -> int:
    """Print one version of the article, or write its record to stdout."""
    versions = find_article(folder, args.article)
    row = _choose(versions, args.version)
    if args.record or args.html:
        _write_block(folder, row, args.html)
    elif args.json:
        print(as_json({**row, "versions": [_brief(version) for version in versions]}))
    else:
        _print(row, versions, console(_READABLE))
    return 0


def _choose(versions: list[Row], number: int | None) -> Row:
    if number is None:
        return versions[-1]
    for row in versions:
        if row["version"] == number:
            return row
    raise UsageError(f"the article has no version {number}, only 1 to {versions[-1]['version']}.")


def _brief(row: Row) -> Row:
    return {name: row[name] for name in ("version", "status", "fetch_time", "changed_fields", "title")}


def _write_block(folder: DataFolder, row: Row, decoded: bool) -> None:
    """Write the response block, or the page in it, to stdout; a terminal would obey what a page hides in it."""
    if sys.stdout.isatty():
        raise UsageError("this writes the bytes of a stranger's page: send them to a file, for example `> page.html`.")
    block = response_block(folder, row)
    if decoded:
        message = parse_response(block)
        block = decode_content(message.payload, message.tokens("Content-Encoding")) if message else block
    sys.stdout.buffer.write(block)
    sys.stdout.buffer.flush()


def _print(row: Row, versions: list[Row], out: Console) -> None:
    if row["status"] == "gone":
        out.print(text(f"Gone: the article was no longer there on {moment(row['fetch_time'])}.", "bold red"))
        out.print("--version shows what it said before.")
    out.print(text(row["title"] or "", "bold"))
    out.print(text(_published(row)))
    _print_facts(out, _facts(row))
    for part, style in ((row["lead"], "bold"), (row["text"], "")):
        if part:
            out.print()
            out.print(text(part, style))
    for number, image in enumerate(row["images"] or (), 1):
        caption = " · ".join(filter(None, (image["caption"], image["credit"])))
        out.print(text(f"\n[{number}] {image['url']}\n    {caption or 'no caption'}", "dim"))
    if len(versions) > 1:
        out.print(text("\nVersions", "bold"))
        for version in versions:
            changed = ", ".join(version["changed_fields"] or ()) or "first seen"
            out.print(text(f"  {version['version']}  {moment(version['fetch_time'])}  {version['status']}  {changed}"))
    out.print(text("\nProof", "bold"))
    _print_facts(out, _provenance(row))


def _published(row: Row) -> str:
    if row["published_at"] is None:
        return "Date unknown"
    shape = {"day": 10, "month": 7}.get(row["published_precision"], 20)
    said = f", printed as “{row['published_raw']}”" if row["published_raw"] else ""
    known = f"to the {row['published_precision']}, read from {row['published_source']}{said}"
    return f"{_local(row['published_at'], shape)} ({known})"


def _local(value: Any, shape: int) -> str:
    """A time as Vietnam's clocks showed it; a date of day precision is a day there and not in UTC."""
    return str(value.astimezone(VIETNAM).strftime("%Y-%m-%d %H:%M +07"))[:shape]


def _facts(row: Row) -> dict[str, Any]:
    source = " ".join(filter(None, (row["source_name"], row["source_url"])))
    authors = ", ".join(row["authors"] or ())
    byline = row["byline_raw"]
    return {
        "portal": f"{row['portal']} ({row['province'] or 'province unknown'})",
        "byline": authors + (f" (printed as “{byline}”)" if byline and byline != authors else ""),
        "section": row["section"],
        "tags": ", ".join(row["tags"] or ()),
        "source": source,
        "address": row["url"],
        "canonical": row["canonical_url"] if row["canonical_url"] != row["url"] else None,
        "quality": ", ".join(row["quality"] or ()),
        "article id": row["article_id"],
    }


def _provenance(row: Row) -> dict[str, Any]:
    rungs = ", ".join(f"{item['field']}: {item['rung']}" for item in row["rungs"] or ())
    return {
        "fetched": moment(row["fetch_time"]),
        "WARC file": row["warc_filename"],
        "offset, length": f"{row['warc_record_offset']}, {row['warc_record_length']}",
        "record": row["warc_record_id"],
        "digest": f"sha1:{row['content_digest']}" if row["content_digest"] else None,
        "extractor": " ".join(filter(None, (row["extractor"], row["extractor_version"], row["rule_id"]))),
        "rungs": rungs,
        "run": row["run_id"],
    }


def _print_facts(out: Console, facts: dict[str, Any]) -> None:
    grid = Table.grid(padding=(0, 2))
    for name, value in facts.items():
        if value:
            grid.add_row(text(name, "dim"), text(value))
    out.print(grid)
