"""Checks of the tables as a whole: which file has rows where, versions in order, nothing left behind."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from archive.articles import Previous, changed_fields
from archive.claims import is_locked, live_runs
from archive.layout import OPEN_SUFFIX, DataFolder, TableName
from archive.schema import is_known
from archive.verify.report import Report

Row = dict[str, Any]
Table = tuple[Path, pa.Table]
Filters = list[tuple[str, str, Any]]

_CHAIN = ("article_id", "version", "status", "title", "lead", "text_sha256", "authors", "section", "published_at")
_CHANGE_COLUMNS = [*_CHAIN, "changed_fields", "url", "warc_filename", "warc_record_offset"]


@dataclass(slots=True)
class TableIndex:
    """Which Parquet files hold rows on which WARC file, how many rows, and for which portals."""

    files: defaultdict[str, list[Path]] = field(default_factory=lambda: defaultdict(list))
    rows: Counter[str] = field(default_factory=Counter)
    portals: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def readable_files(folder: DataFolder, table: TableName, report: Report) -> list[Path]:
    """The Parquet files of ``table`` whose footer can be read and has its columns; the others become findings."""
    good: list[Path] = []
    for path in sorted(folder.table(table).glob("month=*/*")):
        try:
            if is_known(pq.read_schema(path), table):
                good.append(path)
            else:
                report.add("damaged-table", str(path.relative_to(folder.path)), "not the columns of this table")
        except (OSError, pa.ArrowException) as error:
            report.add("damaged-table", str(path.relative_to(folder.path)), str(error))
    return good


def read_rows(
    path: Path, folder: DataFolder, report: Report, columns: list[str] | None = None, filters: Filters | None = None
) -> pa.Table | None:
    """Rows of one Parquet file, page checksums compared; damage becomes a finding and gives ``None``."""
    try:
        return pq.read_table(path, columns=columns, filters=filters, partitioning=None, page_checksum_verification=True)
    except (OSError, pa.ArrowException) as error:
        report.add("damaged-table", str(path.relative_to(folder.path)), str(error))
        return None


def read_columns(paths: Iterable[Path], columns: list[str], folder: DataFolder, report: Report) -> Iterator[Table]:
    """The ``columns`` of each file that can be read, with its path."""
    for path in paths:
        table = read_rows(path, folder, report, columns)
        if table is not None:
            yield path, table


def index_table(paths: list[Path], folder: DataFolder, report: Report) -> TableIndex:
    """The index over ``paths``, read from two columns."""
    index = TableIndex()
    for path, table in read_columns(paths, ["warc_filename", "portal"], folder, report):
        counted = table.group_by(["warc_filename", "portal"]).aggregate([([], "count_all")]).to_pylist()
        for row in counted:
            index.rows[row["warc_filename"]] += row["count_all"]
            index.portals[row["warc_filename"]].add(row["portal"])
        for name in {row["warc_filename"] for row in counted}:
            index.files[name].append(path)
    return index


def check_versions(paths: list[Path], folder: DataFolder, report: Report) -> None:
    """Versions of an article must be 1, 2, 3 … once each, and name what changed since the one before."""
    tables = [table for _, table in read_columns(paths, ["article_id", "version"], folder, Report())]
    if not tables:
        return
    versions = pa.concat_tables(tables).group_by("article_id").aggregate([("version", "count"), ("version", "max")])
    wrong = versions.filter(pc.not_equal(versions["version_count"], versions["version_max"]))
    for row in wrong.to_pylist():
        message = f"{row['version_count']} rows, the newest is version {row['version_max']}"
        report.add("version-chain", f"article {row['article_id']}", message)
    changed = versions.filter(pc.greater(versions["version_max"], 1))["article_id"]
    if len(changed):
        _check_changes(read_columns(paths, _CHANGE_COLUMNS, folder, report), changed, wrong["article_id"], report)


def _check_changes(tables: Iterable[Table], changed: pa.ChunkedArray, wrong: pa.ChunkedArray, report: Report) -> None:
    chains: defaultdict[str, list[Row]] = defaultdict(list)
    skip = set(wrong.to_pylist())
    for _, table in tables:
        for row in table.filter(pc.is_in(table["article_id"], changed.combine_chunks())).to_pylist():
            chains[row["article_id"]].append(row)
    for identity, rows in chains.items():
        if identity in skip:
            continue
        rows.sort(key=lambda row: int(row["version"]))
        for before, after in pairwise(rows):
            problem = _wrong_change(before, after)
            if problem:
                place = after["warc_record_offset"]
                report.add("version-chain", after["warc_filename"], problem, place, after["url"])


def _wrong_change(before: Row, after: Row) -> str | None:
    """What is wrong with ``changed_fields`` of ``after``; texts are compared by hash, so none need be loaded."""
    said = set(after["changed_fields"] or ())
    if "gone" in (before["status"], after["status"]):
        expected = {"status"}
    else:
        previous = Previous(**{name: before[name] for name in _CHAIN[1:]} | {"authors": tuple(before["authors"] or ())})
        expected = set(changed_fields({**after, "text": ""}, previous)) - {"text"}
        # The hash covers the lead too: with another lead it does not tell whether the text changed.
        known = before["lead"] == after["lead"]
        if (before["text_sha256"] != after["text_sha256"]) if known else ("text" in said):
            expected.add("text")
    if said == expected and said:
        return None
    return f"version {after['version']} names {sorted(said)} as changed, but {sorted(expected)} changed"


def check_leftovers(folder: DataFolder, report: Report) -> None:
    """Files that no process works on any more and nobody took over: ``.open`` WARC files and staged tables."""
    # Runs are asked for last: one that has ended meanwhile has left neither file, one that has begun is among them.
    files, staged = folder.open_files(), sorted(folder.staging.glob("*/"))
    writing = {run.rpartition("-")[2] for run in live_runs(folder)}
    for path in files:
        token = path.name.rpartition("-")[2].removesuffix(f".warc.gz{OPEN_SUFFIX}")
        # A run that lives may be about to lock its file, and asking about the lock would come in between.
        if token in writing or is_locked(path):
            writing.add(token)
            report.notes.append(f"{path.name} is being written and was not checked")
        elif path.exists():
            report.add(
                "open-file", path.name, "never closed, and no process writes it; `baotinh salvage` takes it over"
            )
    for run in staged:
        count = sum(path.is_file() for path in run.rglob("*"))
        if count and run.name.rpartition("-")[2] not in writing:
            report.add("staged", f"staging/{run.name}", f"{count} Parquet files of this run were never published")
