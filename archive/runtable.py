"""The table of all runs, ``reports/runs.parquet``, made anew from ``reports/runs.jsonl`` whenever a harvest ends."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from archive.errors import StorageError
from archive.files import write_whole
from archive.layout import DataFolder
from archive.runs import read_all_reports
from archive.schema import TEXT, TEXTS, TIME, Column, type_name

RUNS_VERSION: Final = "1"
# Lists of structs and not maps: polars and pandas have no map type.
_COUNTS: Final = pa.list_(pa.struct([("name", TEXT), ("count", pa.int64())]))
_PAIRS: Final = pa.list_(pa.struct([("name", TEXT), ("value", TEXT)]))
_NUMBER: Final = pa.int64()
_LATELY: Final = timedelta(days=30)
_BATCH: Final = 2048

RUN_COLUMNS: Final = (
    Column("run_id", TEXT, True, "The run; rows of captures and articles name it."),
    Column("portal", TEXT, True, "Portal that was crawled."),
    Column("started", TIME, True, "Moment the run began, UTC."),
    Column("seconds", pa.float64(), True, "How long it took, wall clock."),
    Column("kind", TEXT, False, "What was asked for, as `since=3d`; runs of one kind can be compared."),
    Column("finish_reason", TEXT, True, "finished, shutdown, problem or another word for why it ended."),
    Column("exit_code", pa.int16(), True, "The portal's share in the harvest's exit code."),
    Column("requests", _NUMBER, True, "Requests that went out, robots.txt and repetitions included."),
    Column("listings", _NUMBER, True, "Pages of listings, feeds and sitemaps that were read."),
    Column("listings_unchanged", _NUMBER, False, "Those of them that the server said were unchanged (304)."),
    Column("listings_not_due", _NUMBER, False, "Listings left for another run because they bring little that is new."),
    Column("found", _NUMBER, False, "Articles asked for because a listing named them."),
    Column("known", _NUMBER, False, "Articles that listings named and the archive had."),
    Column("fetched", _NUMBER, False, "Pages that came from articles' addresses."),
    Column("missed", _NUMBER, False, "Articles that some listing has named and no run has fetched yet."),
    Column("articles_new", _NUMBER, True, "Articles the archive did not have."),
    Column("articles_changed", _NUMBER, True, "New versions of articles it had."),
    Column("articles_gone", _NUMBER, False, "Articles that were found to be taken down."),
    Column("unchanged", _NUMBER, False, "Answers that brought nothing new."),
    Column("truncated", _NUMBER, False, "Answers that came in part."),
    Column("purged", _NUMBER, False, "Requests not made because the address was taken down here."),
    Column("robots_blocked", _NUMBER, False, "Requests that robots.txt forbade."),
    Column("refused", _COUNTS, False, "Requests and answers that the guards refused, by reason."),
    Column("errors", _COUNTS, False, "Requests that failed, by kind."),
    Column("statuses", _COUNTS, False, "Answers by HTTP status."),
    Column("outcomes", _COUNTS, False, "Captures by outcome."),
    Column("not_articles", _COUNTS, False, "Pages at articles' addresses that were none, by reason."),
    Column("rungs", _COUNTS, False, "How often each rung of the extraction answered, `field/rung`."),
    Column("sources", _COUNTS, False, "Articles that each source listed."),
    Column("found_by", _COUNTS, False, "Articles asked for, by the source that named them."),
    Column("bytes_received", _NUMBER, False, "Bytes of answers, as they crossed the wire."),
    Column("warc_bytes", _NUMBER, True, "Bytes of WARC written."),
    Column("warc_files", _PAIRS, False, "WARC files of the run with their SHA-256, null where it was not taken."),
    Column("latency_p50", pa.float64(), False, "Median of the seconds to an answer's first byte."),
    Column("latency_p95", pa.float64(), False, "The seconds that 95 of 100 answers did not exceed."),
    Column("memory", _NUMBER, False, "Peak of the crawling process' resident memory in bytes."),
    Column("memory_workers", _NUMBER, False, "The same of its largest worker process."),
    Column("disk_free", _NUMBER, False, "Bytes that were free on the disk of the data folder at the end."),
    Column("versions", _PAIRS, False, "Versions of the software."),
    Column("config", TEXT, False, "SHA-256, hex, of the settings that decide what a run does."),
    Column("recovered", TEXTS, False, "What was taken over from runs that died."),
    Column("problems", TEXTS, False, "Sentences for the archivist."),
)
_fields = [
    pa.field(column.name, column.type, nullable=not column.required, metadata={"description": column.description})
    for column in RUN_COLUMNS
]
RUNS: Final = pa.schema(_fields, metadata={"table": "runs", "schema_version": RUNS_VERSION})
_NUMBERS: Final = (_NUMBER, pa.float64(), pa.int16())
_SAME: Final = tuple(column.name for column in RUN_COLUMNS if column.type in (*_NUMBERS, TEXT, TEXTS))


def table_path(folder: DataFolder) -> Path:
    """Where the table of all runs lies."""
    return folder.reports / "runs.parquet"


def write_runs(folder: DataFolder) -> pa.Table:
    """Write the table of all runs whole, and give it; nothing is written where there was no run.

    Raises ``DamagedFile`` for a report that is no JSON, ``StorageError`` when the disk refuses.
    """
    table = read_runs(folder)
    if len(table):
        out = io.BytesIO()
        pq.write_table(table, out, compression="zstd", compression_level=3)
        write_whole(table_path(folder), [out.getbuffer()])
    return table


def read_runs(folder: DataFolder) -> pa.Table:
    """All runs as a table, oldest first, read off the reports; raises ``DamagedFile``."""
    tables = [RUNS.empty_table()]
    rows: list[dict[str, Any]] = []
    for report in read_all_reports(folder):
        rows.append(_row(report))
        if len(rows) == _BATCH:
            tables.append(pa.Table.from_pylist(rows, schema=RUNS))
            rows = []
    tables.append(pa.Table.from_pylist(rows, schema=RUNS))
    return pa.concat_tables(tables).combine_chunks()


def last_runs(folder: DataFolder) -> list[dict[str, Any]]:
    """The last run of every portal by the table, sorted by portal; empty without a table.

    Raises ``StorageError`` when it cannot be read.
    """
    path = table_path(folder)
    if not path.exists():
        return []
    try:
        runs = pq.read_table(path, partitioning=None).sort_by("started")
    except (OSError, pa.ArrowInvalid) as error:
        raise StorageError(f"{path}: {error}. Delete it: `baotinh report` makes it anew.") from error
    last = {portal: row for row, portal in enumerate(runs["portal"].to_pylist())}
    return [runs.slice(row, 1).to_pylist()[0] for _, row in sorted(last.items())]


def daily_bytes(runs: pa.Table) -> float:
    """The bytes of WARC that the last 30 days brought a day; 0 with less than a week of runs."""
    if not len(runs):
        return 0.0
    now = datetime.now(UTC)
    lately = runs.filter(pc.greater(runs["started"], pa.scalar(now - _LATELY, TIME)))
    if not len(lately):
        return 0.0
    days = (now - pc.min(lately["started"]).as_py()) / timedelta(days=1)
    return float(pc.sum(lately["warc_bytes"]).as_py() / days) if days >= 7 else 0.0


def _row(report: Mapping[str, Any]) -> dict[str, Any]:
    """The row of one report; what lines of earlier versions lack is null, or 0 where the table has no null."""
    row = {name: report.get(name) for name in _SAME}
    row |= {name: row[name] or 0 for name in _NEVER_NULL}
    started = datetime.fromisoformat(report["started"])
    hashes = report.get("warc_sha256") or {}
    return row | {
        "started": started if started.tzinfo else started.replace(tzinfo=UTC),
        "finish_reason": report.get("finish_reason") or "unknown",
        "robots_blocked": (report.get("robots") or {}).get("forbidden", 0),
        "refused": _counts(report.get("guards")),
        **{name: _counts(report.get(name)) for name in _COUNTED},
        "warc_files": _pairs((name, hashes.get(name)) for name in report.get("warc_files") or ()),
        "versions": _pairs((report.get("versions") or {}).items()),
    }


_COUNTED: Final = ("errors", "statuses", "outcomes", "not_articles", "rungs", "sources", "found_by")
_NEVER_NULL: Final = tuple(column.name for column in RUN_COLUMNS if column.required and column.type in _NUMBERS)


def _counts(counts: Mapping[str, int] | None) -> list[dict[str, Any]]:
    return [{"name": name, "count": count} for name, count in sorted((counts or {}).items())]


def _pairs(pairs: Iterable[tuple[str, str | None]]) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in pairs]


def markdown_columns() -> str:
    """The columns of the table as a Markdown table, the reference in ``docs/reports.md``."""
    lines = ["| column | type | null | meaning |", "| --- | --- | --- | --- |"]
    for column in RUN_COLUMNS:
        null = "never" if column.required else "yes"
        lines.append(f"| `{column.name}` | {type_name(column.type)} | {null} | {column.description} |")
    return "\n".join(lines)
