"""Verification of the CDXJ: every line against its record, every record against its line, the index against both."""

from collections.abc import Callable
from pathlib import Path

import pytest

from archive.cdx import INDEX, index_path, merge_index
from archive.layout import DataFolder
from archive.verify import Scope
from tests.archive.samples import LISTING, PAGES, SampleRun, sample_archive
from tests.archive.verifying import check, only, places

Change = Callable[[list[bytes]], list[bytes]]


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return sample_archive(tmp_path / "data", (*PAGES, LISTING))


def change(folder: DataFolder, edit: Change) -> None:
    """Edit the lines of the one CDXJ file and merge the index anew."""
    path = index_path(folder, folder.warc_files()[0].name)
    path.write_bytes(b"".join(edit(path.read_bytes().splitlines(keepends=True))))
    merge_index(folder)


def test_a_missing_cdxj_is_found_with_its_remedy(folder: DataFolder) -> None:
    (path,) = folder.warc_files()
    index_path(folder, path.name).unlink()
    missing, stale = sorted(check(folder).findings, key=lambda finding: finding.kind, reverse=True)
    assert (missing.kind, missing.file) == ("missing-cdxj", path.name)
    assert "baotinh rebuild" in missing.message
    assert (stale.kind, stale.file) == ("cdxj-index", INDEX)
    merge_index(folder)
    assert only(check(folder)).kind == "missing-cdxj"


def test_a_line_that_is_missing_is_found_at_its_record(folder: DataFolder) -> None:
    change(folder, lambda lines: lines[1:])
    finding = only(check(folder))
    assert finding.kind == "cdxj-differs"
    assert "no CDXJ line" in finding.message
    assert finding.offset in {offset for offset, _ in places(folder)}


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        (b'"status": "200"', b'"status": "404"', "status"),
        (b'"mime": "text/html"', b'"mime": "text/plain"', "mime"),
        (b'"digest": "sha1:', b'"digest": "md5:', "digest"),
        (b'"length": "', b'"length": "1', "length"),
        (b" 2024", b" 2023", "key or time"),
        (b'"filename": "baocaobang-', b'"filename": "', "filename"),
    ],
)
def test_a_line_that_says_something_else_is_found(folder: DataFolder, old: bytes, new: bytes, named: str) -> None:
    change(folder, lambda lines: [lines[0].replace(old, new, 1), *lines[1:]])
    findings = [finding for finding in check(folder).findings if finding.kind == "cdxj-differs"]
    assert [f"differs in {named}:" in finding.message for finding in findings] == [True]


def test_a_line_without_a_record_is_found(folder: DataFolder) -> None:
    change(folder, lambda lines: sorted([*lines, lines[0].replace(b'"offset": "', b'"offset": "9')]))
    finding = only(check(folder))
    assert (finding.kind, finding.url) == ("cdxj-differs", finding.url)
    assert "no such record begins here" in finding.message


@pytest.mark.parametrize("junk", [b"junk\n", b"a b {}\n", b'a b {"offset": "x"}\n', b"a b [1]\n", b"\xff\xfe\n"])
def test_junk_is_found(folder: DataFolder, junk: bytes) -> None:
    change(folder, lambda lines: sorted([*lines, junk]))
    findings = check(folder).findings
    assert {finding.kind for finding in findings} == {"cdxj-differs", "cdxj-index"}


def test_lines_out_of_order_or_doubled_are_found(folder: DataFolder) -> None:
    change(folder, lambda lines: lines[::-1])
    assert "not sorted by bytes" in next(one for one in check(folder).findings if one.kind == "cdxj-differs").message
    change(folder, lambda lines: sorted([*lines, lines[0]]))
    assert "doubled" in next(one for one in check(folder).findings if one.kind == "cdxj-differs").message


def test_an_index_that_is_not_the_sum_is_found(folder: DataFolder) -> None:
    SampleRun(folder, "20240106T020000-b2c3d4").write(PAGES[:1]).publish()
    index = folder.cdx / INDEX
    lines = index.read_bytes().splitlines(keepends=True)
    assert len(lines) == 5
    spoilt = {
        "short": lines[1:],
        "altered": [lines[0].replace(b'"status": "200"', b'"status": "404"'), *lines[1:]],
        "order": lines[::-1],
        "foreign": sorted([*lines, b'zz)/ 2 {"filename": "gone.warc.gz"}\n']),
        "junk": [*lines, b"zz)/ junk\n"],
    }
    for name, content in spoilt.items():
        index.write_bytes(b"".join(content))
        kinds = {finding.kind for finding in check(folder).findings if finding.file == INDEX}
        assert kinds == {"cdxj-index"}, name
    index.unlink()
    assert "there is no" in next(one for one in check(folder).findings if one.file == INDEX).message
    assert INDEX not in {one.file for one in check(folder, Scope(portal="baocaobang")).findings}


def test_a_damaged_record_is_reported_once_and_not_again_for_its_line(folder: DataFolder) -> None:
    (path,) = folder.warc_files()
    offset, length = places(folder)[2]
    content = bytearray(path.read_bytes())
    content[offset + length // 2] ^= 0x40
    path.write_bytes(content)
    assert "cdxj-differs" not in {finding.kind for finding in check(folder).findings}
