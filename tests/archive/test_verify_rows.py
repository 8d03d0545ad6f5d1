"""Verification of rows: every row that is missing, doubled or untrue is found, and every page has a row or a reason."""

import fcntl
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from archive.articles import Latest, tombstone_row
from archive.cdx import index_warc, merge_index
from archive.layout import DataFolder, TableName
from archive.tables import TableStage, staged_files
from archive.verify import verify
from archive.warc import gzip_member, record_bytes, sha1_base32
from tests.archive.samples import (
    FACTS,
    FIRST_FETCH,
    LISTING,
    PAGES,
    PORTAL,
    FailingExtractor,
    OtherExtractor,
    Row,
    SampleRun,
    sample_archive,
)
from tests.archive.verifying import EMPTY_PAGE, MISSING_PAGE, check, only, places, rewrite


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return sample_archive(tmp_path / "data", (*PAGES, LISTING, EMPTY_PAGE, MISSING_PAGE))


def test_a_record_without_a_row_is_found(folder: DataFolder) -> None:
    offset, _ = places(folder)[4]
    rewrite(folder, "captures", lambda rows: [row for row in rows if row["warc_record_offset"] != offset])
    finding = only(check(folder))
    assert (finding.kind, finding.offset, finding.url) == ("missing-row", offset, LISTING.url)


def test_a_file_without_any_row_is_one_finding(folder: DataFolder) -> None:
    shutil.rmtree(folder.corpus)
    assert only(check(folder)).message.startswith("6 responses")


def test_rows_on_a_missing_file_are_one_finding(folder: DataFolder) -> None:
    (path,) = folder.warc_files()
    path.unlink()
    finding = only(check(folder))
    assert (finding.kind, finding.file) == ("missing-file", path.name)
    assert finding.message.startswith("9 rows")


def test_doubled_rows_are_found(folder: DataFolder) -> None:
    for table in ("captures", "articles"):
        rewrite(folder, table, lambda rows: [*rows, rows[0]])
    kinds = sorted(finding.kind for finding in check(folder).findings)
    assert kinds == ["doubled-row", "doubled-row", "version-chain"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("url", "https://baocaobang.vn/bai-viet-1.html"),
        ("warc_record_length", 5),
        ("warc_record_id", "<urn:uuid:0>"),
        ("content_digest", "3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"),
        ("fetch_status", 404),
        ("content_truncated", "length"),
        ("fetch_time", FIRST_FETCH + timedelta(microseconds=1)),
        ("record_type", "revisit"),
    ],
)
def test_a_captures_row_that_says_something_else_is_found(folder: DataFolder, column: str, value: Any) -> None:
    offset, _ = places(folder)[4]
    rewrite(
        folder,
        "captures",
        lambda rows: [row | {column: value} if row["warc_record_offset"] == offset else row for row in rows],
    )
    finding = next(finding for finding in check(folder).findings if finding.kind == "row-differs")
    assert (finding.offset, finding.message) == (offset, f"captures says otherwise in {column}")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("title", "Bảo Lạc khánh thành cầu cứng"),
        ("text", "Khác."),
        ("lead", None),
        ("published_at", None),
        ("word_count", 1),
        ("text_sha256", "0"),
        ("rungs", []),
        ("rule_id", "sample/0"),
        ("article_id", "cd0146f7-bef5-5a0a-95f0-30de6ed97b46-"),
        ("warc_record_id", "<urn:uuid:0>"),
        ("warc_record_length", 5),
        ("content_digest", None),
        ("province", "Lạng Sơn"),
        ("desk", "bao-lang-son"),
    ],
)
def test_an_article_row_that_its_record_does_not_give_is_found(folder: DataFolder, column: str, value: Any) -> None:
    rewrite(folder, "articles", lambda rows: [rows[0] | {column: value}, *rows[1:]])
    finding = only(check(folder))
    assert (finding.kind, finding.message) == ("article-differs", f"another value in {column}")


