"""The whole proof: from records to rows and from rows to records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from archive.access import unlisted
from archive.claims import reading
from archive.corpus import reading_corpus
from archive.errors import StorageError, UsageError
from archive.layout import DataFolder, TableName
from archive.model import Extractor
from archive.verify.cdx import check_index
from archive.verify.file import FileResult, FileTask, check_article, check_file
from archive.verify.pool import Died, Progress, check_all
from archive.verify.report import Report
from archive.verify.tables import (
    TableIndex,
    check_leftovers,
    check_versions,
    index_table,
    read_columns,
    read_rows,
    readable_files,
)

Originals = dict[str, tuple[str, int, int]]


@dataclass(frozen=True, slots=True)
class Scope:
    """What to verify: everything, or one portal, one WARC file, or one article; at most one of them is set."""

    portal: str | None = None
    file: str | None = None
    article_id: str | None = None


def verify(
    folder: DataFolder,
    extractor: Extractor,
    scope: Scope = Scope(),
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """Check the archive in ``folder`` both ways: from records to rows and from rows to records.

    Files are checked in ``jobs`` processes (default: one per processor), each reading one file at a time.
    ``progress`` is called with bytes done and bytes in all. Raises ``StorageError`` when the folder cannot be
    read and ``UsageError`` when the scope names nothing; all that is wrong inside becomes a finding.
    """
    if not folder.path.is_dir():
        raise StorageError(f"{folder.path} does not exist. Name the data folder with --data or ARCHIVE_DIR.")
    with reading(folder):
        if scope.article_id is not None:
            return _verify_article(folder, extractor, scope.article_id)
        return _verify(folder, extractor, scope, jobs, progress)


def _verify(
    folder: DataFolder, extractor: Extractor, scope: Scope, jobs: int | None, progress: Progress | None
) -> Report:
    report = Report()
    # WARC files are listed before the tables are read: a run closes a file first and publishes its rows after.
    on_disk = {path.name: path.stat().st_size for path in folder.warc_files()}
    tasks = _plan(folder, scope, on_disk, report)
    sizes = [on_disk[task.name] for task in tasks]
    done = check_all(tasks, partial(check_file, extractor=extractor), jobs, sizes, progress)
    results = [_result(task, outcome, report) for task, outcome in zip(tasks, done, strict=True)]
    for result in results:
        report.merge(result.report)
    _check_unchanged(folder, results, report)
    if scope == Scope():
        check_index(folder, on_disk, report)
    report.tidy()
    return report


def _plan(folder: DataFolder, scope: Scope, on_disk: dict[str, int], report: Report) -> list[FileTask]:
    """The files to check; what is wrong with the tables as a whole is reported on the way."""
    captures = readable_files(folder, "captures", report)
    articles = readable_files(folder, "articles", report)
    capture_index = index_table(captures, folder, report)
    article_index = index_table(articles, folder, report)
    named = set(capture_index.rows) | set(article_index.rows)
    chosen = {name for name in named | set(on_disk) if _in_scope(name, scope, capture_index, article_index)}
    if scope.file is not None and not chosen:
        raise UsageError(f"no WARC file {scope.file!r} in {folder.warc}, and no row names it.")
    if scope.portal is not None and not chosen:
        raise UsageError(f"nothing is archived of a portal {scope.portal!r}.")
    for name in sorted(chosen - set(on_disk)):
        count = capture_index.rows[name] + article_index.rows[name]
        report.add("missing-file", name, f"{count} rows point into this file, and it is not in {folder.warc}")
    if scope == Scope():
        check_versions(articles, folder, report)
        check_leftovers(folder, report)
    originals, left_out = _originals(folder, report), unlisted(folder)
    return [
        FileTask(
            folder,
            name,
            left_out,
            tuple(capture_index.files[name]),
            tuple(article_index.files[name]),
            originals.get(name, {}),
        )
        for name in sorted(chosen & set(on_disk), key=lambda name: -on_disk[name])
    ]


def _in_scope(name: str, scope: Scope, captures: TableIndex, articles: TableIndex) -> bool:
    if scope.file is not None:
        return name == scope.file
    if scope.portal is None:
        return True
    return scope.portal in captures.portals[name] | articles.portals[name] or name.startswith(f"{scope.portal}-")


def _originals(folder: DataFolder, report: Report) -> dict[str, Originals]:
    """Where the payloads of revisit records lie, by the name of the revisit's file and the original's record id."""
    places: defaultdict[str, Originals] = defaultdict(dict)
    try:
        with reading_corpus(folder) as database:
            found = database.execute(_ORIGINALS)
            while row := found.fetchone():
                revisit, identity, *place = row
                places[revisit][identity] = (place[0], place[1], place[2])
    except StorageError as error:
        report.add("damaged-table", "corpus", f"payloads of revisits cannot be looked up: {error}")
    return dict(places)


_ORIGINALS = """
SELECT DISTINCT revisit.warc_filename, original.warc_record_id, original.warc_filename, original.warc_record_offset,
    original.warc_record_length
