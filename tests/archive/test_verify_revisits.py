"""Verification of revisits: pages are read through them, and an original that is gone is reported."""

from datetime import timedelta
from pathlib import Path

import pytest

from archive.cdx import index_warc, merge_index
from archive.layout import DataFolder
from archive.members import walk_members
from archive.model import Exchange
from archive.store import ArchiveRun
from archive.verify.report import Finding
from archive.warc import gzip_member, record_bytes
from tests.archive.samples import FACTS, FIRST_FETCH, PAGES, PlainExtractor, open_table
from tests.archive.verifying import check, rewrite
from tests.archive.writing import chunked

LONG = [page.body + b"<!-- " + b"quang cao " * 60 + b"-->" for page in PAGES]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"


def harvest(folder: DataFolder, token: str, hours: int, blocks: list[bytes]) -> None:
    """A run that fetches the sample pages and settles them, as a crawl does."""
    extractor = PlainExtractor()
    run = ArchiveRun(
        folder,
        FACTS,
        f"20240105020000-{token}",
        {"software": "test"},
        lambda url: True,
        lambda url, block, moment: extractor(FACTS.name, url, block, moment),  # type: ignore[arg-type, return-value]
    )
    for page, block in zip(PAGES, blocks, strict=True):
        moment = FIRST_FETCH + timedelta(hours=hours)
        request = f"GET {page.url} HTTP/1.1\r\n\r\n".encode()
        run.record(Exchange(page.url, moment, request, block, via="section:/Thoi-su"))
        run.commit()
    run.close()


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path)
    harvest(folder, "aaaaaa", 0, [HEAD + body for body in LONG])
    harvest(folder, "bbbbbb", 1, [chunked(body, 500) for body in LONG])
    return folder


def revisits(folder: DataFolder) -> list[dict[str, object]]:
    rows = open_table(folder, "captures").to_table().to_pylist()
    return [row for row in rows if row["record_type"] == "revisit"]


def of_revisits(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if "-bbbbbb." in finding.file]


def test_pages_are_read_through_their_revisits(folder: DataFolder) -> None:
    assert len(revisits(folder)) == len(PAGES)
    assert {row["outcome_reason"] for row in revisits(folder)} == {"unchanged"}
    report = check(folder)
    assert report.findings == []
    assert (report.counts["revisits"], report.counts["reread"]) == (len(PAGES), len(PAGES))


def test_an_unchanged_page_that_is_another_is_found_through_the_revisit(folder: DataFolder) -> None:
    rewrite(folder, "articles", lambda rows: [row | {"title": "Khác"} for row in rows])
    kinds = {finding.kind for finding in of_revisits(check(folder).findings)}
    assert kinds == {"no-reason"}


def test_an_original_whose_file_is_gone_is_reported(folder: DataFolder) -> None:
    next(path for path in folder.warc_files() if "-aaaaaa." in path.name).unlink()
    findings = of_revisits(check(folder).findings)
    assert [finding.kind for finding in findings] == ["missing-original"] * len(PAGES)
    assert all("does not exist" in finding.message for finding in findings)


def test_an_original_without_a_row_is_reported(folder: DataFolder) -> None:
    rewrite(folder, "captures", lambda rows: [row for row in rows if row["record_type"] == "revisit"])
    findings = of_revisits(check(folder).findings)
    assert {finding.kind for finding in findings} == {"missing-original"}
    assert "purged or lost" in findings[0].message


def test_an_original_that_was_purged_is_reported(folder: DataFolder) -> None:
    """A tombstone where the original was: a metadata record, padded to the length of what it stands for."""
    path = next(path for path in folder.warc_files() if "-aaaaaa." in path.name)
    offset, length, record = list(walk_members(path))[2]
    headers = [
        ("WARC-Type", "metadata"),
        ("WARC-Record-ID", "<urn:uuid:tombstone>"),
        ("WARC-Date", "2024-02-01T00:00:00Z"),
        ("Content-Type", "application/warc-fields"),
    ]
    size = next(n for n in range(5000) if len(gzip_member(record_bytes(headers, b"x" * n), 0)) == length)
    content = bytearray(path.read_bytes())
    content[offset : offset + length] = gzip_member(record_bytes(headers, b"x" * size), 0)
    path.write_bytes(content)
    index_warc(folder, path)
    merge_index(folder)
    (finding,) = of_revisits(check(folder).findings)
    assert (finding.kind, finding.url) == ("missing-original", record.url)
    assert "no longer in its place (metadata there now)" in finding.message


def test_an_original_with_another_payload_is_reported(folder: DataFolder) -> None:
    def swap(rows: list[dict[str, object]]) -> list[dict[str, object]]:
        ids = sorted({str(row["revisit_of"]) for row in rows if row["revisit_of"]})
        turned = dict(zip(ids, [*ids[1:], ids[0]], strict=True))
        return [row | {"revisit_of": turned.get(str(row["revisit_of"]))} for row in rows]

    rewrite(folder, "captures", swap)
    kinds = {finding.kind for finding in of_revisits(check(folder).findings)}
    assert kinds == {"row-differs"}