def test_an_article_page_without_row_or_reason_is_found(folder: DataFolder) -> None:
    offset, _ = places(folder)[1]
    rewrite(folder, "articles", lambda rows: [row for row in rows if row["warc_record_offset"] != offset])
    finding = only(check(folder))
    assert (finding.kind, finding.offset, finding.url) == ("no-reason", offset, PAGES[0].url)


@pytest.mark.parametrize("outcome", ["listing", "other", "feed", "image", "article", "not_article"])
def test_an_article_address_with_another_outcome_and_no_reason_is_found(folder: DataFolder, outcome: str) -> None:
    url = EMPTY_PAGE.url

    def relabel(rows: list[Row]) -> list[Row]:
        return [row | {"outcome": outcome, "outcome_reason": None} if row["url"] == url else row for row in rows]

    rewrite(folder, "captures", relabel)
    finding = only(check(folder))
    assert (finding.kind, finding.url) == ("no-reason", url)


def test_an_unchanged_page_is_no_finding_if_a_version_says_what_it_says(folder: DataFolder) -> None:
    known = Latest()
    other = DataFolder(folder.path.with_name("other"))
    SampleRun(other).write(PAGES, known).publish()
    later = FIRST_FETCH + timedelta(days=1)
    again = SampleRun(other, "20240106T020000-b2c3d4", started=later).write(PAGES, known).publish()
    assert [row["outcome_reason"] for row in again.captures] == ["unchanged"] * 3
    assert check(other).clean
    rewrite(other, "articles", lambda rows: rows[1:])
    kinds = [(finding.kind, finding.file == again.name) for finding in check(other).findings]
    assert sorted(kinds) == [("no-reason", False), ("no-reason", True)]


def versions(folder: DataFolder) -> SampleRun:
    """Two versions of one article; gives the run of the second."""
    known = Latest()
    SampleRun(folder).write(PAGES, known).publish()
    edited = replace(PAGES[0], title="Bảo Lạc đưa cầu treo Nà Phiêng vào sử dụng")
    later = FIRST_FETCH + timedelta(days=1)
    return SampleRun(folder, "20240106T020000-b2c3d4", started=later).write([edited], known).publish()


