"""What ``verify --files`` says: all that the bytes alone can show, and nothing that needs a table or an extractor."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.cdx import index_path, merge_index
from archive.errors import StorageError, UsageError
from archive.importing.importer import Importer
from archive.layout import DataFolder
from archive.members import walk_members
from archive.verify import verify_files
from archive.verify.records import head_of
from archive.warc import gzip_member
from tests.archive.crawled import check, crawled
from tests.archive.foreign import foreign_warc
from tests.archive.samples import LISTING, PAGES, PORTAL, PlainExtractor, sample_archive
from tests.archive.test_import import baotinh, write

# What a check of the files can find at all.
KINDS = {
    "damaged-file",
    "block-digest",
    "payload-digest",
    "missing-digest",
    "missing-cdxj",
    "cdxj-differs",
    "cdxj-index",
}
Damage = Callable[[DataFolder, bytearray], None]


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return sample_archive(tmp_path / "data", (*PAGES, LISTING))


def cut(folder: DataFolder, data: bytearray) -> None:
    del data[-20:]


def flipped(folder: DataFolder, data: bytearray) -> None:
    data[len(data) // 2] ^= 0x40


def appended(folder: DataFolder, data: bytearray) -> None:
    data += b"<html>502 Bad Gateway</html>"


def pressed_again(old: bytes, new: bytes) -> Damage:
    def damage(folder: DataFolder, data: bytearray) -> None:
        (path,) = folder.warc_files()
        *_, (offset, length, record) = walk_members(path)
        head = "".join(f"{name}: {value}\r\n" for name, value in record.headers)
        whole = f"WARC/1.1\r\n{head}\r\n".encode() + record.block + b"\r\n\r\n"
        assert old in whole
        data[offset : offset + length] = gzip_member(whole.replace(old, new), 6)

    return damage


def no_index(folder: DataFolder, data: bytearray) -> None:
    (path,) = folder.warc_files()
    index_path(folder, path.name).unlink()


def other_index(folder: DataFolder, data: bytearray) -> None:
    (path,) = folder.warc_files()
    index = index_path(folder, path.name)
    index.write_bytes(index.read_bytes().replace(b'"status": "200"', b'"status": "404"', 1))
    merge_index(folder)


DAMAGE: dict[str, tuple[Damage, set[str]]] = {
    "cut": (cut, {"damaged-file"}),
    "flipped": (flipped, {"damaged-file"}),
    "appended": (appended, {"damaged-file"}),
    "other block": (pressed_again(b"<h1>", b"<h2>"), {"block-digest", "payload-digest"}),
    "no digest": (pressed_again(b"WARC-Payload-Digest", b"X-Payload-Digest"), {"missing-digest"}),
    "no index": (no_index, {"missing-cdxj"}),
    "other index": (other_index, {"cdxj-differs"}),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_it_finds_in_the_files_what_the_whole_proof_finds_there(name: str, folder: DataFolder) -> None:
    damage, kinds = DAMAGE[name]
    (path,) = folder.warc_files()
    data = bytearray(path.read_bytes())
    damage(folder, data)
    path.write_bytes(data)
    found = verify_files(folder, jobs=1).findings
    assert kinds <= {finding.kind for finding in found} <= KINDS
    assert {finding for finding in check(folder).findings if finding.kind in KINDS} <= set(found)


def test_it_needs_neither_tables_nor_an_extractor(folder: DataFolder, tmp_path: Path) -> None:
    list(Importer(folder, PlainExtractor()).file(write(tmp_path / "h.warc.gz", foreign_warc("heritrix"))))
    for path in folder.corpus.rglob("*.parquet"):
        path.write_bytes(b"no Parquet")
    report = verify_files(folder, jobs=2)
    assert report.clean
    assert {path.name for path in folder.warc_files()} == {path.name for path in folder.warc.iterdir()}
    assert report.counts["files"] == 2
    assert report.counts["bytes"] == sum(path.stat().st_size for path in folder.warc_files())
    assert len(report.notes) == 1
    assert "imported" in report.notes[0]
    assert not check(folder).clean


def test_it_takes_a_portals_files_or_one(folder: DataFolder, tmp_path: Path) -> None:
    other = crawled(folder, [PAGES[0]], "20240107030000-0d0e0f", "baolangson")
    named = write(tmp_path / "h.warc.gz", foreign_warc("wget"))
    list(Importer(folder, PlainExtractor(), "baolangson").file(named))
    assert verify_files(folder, PORTAL).counts["files"] == 1
    assert verify_files(folder, "baolangson").counts["files"] == 2
    assert verify_files(folder, file=other.name).counts["records"] == 3
    with pytest.raises(UsageError, match="baohagiang-"):
        verify_files(folder, "baohagiang")
    with pytest.raises(UsageError, match=r"no\.warc\.gz"):
        verify_files(folder, file="no.warc.gz")
    with pytest.raises(StorageError, match="--data"):
        verify_files(DataFolder(tmp_path / "none"))


def test_the_command(folder: DataFolder) -> None:
    done = baotinh(folder.path, "verify", "--files")
    assert (done.returncode, done.stderr) == (0, "")
    assert "the tables were not read" in done.stdout
    (path,) = folder.warc_files()
    path.write_bytes(path.read_bytes()[:-1])
    done = baotinh(folder.path, "verify", "--files", "--json")
    assert done.returncode == 4
    assert "damaged-file" in {finding["kind"] for finding in json.loads(done.stdout)["findings"]}
    wrong = baotinh(folder.path, "verify", "--files", "--article", "0d0f2a3b-6a0d-5d52-9f5c-3a0a5b1f7c11")
    assert wrong.returncode == 2


def test_a_file_is_named_alone_or_by_its_path_in_the_archive(folder: DataFolder, tmp_path: Path) -> None:
    (path,) = folder.warc_files()
    by_name = baotinh(folder.path, "verify", "--file", path.name, "--json")
    by_path = baotinh(folder.path, "verify", "--file", os.path.relpath(path), "--json")
    assert (by_path.stdout, by_path.returncode) == (by_name.stdout, by_name.returncode)
    assert json.loads(by_path.stdout)["counts"]["files"] == 1
    copy = tmp_path / "backup" / path.name
    copy.parent.mkdir()
    shutil.copy(path, copy)
    circle = tmp_path / "circle"
    circle.symlink_to("circle")
    for verb in ("verify", "rebuild"):
        for elsewhere in (copy, circle / path.name):
            refused = baotinh(folder.path, verb, "--file", str(elsewhere))
            assert refused.returncode == 2
            assert f"{elsewhere} lies outside {folder.warc}" in refused.stderr


@pytest.mark.parametrize("length", [0, 1, 4090, 4096, 4097, 9000])
def test_a_head_of_any_length_is_read_whole(length: int) -> None:
    head = b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * length + b"\r\nContent-Type: text/html\r\n\r\n"
    message = head_of(head + b"<html>" * 2000)
    assert message is not None
    assert message.head_length == len(head)
    assert message.header("Content-Type") == "text/html"
