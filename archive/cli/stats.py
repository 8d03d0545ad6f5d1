"""``baotinh stats``: what the archive holds, portal by portal."""

from __future__ import annotations

import argparse
from typing import Any

from rich.table import Table

from archive.cli.console import as_json, console, moment, text
from archive.corpus import reading_corpus
from archive.errors import StorageError
from archive.layout import DataFolder

Row = dict[str, Any]

_CAPTURES = """
SELECT portal, count(*) AS records, sum(warc_record_length)::BIGINT AS bytes, max(fetch_time) AS last_fetch,
    count(DISTINCT run_id) AS runs FROM captures GROUP BY portal
"""
_OUTCOMES = "SELECT portal, outcome, count(*) FROM captures GROUP BY ALL ORDER BY ALL"
_ARTICLES = """
SELECT portal, count(DISTINCT article_id) AS articles, count(*) AS versions,
    count(*) FILTER (status = 'gone') AS gone, count(*) FILTER (published_at IS NULL AND status = 'live') AS undated,
    min(published_at) AS first_published, max(published_at) AS last_published
FROM articles_files GROUP BY portal
"""
_EMPTY: Row = {
    **dict.fromkeys(("records", "bytes", "runs", "articles", "versions", "gone", "undated"), 0),
    **dict.fromkeys(("last_fetch", "first_published", "last_published")),
}


def add_parser(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser("stats", parents=[common], help="count what the archive holds, portal by portal")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, folder: DataFolder) -> int:
    """Print the figures of each portal and the totals."""
    if not folder.path.is_dir():
        raise StorageError(f"{folder.path} does not exist. Name the data folder with --data or ARCHIVE_DIR.")
    portals = collect(folder)
    files = [path.stat().st_size for path in folder.warc_files() + folder.open_files()]
    totals = {name: sum(row[name] for row in portals) for name in ("records", "bytes", "articles", "versions")}
    totals |= {"portals": len(portals), "warc_files": len(files), "warc_bytes": sum(files)}
    if args.json:
        print(as_json({"portals": portals, "totals": totals}))
    else:
        _print(portals, totals)
    return 0


def collect(folder: DataFolder) -> list[Row]:
    """The figures of each portal, sorted by name: bytes are those of the WARC records that have a row."""
    portals: dict[str, Row] = {}
    with reading_corpus(folder) as database:
        for query in (_CAPTURES, _ARTICLES):
            result = database.execute(query)
            names = [column[0] for column in result.description or ()]
            for values in result.fetchall():
                row = dict(zip(names, values, strict=True))
                portals.setdefault(row["portal"], {"portal": row["portal"], **_EMPTY, "outcomes": {}}).update(row)
        for portal, outcome, count in database.execute(_OUTCOMES).fetchall():
            portals[portal]["outcomes"][outcome] = count
    for row in portals.values():
        row["listings"] = row["outcomes"].get("listing", 0)
    return [portals[name] for name in sorted(portals)]


def _print(portals: list[Row], totals: Row) -> None:
    out = console()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("portal", no_wrap=True)
    numbers = ("articles", "versions", "listings", "records")
    for name in (*numbers, "dropped", "errors", "MB"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("first", "last", "fetched"):
        table.add_column(name, no_wrap=True)
    for row in portals:
        missed = (str(row["outcomes"].get(name, 0)) for name in ("not_article", "error"))
        figures = (*(str(row[name]) for name in numbers), *missed, f"{row['bytes'] / 1e6:.1f}")
        times = (moment(row[name])[:10] for name in ("first_published", "last_published", "last_fetch"))
        table.add_row(text(row["portal"]), *figures, *times)
    out.print(table)
    out.print(
        f"Portals: {totals['portals']}; {totals['articles']} articles in {totals['versions']} versions, "
        f"{totals['records']} captures, {totals['warc_files']} WARC files of {totals['warc_bytes'] / 1e6:.1f} MB."
    )