def test_versions_in_order_are_clean(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    assert versions(folder).articles[0]["changed_fields"] == ["title"]
    assert check(folder).clean


@pytest.mark.parametrize(
    "change",
    [{"version": 3}, {"version": 1}, {"changed_fields": ["text"]}, {"changed_fields": []}],
)
def test_a_broken_chain_of_versions_is_found(tmp_path: Path, change: dict[str, Any]) -> None:
    folder = DataFolder(tmp_path)
    versions(folder)
    rewrite(folder, "articles", lambda rows: [row | change if row["version"] == 2 else row for row in rows])
    assert only(check(folder)).kind == "version-chain"


def test_tombstones_are_checked_against_their_record(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    known = Latest()
    first = SampleRun(folder).write(PAGES, known).publish()
    gone_page = replace(PAGES[0], status="404 Not Found")
    second = SampleRun(folder, "20240106T020000-b2c3d4").write([gone_page], known)
    gone = tombstone_row(first.articles[0]["article_id"], FACTS, second.captures[0], known)
    assert gone is not None
    second.articles.append(gone)
    second.publish()
    assert check(folder).clean
    # A tombstone that points at the page itself says what is not so.
    lie = gone | {name: first.captures[1][name] for name in ("warc_filename", "warc_record_offset", "url")}
    rewrite(
        folder,
        "articles",
        lambda rows: [*(row for row in rows if row["url"] != lie["url"] and row["version"] == 1), lie],
    )
    kinds = {finding.kind for finding in check(folder).findings}
    assert {"not-gone", "article-differs"} <= kinds


def test_another_extractor_version_proves_nothing_either_way(folder: DataFolder) -> None:
    report = verify(folder, OtherExtractor(), jobs=1)
    assert report.clean
    assert report.counts["other_version"] == report.counts["would_change"] == 3


def test_a_page_that_breaks_the_extractor_is_a_finding_and_no_crash(folder: DataFolder) -> None:
    report = verify(folder, FailingExtractor(), jobs=1)
    assert {finding.kind for finding in report.findings} == {"extraction-failed"}
    assert "RecursionError: the tree is too deep" in report.findings[0].message


def test_files_that_were_never_closed_and_rows_never_published_are_found(folder: DataFolder) -> None:
    left = folder.warc / f"{PORTAL}-20240107-00000-localhost-dead00.warc.gz.open"
    left.write_bytes(b"")
    stage = TableStage(folder, "captures", "20240107T020000-dead00", PORTAL)
    stage.add(SampleRun(DataFolder(folder.path / "x")).write(PAGES).captures)
    stage.flush()
    kinds = {finding.kind: finding for finding in check(folder).findings}
    assert set(kinds) == {"open-file", "staged"}
    assert kinds["open-file"].file == left.name
    assert len(staged_files(folder)) == 1
    with left.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        report = check(folder)
    assert report.clean
    assert report.notes == [f"{left.name} is being written and was not checked"]


@pytest.mark.parametrize("table", ["captures", "articles"])
def test_a_flipped_byte_in_a_table_is_found_wherever_it_is(folder: DataFolder, table: TableName) -> None:
    path = sorted(folder.table(table).rglob("*.parquet"))[0]
    whole = path.read_bytes()
    pages = pq.ParquetFile(path).metadata.row_group(0)
    end = max(column.data_page_offset + column.total_compressed_size for column in map(pages.column, range(10)))
    unnoticed = []
    for at in range(4, end, end // 40):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        report = check(folder)
        if not any(finding.kind == "damaged-table" for finding in report.findings):
            unnoticed.append(at)
    # What may pass is a byte of a page header that decides nothing, such as a statistic.
    assert len(unnoticed) <= 4


def test_a_cut_table_is_found_and_the_rest_is_checked(folder: DataFolder) -> None:
    path = sorted(folder.table("articles").rglob("*.parquet"))[0]
    path.write_bytes(path.read_bytes()[:-20])
    report = check(folder)
    damaged = [finding.file for finding in report.findings if finding.kind == "damaged-table"]
    assert str(path.relative_to(folder.path)) in damaged
    assert report.counts["records"] == 7
    assert report.counts["reread"] == 2


def test_an_article_row_on_a_revisit_is_read_from_the_record_it_refers_to(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    run = SampleRun(folder).write(PAGES[:1])
    original, article = run.captures[0], run.articles[0]
    (path,) = folder.warc_files()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    headers = [
        ("WARC-Type", "revisit"),
        ("WARC-Record-ID", "<urn:uuid:revisit>"),
        ("WARC-Target-URI", original["url"]),
        ("WARC-Date", "2024-01-06T02:00:00.000000Z"),
        ("WARC-Refers-To", original["warc_record_id"]),
        ("WARC-Block-Digest", sha1_base32(head)),
        ("WARC-Payload-Digest", f"sha1:{original['content_digest']}"),
    ]
    member = gzip_member(record_bytes(headers, head), 6)
    place = {
        "warc_record_id": "<urn:uuid:revisit>",
        "warc_record_offset": path.stat().st_size,
        "warc_record_length": len(member),
        "fetch_time": FIRST_FETCH.replace(day=6, microsecond=0),
    }
    with path.open("ab") as file:
        file.write(member)
    index_warc(folder, path)
    merge_index(folder)
    revisit = original | place | {"record_type": "revisit", "revisit_of": original["warc_record_id"]}
    original["outcome_reason"] = "unchanged"
    run.captures.append(revisit)
    run.articles = [article | place]
    run.publish()
    assert check(folder).findings == []
    rewrite(folder, "captures", lambda rows: [row | {"revisit_of": None} for row in rows])
    findings = check(folder).findings
    assert {finding.kind for finding in findings} == {"row-differs", "missing-original"}
    assert {finding.offset for finding in findings} == {place["warc_record_offset"]}
