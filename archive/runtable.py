"""The columns of the tables of runs, and the row that a report makes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import pyarrow as pa

from archive.schema import TEXT, TEXTS, TIME, Column, type_name

RUNS_VERSION: Final = "1"
# Lists of structs and not maps: polars and pandas have no map type.
_COUNTS: Final = pa.list_(pa.struct([("name", TEXT), ("count", pa.int64())]))
_PAIRS: Final = pa.list_(pa.struct([("name", TEXT), ("value", TEXT)]))
_NUMBER: Final = pa.int64()

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


def run_row(report: Mapping[str, Any]) -> dict[str, Any]:
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