FROM captures_files AS revisit JOIN captures_files AS original ON revisit.revisit_of = original.warc_record_id
WHERE revisit.record_type = 'revisit' AND original.record_type = 'response'
"""


def _result(task: FileTask, outcome: FileResult | Died, report: Report) -> FileResult:
    if isinstance(outcome, FileResult):
        return outcome
    report.add("worker-died", task.name, outcome.message)
    return FileResult(Report())


def _check_unchanged(folder: DataFolder, results: list[FileResult], report: Report) -> None:
    """A page that was called unchanged must say what some version of its article says.

    Where no version is by the present extractor, a difference proves nothing.
    """
    pages = {page.article_id: page for result in results for page in result.unchanged}
    known: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
    paths = readable_files(folder, "articles", Report()) if pages else []
    columns = ["article_id", "title", "text_sha256", "extractor_version"]
    for _, table in read_columns(paths, columns, folder, Report()):
        chosen = table.filter(pc.is_in(table["article_id"], pa.array(pages)))
        for identity, *said in zip(*(chosen[name].to_pylist() for name in columns), strict=True):
            known[identity].add(tuple(said))
    for page in (page for result in results for page in result.unchanged):
        versions = known[page.article_id]
        comparable = not versions or page.extractor_version in {version for *_, version in versions}
        if comparable and (page.title, page.text_sha256) not in {(title, digest) for title, digest, _ in versions}:
            message = "called unchanged, but no version of it has this title and text"
            report.add("no-reason", page.file, message, page.offset, page.url)


def _verify_article(folder: DataFolder, extractor: Extractor, identity: str) -> Report:
    """Check the rows of one article, version by version."""
    report = Report()
    found = False
    originals = _originals(folder, report)
    place: list[tuple[str, str, Any]] = [("article_id", "==", identity)]
    for row in _select(folder, "articles", place, report):
        found = True
        name, offset = row["warc_filename"], row["warc_record_offset"]
        place = [("warc_filename", "==", name), ("warc_record_offset", "==", offset)]
        capture = next(_select(folder, "captures", place, report), None)
        if capture is None:
            report.add("missing-row", name, "no row in captures", offset, row["url"])
        else:
            task = FileTask(folder, name, unlisted(folder), payloads=originals.get(name, {}))
            report.merge(check_article(folder, capture, row, task, extractor).report)
    if not found:
        raise UsageError(f"no article {identity!r}.")
    report.tidy()
    return report


def _select(
    folder: DataFolder, table: TableName, filters: list[tuple[str, str, Any]], report: Report
) -> Iterator[dict[str, Any]]:
    for path in readable_files(folder, table, report):
        rows = read_rows(path, folder, report, filters=filters)
        yield from rows.to_pylist() if rows is not None else ()
