"""Verification of WARC files: a clean archive passes, and each kind of damage is found at its place."""

import gzip
import shutil
from pathlib import Path

import pytest

from archive.cdx import merge_index
from archive.errors import StorageError, UsageError
from archive.layout import DataFolder
from archive.model import Exchange
from archive.verify import Scope, verify
from archive.verify.records import digest_matches
from archive.warc import WarcWriter, gzip_member, record_bytes, sha1_base32
from tests.archive.samples import (
    FIRST_FETCH,
    LISTING,
    PAGES,
    PORTAL,
    DyingExtractor,
    PlainExtractor,
    SampleRun,
    sample_archive,
)
from tests.archive.verifying import EMPTY_PAGE, MISSING_PAGE, check, only, places


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return sample_archive(tmp_path / "data", (*PAGES, LISTING, EMPTY_PAGE, MISSING_PAGE))


def test_a_whole_archive_is_clean(folder: DataFolder) -> None:
    report = check(folder)
    assert report.findings == []
    assert report.clean
    counts = dict(report.counts)
    size = folder.warc_files()[0].stat().st_size
    assert counts == {"files": 1, "bytes": size, "records": 7, "captures": 6, "articles": 3, "reread": 3}


def test_an_empty_data_folder_is_clean_and_a_missing_one_an_error(tmp_path: Path) -> None:
    assert check(DataFolder(tmp_path)).clean
    with pytest.raises(StorageError, match="--data"):
        check(DataFolder(tmp_path / "none"))


@pytest.mark.parametrize("cut", [1, 20, 200])
def test_a_cut_tail_is_found_at_the_torn_record(folder: DataFolder, cut: int) -> None:
    (path,) = folder.warc_files()
    offset, length = places(folder)[-1]
    path.write_bytes(path.read_bytes()[:-cut])
    damaged, dangling = check(folder).findings
    assert (damaged.kind, damaged.offset) == ("damaged-file", offset)
    assert f"{length - cut} bytes skipped" in damaged.message
    assert (dangling.kind, dangling.offset, dangling.url) == ("dangling-row", offset, MISSING_PAGE.url)


