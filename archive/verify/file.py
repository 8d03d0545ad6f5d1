"""Checks of one WARC file against the rows that point into it, in both directions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from archive.access import PurgeList
from archive.articles import Row, article_row
from archive.captures import is_image
from archive.errors import BaotinhError
from archive.httpmessage import parse_response
from archive.importing.names import origin_of
from archive.importing.record import imported_digest, is_capture
from archive.layout import DataFolder
from archive.members import Record, read_member
from archive.model import Extraction, Extractor
from archive.records import NOT_MODIFIED
from archive.revisit import restore_block
from archive.verify.cdx import CdxCheck
from archive.verify.records import check_record, digest_matches, walk_whole
from archive.verify.report import Report
from archive.verify.tables import read_rows

# What a row owes to its run or to other articles and not to its record.
_NOT_DERIVED: Final = frozenset(
    {"version", "changed_fields", "run_id", "aliases", "syndication_cluster", "syndication_role"}
)
Walked = Callable[[int], None]


class ExtractionError(BaotinhError):
    """A page could not be read again."""


@dataclass(frozen=True, slots=True)
class FileTask:
    """One WARC file to check: its name, the Parquet files with rows on it, and where payloads of revisits lie.

    Addresses of ``left_out`` must have no row and no CDXJ line. ``payloads`` maps the WARC-Record-ID of an original to
    ``(warc_filename, offset, length)``.
    """

    folder: DataFolder
    name: str
    left_out: PurgeList
    captures: tuple[Path, ...] = ()
    articles: tuple[Path, ...] = ()
    payloads: Mapping[str, tuple[str, int, int]] = field(default_factory=dict)


class Unchanged(NamedTuple):
    """A page whose capture was called unchanged: what it says on re-reading, and where it lies."""

    article_id: str
    title: str
    text_sha256: str
    extractor_version: str
    file: str
    offset: int
    url: str


@dataclass(slots=True)
class FileResult:
    """The report on one file, and its pages called unchanged, to be compared with all versions there are."""

    report: Report
    unchanged: list[Unchanged] = field(default_factory=list)


def check_file(task: FileTask, extractor: Extractor, walked: Walked) -> FileResult:
    """Check every record of the file and every row that names it; ``walked`` is told the bytes of each record."""
    report = Report()
    report.counts["files"] = 1
    captures = _rows_by_offset(task, task.captures, report)
    articles = _rows_by_offset(task, task.articles, report)
    report.counts["captures"] = sum(map(len, captures.values()))
    report.counts["articles"] = sum(map(len, articles.values()))
    check = _FileCheck(task, extractor, FileResult(report))
    _report_unlisted(task, {"captures": captures, "articles": articles}, report)
    index = CdxCheck(task.folder, task.name, task.left_out, report)
    unseen = set(captures) | set(articles)
    imported = origin_of(task.name) is not None
    orphans: list[tuple[int, Record]] = []
    for offset, length, record in walk_whole(task.folder.find_warc(task.name), report):
        unseen.discard(offset)
        report.counts["records"] += 1
        report.counts["bytes"] += length
        check_record(record, task.name, offset, report)
        index.record(record, offset, length)
        rows = captures.get(offset, [])
        if rows:
            check.record(record, length, rows, articles.get(offset, []))
        elif not (is_capture(record) if imported else record.type in ("response", "revisit")):
            pass
        elif task.left_out.covers(record.url or ""):
            report.counts["unlisted"] += 1
        else:
            orphans.append((offset, record))
        walked(length)
    index.finish(unseen)
    report.note_foreign_digests(task.name)
    _report_orphans(orphans, bool(captures), task.name, report)
    for offset in sorted(unseen):
        url = (captures.get(offset) or articles[offset])[0]["url"]
        report.add("dangling-row", task.name, "a row points here, but no whole record begins here", offset, url)
    for offset in sorted((set(articles) - set(captures)) - unseen):
        report.add(
            "missing-row", task.name, "an article row without a row in captures", offset, articles[offset][0]["url"]
        )
    return check.result


def _report_unlisted(task: FileTask, tables: Mapping[str, Mapping[int, list[Row]]], report: Report) -> None:
    for table, rows in tables.items():
        for offset, row in ((offset, row) for offset, same in sorted(rows.items()) for row in same):
            if task.left_out.covers_key(row["url_surtkey"]):
                message = f"the address is unlisted and has a row in {table}: run `baotinh rebuild`"
                report.add("unlisted", task.name, message, offset, row["url"])


def _report_orphans(orphans: list[tuple[int, Record]], has_rows: bool, name: str, report: Report) -> None:
    if orphans and not has_rows:
        report.add("missing-row", name, f"{len(orphans)} responses, none of them has a row: run `baotinh rebuild`")
        return
    for offset, record in orphans:
        report.add("missing-row", name, f"the {record.type} has no row", offset, record.url)


def _rows_by_offset(task: FileTask, files: Iterable[Path], report: Report) -> dict[int, list[Row]]:
    rows: defaultdict[int, list[Row]] = defaultdict(list)
    for path in files:
        table = read_rows(path, task.folder, report, filters=[("warc_filename", "==", task.name)])
        for row in table.to_pylist() if table is not None else ():
            rows[row["warc_record_offset"]].append(row)
    return dict(rows)


class _FileCheck:
    """Compares one record after another with its rows."""

    def __init__(self, task: FileTask, extractor: Extractor, result: FileResult) -> None:
        self._task = task
        self._extractor = extractor
        self.result = result

    def record(self, record: Record, length: int, captures: list[Row], articles: list[Row]) -> None:
        """Check ``record`` against its captures rows and its article rows."""
        capture = captures[0]
        for table, rows in (("captures", captures), ("articles", articles)):
            if len(rows) > 1:
                self._add("doubled-row", capture, f"{len(rows)} rows in {table}")
        differing = capture_differences(capture, record, length)
        if differing:
            self._add("row-differs", capture, f"captures says otherwise in {', '.join(differing)}")
        block = self._revisited(record, capture) if record.type == "revisit" else record.block
        if block is None:
            return
        if articles:
            self.article(block, capture, articles[0])
        elif record.type != "request":
            self._without_row(block, capture)

    def article(self, block: bytes, capture: Row, row: Row) -> None:
        """Make the article row again from ``block`` and compare."""
        if row["status"] == "gone":
            self._tombstone(block, capture, row)
            return
        try:
            extraction = self._extract(block, capture)
        except ExtractionError as error:
            self._add("extraction-failed", capture, str(error))
            return
        counts = self.result.report.counts
        counts["reread"] += 1
        differing = self._differences(extraction, capture, row)
        if extraction and (extraction.extractor, extraction.extractor_version) != _reader(row):
            counts["other_version"] += 1
            counts["would_change"] += bool(set(differing) - {"extractor", "extractor_version"})
        elif differing:
            self._add("article-differs", capture, f"another value in {', '.join(differing)}")

    def _differences(self, extraction: Extraction | None, capture: Row, row: Row) -> list[str]:
        """The derived columns in which ``row`` is not what ``extraction`` gives; ``status`` if that is no article."""
        if extraction is None or extraction.article is None:
            return ["status"]
        again = article_row(extraction, self._extractor.facts(row["portal"]), capture, {})
        assert again is not None
        return [name for name, value in again.items() if name not in _NOT_DERIVED and value != row.get(name)]

    def _tombstone(self, block: bytes, capture: Row, row: Row) -> None:
        names = ("warc_record_length", "warc_record_id", "content_digest", "fetch_time", "url")
        differing = [name for name in names if row[name] != capture[name]]
        if differing:
            self._add("article-differs", capture, f"another value in {', '.join(differing)}")
        if capture["fetch_status"] == 200:
            extraction = self._extract_quietly(block, capture)
            if extraction is not None and extraction.article is not None:
                self._add("not-gone", capture, "the tombstone's record still shows the article")

    def _without_row(self, block: bytes, capture: Row) -> None:
        """A page without an article row must have a reason, and must be no article address if it claims none."""
        outcome, reason = capture["outcome"], capture["outcome_reason"]
        if outcome == "article" and reason == "unchanged":
            self._unchanged(block, capture)
        elif outcome in ("article", "not_article"):
            if reason is None:
                self._add("no-reason", capture, f"outcome {outcome}, but neither an article row nor a reason")
        elif capture["fetch_status"] == 200 and outcome != "error" and not _is_truly_image(block, outcome):
            extraction = self._extract_quietly(block, capture)
            if extraction is not None:
                self._add("no-reason", capture, f"the address of an article, but the outcome is {outcome}")

    def _unchanged(self, block: bytes, capture: Row) -> None:
        extraction = self._extract_quietly(block, capture)
        if extraction is None or extraction.article is None:
            return
        row = article_row(extraction, self._extractor.facts(capture["portal"]), capture, {})
        assert row is not None
        said = (row["article_id"], row["title"], row["text_sha256"], row["extractor_version"])
        place = (self._task.name, capture["warc_record_offset"], capture["url"])
        self.result.unchanged.append(Unchanged._make((*said, *place)))

    def _extract(self, block: bytes, capture: Row) -> Extraction | None:
        try:
            return self._extractor(capture["portal"], capture["url"], block, capture["fetch_time"])
        except Exception as error:
            raise ExtractionError(f"{type(error).__name__}: {error}") from error

    def _extract_quietly(self, block: bytes, capture: Row) -> Extraction | None:
        """The extraction of a page without a row; a page the extractor fails on is a finding and gives ``None``."""
        try:
            return self._extract(block, capture)
        except ExtractionError as error:
            self._add("extraction-failed", capture, str(error))
            return None

    def _revisited(self, record: Record, capture: Row) -> bytes | None:
        """The block with the page in it that a revisit stands for; one that cannot be made is a finding."""
        self.result.report.counts["revisits"] += 1
        identity = record.header("WARC-Refers-To")
        if identity is None and record.header("WARC-Profile") == NOT_MODIFIED:
            return record.block
        place = self._task.payloads.get(identity or "")
        try:
            original = self._original(place)
        except BaotinhError as error:
            self._add("missing-original", capture, f"the record {identity} with the payload: {error}")
            return None
        if original.record_id != identity or original.type != "response":
            message = f"the record {identity} with the payload is no longer in its place ({original.type} there now)"
        elif not digest_matches(record.header("WARC-Payload-Digest") or "", _payload(original)):
            message = f"the payload of {identity} is not {record.header('WARC-Payload-Digest')}"
        else:
            return restore_block(record, original)
        self._add("missing-original", capture, message)
        return None

    def _original(self, place: tuple[str, int, int] | None) -> Record:
        if place is None:
            raise BaotinhError("it is not in captures; it was purged or lost")
        name, offset, length = place
        return read_member(self._task.folder.find_warc(name), offset, length)

    def _add(self, kind: str, capture: Row, message: str) -> None:
        report = self.result.report
        report.add(kind, self._task.name, message, capture["warc_record_offset"], capture["url"])


def _payload(record: Record) -> bytes:
    message = parse_response(record.block)
    return message.payload if message else record.block


def _is_truly_image(block: bytes, outcome: str) -> bool:
    message = parse_response(block)
    return outcome == "image" and message is not None and is_image(message)


def _reader(row: Row) -> tuple[str, str]:
    return row["extractor"], row["extractor_version"]


def capture_differences(capture: Row, record: Record, length: int) -> list[str]:
    """The columns of a captures row that do not say what the record says."""
    message = parse_response(record.block) if record.type in ("response", "revisit") else None
    imported = origin_of(capture["warc_filename"]) is not None
    digest = imported_digest(record, message) if imported else record.header("WARC-Payload-Digest")
    said: dict[str, Any] = {
        "url": record.url,
        "warc_record_length": length,
        "warc_record_id": record.record_id,
        "record_type": record.type,
        "fetch_time": record.date,
        "fetch_status": message.status if message else None,
        "content_digest": digest.partition(":")[2] if digest else None,
    }
    if record.type == "response":
        said["content_truncated"] = record.header("WARC-Truncated")
    if record.type == "revisit":
        # Some tools name the original by address and date alone; an import finds out which record that is.
        said["revisit_of"] = record.header("WARC-Refers-To") or (capture["revisit_of"] if imported else None)
    return [name for name, value in said.items() if capture[name] != value]


def check_article(folder: DataFolder, capture: Row, row: Row, task: FileTask, extractor: Extractor) -> FileResult:
    """Check one article row and its record alone, without walking the file."""
    check = _FileCheck(task, extractor, FileResult(Report()))
    report = check.result.report
    report.counts.update(files=1, records=1, captures=1, articles=1, bytes=row["warc_record_length"])
    offset, length = row["warc_record_offset"], row["warc_record_length"]
    try:
        record = read_member(folder.find_warc(task.name), offset, length)
    except BaotinhError as error:
        report.add("damaged-file", task.name, str(error), offset, row["url"])
        return check.result
    check_record(record, task.name, offset, report)
    check.record(record, length, [capture], [row])
    return check.result