def test_a_flipped_byte_costs_one_record_and_the_rest_is_checked(folder: DataFolder) -> None:
    (path,) = folder.warc_files()
    offset, length = places(folder)[2]
    content = bytearray(path.read_bytes())
    content[offset + length // 2] ^= 0x40
    path.write_bytes(content)
    report = check(folder)
    assert {(finding.kind, finding.offset) for finding in report.findings} == {
        ("damaged-file", offset),
        ("dangling-row", offset),
    }
    assert report.counts["records"] == 6
    assert report.counts["reread"] == 2


def test_appended_junk_is_found_behind_the_last_record(folder: DataFolder) -> None:
    (path,) = folder.warc_files()
    end = path.stat().st_size
    with path.open("ab") as file:
        file.write(b"<html>502 Bad Gateway</html>")
    finding = only(check(folder))
    assert (finding.kind, finding.offset) == ("damaged-file", end)
    assert "no gzip member" in finding.message


def test_records_appended_after_a_torn_one_are_still_checked(folder: DataFolder) -> None:
    (path,) = folder.warc_files()
    offset, length = places(folder)[3]
    whole = path.read_bytes()
    path.write_bytes(whole[: offset + length - 9] + whole[offset + length :])
    kinds = [(finding.kind, finding.offset) for finding in check(folder).findings]
    assert ("damaged-file", offset) in kinds
    # What follows has moved: its rows point nine bytes too far, and its records have no row where they are now.
    assert ("missing-row", offset + length - 9) in kinds
    assert ("dangling-row", offset + length) in kinds


def replace_record(folder: DataFolder, number: int, old: bytes, new: bytes) -> int:
    """Change bytes inside one record and press it again, as a careless tool would; gives its offset."""
    (path,) = folder.warc_files()
    offset, length = places(folder)[number]
    whole = path.read_bytes()
    record = gzip.decompress(whole[offset : offset + length])
    assert old in record
    path.write_bytes(whole[:offset] + gzip_member(record.replace(old, new), 9) + whole[offset + length :])
    return offset


def test_a_changed_body_breaks_both_digests(folder: DataFolder) -> None:
    offset = replace_record(folder, 6, "cầu treo".encode(), "cầu xưa".encode())
    findings = [finding for finding in check(folder).findings if finding.offset == offset]
    assert {"block-digest", "payload-digest"} <= {finding.kind for finding in findings}


def test_records_without_digests_are_found(folder: DataFolder) -> None:
    offset = replace_record(folder, 6, b"WARC-Block-Digest", b"WARC-Block-Nothing")
    assert ("missing-digest", offset) in {(finding.kind, finding.offset) for finding in check(folder).findings}


def test_the_digest_of_a_chunked_body_is_explained(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.warc.mkdir()
    chunked = b"5\r\nhello\r\n0\r\n\r\n"
    block = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked
    for name, payload in (("raw", chunked), ("spec", b"hello")):
        headers = [
            ("WARC-Type", "response"),
            ("WARC-Record-ID", f"<urn:x:{name}>"),
            ("WARC-Date", "2024-01-05T02:00:00Z"),
            ("WARC-Target-URI", "https://baocaobang.vn/"),
            ("WARC-Block-Digest", sha1_base32(block)),
            ("WARC-Payload-Digest", sha1_base32(payload)),
        ]
        (folder.warc / f"{name}.warc.gz").write_bytes(gzip_member(record_bytes(headers, block), 6))
    digests = [finding for finding in check(folder).findings if finding.kind == "payload-digest"]
    assert [finding.file for finding in digests] == ["raw.warc.gz"]
    assert "chunked body" in digests[0].message


@pytest.mark.parametrize("label", ["sha1:WD", "sha1:", "crc32:00000000", "2jmj7l5rSw0yVb/vlWAYkK/YBwk="])
def test_odd_digests_do_not_match(label: str) -> None:
    assert not digest_matches(label, b"")


@pytest.mark.parametrize(
    "label", ["sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ", "SHA-1:da39a3ee5e6b4b0d3255bfef95601890afd80709"]
)
def test_base32_and_hex_digests_match(label: str) -> None:
    assert digest_matches(label, b"")


def test_what_the_project_writes_itself_is_clean(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    writer = WarcWriter(folder.warc, PORTAL, {"software": "test"}, "a1b2c3", cdx=folder.cdx)
    request = b"GET /robots.txt HTTP/1.1\r\nHost: baocaobang.vn\r\n\r\n"
    response = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    writer.write_exchange(Exchange("https://baocaobang.vn/robots.txt", FIRST_FETCH, request, response))
    writer.write_exchange(Exchange("https://baocaobang.vn/Thoi-su", FIRST_FETCH, request, b""))
    writer.close()
    merge_index(folder)
    report = check(folder)
    assert only(report).message.startswith("1 responses, none of them has a row")
    assert report.counts["chunked"] == 1
    assert "known false alarm" in report.as_dict()["explanations"]["chunked"]


def test_scopes_look_at_their_part_only(folder: DataFolder) -> None:
    (path,) = folder.warc_files()
    assert check(folder, Scope(portal=PORTAL)).counts["files"] == 1
    assert check(folder, Scope(file=path.name)).counts["records"] == 7
    for scope in (Scope(portal="baolangson"), Scope(file="none.warc.gz"), Scope(article_id="0")):
        with pytest.raises(UsageError):
            check(folder, scope)


def test_one_article_is_checked_without_its_file(folder: DataFolder) -> None:
    run = SampleRun(DataFolder(folder.path.with_name("same"))).write(PAGES)
    identity = run.articles[1]["article_id"]
    scope = Scope(article_id=identity)
    report = check(folder, scope)
    assert report.clean
    assert (report.counts["records"], report.counts["reread"]) == (1, 1)
    offset, length = places(folder)[2]
    (path,) = folder.warc_files()
    content = bytearray(path.read_bytes())
    content[offset + length - 1] ^= 1
    path.write_bytes(content)
    assert only(check(folder, scope)).offset == offset
    path.unlink()
    assert only(check(folder, scope)).kind == "damaged-file"
    shutil.rmtree(folder.table("captures"))
    assert only(check(folder, scope)).kind == "missing-row"


def two_files(folder: DataFolder) -> tuple[SampleRun, SampleRun]:
    first = SampleRun(folder).write(PAGES[:2]).publish()
    return first, SampleRun(folder, "20240106T020000-b2c3d4").write(PAGES[2:]).publish()


def test_processes_find_what_one_process_finds(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    two_files(folder)
    seen: list[tuple[int, int]] = []
    report = verify(folder, PlainExtractor(), jobs=2, progress=lambda done, total: seen.append((done, total)))
    total = sum(path.stat().st_size for path in folder.warc_files())
    assert report.clean
    assert seen[-1] == (total, total)
    assert report.as_dict() == check(folder).as_dict()


def test_a_process_that_dies_costs_its_file_only(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    first, _ = two_files(folder)
    report = verify(folder, DyingExtractor(), jobs=2)
    finding = only(report)
    assert (finding.kind, finding.file) == ("worker-died", first.name)
    assert report.counts["reread"] == 1
